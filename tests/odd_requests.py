"""Odd and illegal requests, byte by byte, and what either engine answers: the tables of docs/http.md, which
`python -m tests.odd_requests` writes.

`{mock}` stands for the path of a mock server that has GET /a ("a"), POST /a ("posted"), GET /b ("b"), GET /x/{id} and
GET /late, which takes a while. An answer is the statuses that come back, and whether the connection closes after them.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """What is sent, what each engine answers, and why."""

    name: str
    sent: bytes
    granian: str
    uvloop: str
    why: str


def get(path: bytes = b"/a", *lines: bytes, version: bytes = b"HTTP/1.1", method: bytes = b"GET") -> bytes:
    """A request with a Host and these header lines."""
    return b"\r\n".join((method + b" {mock}" + path + b" " + version, b"Host: mock.test", *lines, b"", b""))


def post(*lines: bytes, body: bytes = b"") -> bytes:
    return get(b"/a", *lines, method=b"POST") + body


def chunked(body: bytes, *lines: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", *lines, body=body)


OK = "200"
REFUSED = "400, closes"

CASES: tuple[tuple[str, tuple[Case, ...]], ...] = (
    (
        "Request line",
        (
            Case(
                "an empty line before the request",
                b"\r\n" + get(),
                OK,
                OK,
                "RFC 9112 §2.2: a server skips at least one",
            ),
            Case(
                "bare LF as line end",
                get().replace(b"\r\n", b"\n"),
                OK,
                REFUSED,
                "RFC 9112 §2.2 allows it as a line end; proxies disagree on it",
            ),
            Case("two spaces", get().replace(b"GET ", b"GET  "), REFUSED, REFUSED, "RFC 9112 §3: one space"),
            Case(
                "HTTP/1.0",
                get(version=b"HTTP/1.0"),
                "200, closes",
                "200, closes",
                "closes unless the request asks to keep it open (RFC 9112 §9.3)",
            ),
            Case(
                "HTTP/1.0 that asks to keep the connection",
                get(b"/a", b"Connection: keep-alive", version=b"HTTP/1.0"),
                OK,
                OK,
                "the answer says `Connection: keep-alive`",
            ),
            Case("HTTP/1.2", get(version=b"HTTP/1.2"), REFUSED, "505, closes", "there is no such version"),
            Case(
                "HTTP/2.0 in HTTP/1 form",
                get(version=b"HTTP/2.0"),
                REFUSED,
                "505, closes",
                "the first line of HTTP/1 cannot announce it",
            ),
            Case("no version (HTTP/0.9)", b"GET {mock}/a\r\n\r\n", REFUSED, REFUSED, "RFC 9112 §3 asks for a version"),
            Case(
                "the preface of HTTP/2",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "nothing, closes",
                "505, closes",
                "granian knows it and closes; with `--http2` it goes on in HTTP/2",
            ),
            Case(
                "an unknown method",
                get(method=b"BREW"),
                "405",
                "405",
                "RFC 9110 §9.1: any token may be a method, and a mock may have a route for it; this mock has none",
            ),
            Case(
                "a method in small letters",
                get(method=b"get"),
                "405",
                "405",
                "methods are case-sensitive (RFC 9110 §9.1)",
            ),
            Case(
                "CONNECT",
                b"CONNECT mock.test:80 HTTP/1.1\r\nHost: mock.test\r\n\r\n",
                "404",
                "501, closes",
                "for proxies",
            ),
            Case("TRACE", get(method=b"TRACE"), "405", "405", "no route has it"),
            Case(
                "a TLS handshake",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40,
                REFUSED,
                REFUSED,
                "it does not begin with a method",
            ),
        ),
    ),
    (
        "Target",
        (
            Case(
                "absolute-form",
                get().replace(b"GET ", b"GET http://mock.test"),
                OK,
                OK,
                "RFC 9112 §3.2.2: every server must accept it",
            ),
            Case(
                "absolute-form with another Host",
                get().replace(b"GET ", b"GET http://other.test"),
                OK,
                OK,
                "uvloop: the target's host counts (RFC 9112 §3.2.2); granian: the Host header's",
            ),
            Case(
                "`OPTIONS *`",
                b"OPTIONS * HTTP/1.1\r\nHost: mock.test\r\n\r\n",
                "404",
                "404",
                "RFC 9112 §3.2.4; it belongs to no mock, and the management API has no such path",
            ),
            Case(
                "`GET *`",
                b"GET * HTTP/1.1\r\nHost: mock.test\r\n\r\n",
                "404",
                REFUSED,
                "RFC 9112 §3.2.4: only for OPTIONS",
            ),
            Case(
                "no slash at the start", b"GET a HTTP/1.1\r\nHost: mock.test\r\n\r\n", "404", REFUSED, "RFC 9112 §3.2"
            ),
            Case("a fragment", get(b"/a#b"), OK, REFUSED, "RFC 9112 §3.2 allows none; granian cuts it off"),
            Case("an encoded slash", get(b"/x/1%2F2"), OK, OK, "it does not split a segment, and is logged as sent"),
            Case("encoded dots", get(b"/x/%2e%2e"), OK, OK, "a segment of two dots, like any other"),
            Case("plain dots", get(b"/x/../a"), "404", "404", "paths are taken as sent; dots do not climb"),
            Case("an encoded NUL", get(b"/x/%00"), OK, OK, "a character like any other"),
            Case("a broken escape", get(b"/x/%zz"), OK, OK, "taken as it stands"),
            Case("escapes that are not UTF-8", get(b"/x/%ff"), OK, OK, "U+FFFD where a parameter is read"),
            Case("unescaped UTF-8", get(b"/x/caf\xc3\xa9"), OK, REFUSED, "RFC 3986 §2: it has to be escaped"),
            Case("a byte that is not UTF-8", get(b"/x/\xff"), REFUSED, REFUSED, "RFC 3986 §2"),
            Case("a NUL", get(b"/x/\x00"), REFUSED, REFUSED, "RFC 3986 §2"),
            Case("a tab", get(b"/x/\t"), REFUSED, REFUSED, "RFC 9112 §3.2: no whitespace"),
            Case(
                '`"<>\\^{}|` unescaped',
                get(b'/x/"<>\\^{{}}|'),
                REFUSED,
                OK,
                "RFC 3986 §2 does not allow them, but browsers send some of them in queries",
            ),
            Case("70,000 bytes", get(b"/x/" + b"y" * 70_000), "414, closes", "414, closes", "the limit is 65,535"),
        ),
    ),
    (
        "Header lines",
        (
            Case("no Host", get().replace(b"Host: mock.test\r\n", b""), OK, REFUSED, "RFC 9112 §3.2: 400"),
            Case("two Hosts", get(b"/a", b"Host: other.test"), OK, REFUSED, "RFC 9112 §3.2: 400"),
            Case(
                "an empty Host", get().replace(b"mock.test", b""), OK, OK, "allowed where the target has no authority"
            ),
            Case("a Host with a space", get().replace(b"mock.test", b"mock test"), OK, REFUSED, "RFC 9112 §3.2: 400"),
            Case("a folded line", get(b"/a", b"X-Long: one", b" two"), REFUSED, REFUSED, "RFC 9112 §5.2: 400"),
            Case(
                "a space before the colon",
                get(b"/a", b"X-A : b"),
                REFUSED,
                REFUSED,
                "RFC 9112 §5.1: 400; two readers could differ on the name",
            ),
            Case("a line without a colon", get(b"/a", b"nonsense"), REFUSED, REFUSED, "RFC 9112 §5"),
            Case("an empty name", get(b"/a", b": b"), REFUSED, REFUSED, "RFC 9110 §5.1"),
            Case("a NUL in a value", get(b"/a", b"X-A: b\x00c"), REFUSED, REFUSED, "RFC 9110 §5.5"),
            Case("a control byte in a value", get(b"/a", b"X-A: b\x01c"), REFUSED, REFUSED, "RFC 9110 §5.5"),
            Case("a bare CR in a value", get(b"/a", b"X-A: b\rc"), REFUSED, REFUSED, "RFC 9112 §2.2"),
            Case(
                "bytes over 127 in a value",
                get(b"/a", b"X-A: caf\xe9"),
                OK,
                OK,
                "obs-text of RFC 9110 §5.5; logged as ISO 8859-1",
            ),
            Case(
                "150 header lines",
                get(b"/a", *[b"X-%d: y" % n for n in range(149)]),
                "431, closes",
                OK,
                "granian's limit is 100, uvloop's 200",
            ),
            Case(
                "300 header lines",
                get(b"/a", *[b"X-%d: y" % n for n in range(299)]),
                "431, closes",
                "431, closes",
                "RFC 6585 §5",
            ),
            Case("a head of 120,000 bytes", get(b"/a", b"X-A: " + b"y" * 120_000), OK, OK, "the limit is 128 KiB"),
            Case(
                "a head of 300,000 bytes",
                get(b"/a", b"X-A: " + b"y" * 300_000),
                "431, closes",
                "431, closes",
                "RFC 6585 §5",
            ),
            Case(
                "`Upgrade: websocket`",
                get(b"/a", b"Upgrade: websocket", b"Connection: Upgrade"),
                OK,
                OK,
                "ignored (RFC 9110 §7.8)",
            ),
            Case(
                "`Upgrade: h2c`",
                get(b"/a", b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings"),
                OK,
                OK,
                "ignored (RFC 9110 §7.8)",
            ),
            Case(
                "`Connection: close`", get(b"/a", b"Connection: close"), "200, closes", "200, closes", "RFC 9112 §9.6"
            ),
            Case(
                "`Connection: keep-alive, close`",
                get(b"/a", b"Connection: keep-alive, close"),
                "200, closes",
                "200, closes",
                "close wins",
            ),
        ),
    ),
    (
        "Where the body ends",
        (
            Case(
                "Content-Length twice, equal",
                post(b"Content-Length: 3", b"Content-Length: 3", body=b"abc"),
                OK,
                REFUSED,
                "RFC 9112 §6.3 allows both; uvloop takes the stricter reading",
            ),
            Case(
                "Content-Length twice, not equal",
                post(b"Content-Length: 3", b"Content-Length: 4", body=b"abc"),
                REFUSED,
                REFUSED,
                "RFC 9112 §6.3: 400",
            ),
            Case("`Content-Length: 3, 3`", post(b"Content-Length: 3, 3", body=b"abc"), REFUSED, REFUSED, "the same as twice"),
            Case(
                "`Content-Length: +3`",
                post(b"Content-Length: +3", body=b"abc"),
                REFUSED,
                REFUSED,
                "RFC 9110 §8.6: digits",
            ),
            Case(
                "`Content-Length: -1`",
                post(b"Content-Length: -1", body=b"abc"),
                REFUSED,
                REFUSED,
                "RFC 9110 §8.6: digits",
            ),
            Case(
                "`Content-Length: 0x3`",
                post(b"Content-Length: 0x3", body=b"abc"),
                REFUSED,
                REFUSED,
                "RFC 9110 §8.6: digits",
            ),
            Case(
                "an empty Content-Length",
                post(b"Content-Length:", body=b"abc"),
                REFUSED,
                REFUSED,
                "RFC 9110 §8.6: digits",
            ),
            Case(
                "a Content-Length of 20 digits",
                post(b"Content-Length: 99999999999999999999", body=b"abc"),
                REFUSED,
                REFUSED,
                "more than 64 bits",
            ),
            Case(
                "Content-Length with Transfer-Encoding",
                chunked(b"0\r\n\r\n", b"Content-Length: 5"),
                "200, closes",
                REFUSED,
                "the classic request smuggling: RFC 9112 §6.1 lets a server refuse it, or close after it",
            ),
            Case(
                "Transfer-Encoding in HTTP/1.0",
                chunked(b"0\r\n\r\n").replace(b"/1.1", b"/1.0"),
                REFUSED,
                REFUSED,
                "RFC 9112 §6.1: its framing is faulty",
            ),
            Case(
                "`Transfer-Encoding: gzip, chunked`",
                post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
                OK,
                "501, closes",
                "RFC 9112 §6.1: 501 for an unknown coding; granian takes the chunks undecoded",
            ),
            Case(
                "`Transfer-Encoding: gzip`",
                post(b"Transfer-Encoding: gzip", body=b"0\r\n\r\n"),
                REFUSED,
                REFUSED,
                "RFC 9112 §6.3: 400; nobody knows where it ends",
            ),
            Case(
                "`Transfer-Encoding: identity`",
                post(b"Transfer-Encoding: identity", body=b""),
                REFUSED,
                REFUSED,
                "the same as gzip",
            ),
            Case(
                "`Transfer-Encoding: chunked` twice",
                chunked(b"0\r\n\r\n", b"Transfer-Encoding: chunked"),
                OK,
                REFUSED,
                "RFC 9112 §6.1: chunked only once",
            ),
            Case(
                "`Transfer-Encoding: xchunked`",
                post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
                REFUSED,
                REFUSED,
                "the same as gzip",
            ),
            Case(
                "`Transfer-Encoding : chunked`",
                post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
                REFUSED,
                REFUSED,
                "a space before the colon",
            ),
            Case(
                "a body with GET", get(b"/a", b"Content-Length: 3") + b"abc", OK, OK, "it has no meaning, but is read"
            ),
            Case("POST without a length", post(), OK, OK, "it has no body (RFC 9112 §6.3)"),
        ),
    ),
    (
        "Chunks",
        (
            Case("two chunks", chunked(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), OK, OK, "RFC 9112 §7.1"),
            Case("an extension", chunked(b'3;a="b"\r\nabc\r\n0\r\n\r\n'), OK, OK, "RFC 9112 §7.1.1: ignored"),
            Case(
                "a trailer", chunked(b"3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"), OK, OK, "RFC 9112 §7.1.2: read and dropped"
            ),
            Case(
                "a trailer with another length",
                chunked(b"3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n"),
                OK,
                REFUSED,
                "RFC 9110 §6.5.1: a trailer cannot change the framing; granian drops it",
            ),
            Case(
                "a size with a space after it",
                chunked(b"3 \r\nabc\r\n0\r\n\r\n"),
                OK,
                REFUSED,
                "RFC 9112 §7.1 allows none there",
            ),
            Case("a size that is not a number", chunked(b"z\r\nabc\r\n0\r\n\r\n"), REFUSED, REFUSED, "RFC 9112 §7.1"),
            Case("a size with a sign", chunked(b"+3\r\nabc\r\n0\r\n\r\n"), REFUSED, REFUSED, "RFC 9112 §7.1"),
            Case(
                "a size of 17 digits",
                chunked(b"00000000000000003\r\nabc\r\n0\r\n\r\n"),
                OK,
                OK,
                "leading zeros change nothing",
            ),
            Case(
                "a size beyond 64 bits",
                chunked(b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
                REFUSED,
                REFUSED,
                "RFC 9112 §7.1: no overflow",
            ),
            Case("bare LF after the size", chunked(b"3\nabc\r\n0\r\n\r\n"), REFUSED, REFUSED, "RFC 9112 §7.1"),
            Case("a chunk longer than its size", chunked(b"3\r\nabcd\r\n0\r\n\r\n"), REFUSED, REFUSED, "RFC 9112 §7.1"),
        ),
    ),
    (
        "Expect",
        (
            Case(
                "`100-continue`, the body after it",
                post(b"Expect: 100-continue", b"Content-Length: 3"),
                "100",
                "100",
                "RFC 9110 §10.1.1: the server asks for the body",
            ),
            Case(
                "`100-continue`, the body with it",
                post(b"Expect: 100-continue", b"Content-Length: 3", body=b"abc"),
                "100, 200",
                OK,
                "uvloop does not ask for a body that has arrived",
            ),
            Case("`100-continue` without a body", get(b"/a", b"Expect: 100-continue"), OK, OK, "there is nothing to ask for"),
            Case(
                "something else",
                post(b"Expect: tea", b"Content-Length: 3", body=b"abc"),
                OK,
                OK,
                "RFC 9110 §10.1.1 lets a server ignore it",
            ),
        ),
    ),
    (
        "One after the other",
        (
            Case(
                "three at once",
                get(b"/a") + get(b"/b") + get(b"/nope"),
                "200, 200, 404",
                "200, 200, 404",
                "RFC 9112 §9.3.2: in order",
            ),
            Case("one after a late one", get(b"/late") + get(b"/b"), "200, 200", "200, 200", "in order"),
            Case(
                "one after a bad one",
                get(b"/a") + get(b"/a", b"X-A : b") + get(b"/b"),
                "200, 400, closes",
                "200, 400, closes",
                "what comes after bad bytes is not read",
            ),
            Case(
                "one after `Connection: close`",
                get(b"/a", b"Connection: close") + get(b"/b"),
                "200, closes",
                "200, closes",
                "RFC 9112 §9.6: it is not answered",
            ),
            Case(
                "one in a body",
                post(b"Content-Length: 29", body=b"GET /b HTTP/1.1\r\nHost: mo\r\n\r\n"),
                OK,
                OK,
                "a body is a body",
            ),
            Case(
                "one after a body with both lengths",
                chunked(b"0\r\n\r\n", b"Content-Length: 4") + get(b"/b"),
                "200, closes",
                REFUSED,
                "it is not read",
            ),
            Case(
                "one after a chunked body",
                chunked(b"3\r\nabc\r\n0\r\n\r\n") + get(b"/b"),
                "200, 200",
                "200, 200",
                "RFC 9112 §7.1",
            ),
            Case(
                "one after a GET with a body",
                get(b"/a", b"Content-Length: 3") + b"abc" + get(b"/b"),
                "200, 200",
                "200, 200",
                "RFC 9112 §6.3",
            ),
        ),
    ),
)


def render_tables() -> str:
    """The tables, in Markdown."""
    lines: list[str] = []
    for title, cases in CASES:
        lines += [f"### {title}", "", "| what is sent | granian | uvloop | why |", "|---|---|---|---|"]
        lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells(case)) + " |" for case in cases]
        lines.append("")
    return "\n".join(lines)


def cells(case: Case) -> tuple[str, str, str, str]:
    return case.name, case.granian, case.uvloop, case.why


if __name__ == "__main__":
    print(render_tables())
