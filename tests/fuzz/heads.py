"""A fuzzer of request heads: `python -m tests.fuzz.heads [--heads 10000000] [--seconds 60] [--seed 1]`.

Whatever the fast lane takes, llhttp and h11 must take and read alike: method, target, headers, where the body begins
and how long it is. Heads are made from a grammar of ordinary and odd parts, then some bytes of them are changed. A head
on which the judges differ is printed, and the program ends with 1.
"""

import argparse
import sys
import time
from random import Random
from typing import NamedTuple

import h11
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from mockwave._request_head import read_head

H11_EACH = 8
"""h11 takes much longer than the others: it judges each eighth head that is taken."""

# Of each part of a head, what is ordinary and what is odd.
METHODS = (b"GET", b"POST", b"HEAD", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"), (b"TRACE", b"QUERY", b"get", b"CONNECT")
TARGETS = (
    (b"/", b"/bin/mock_0123/pets?limit=2", b"/a%20b/c;d=e?f=g&h=%5B", b"/..//%2F/./", b"//", b"/?", b"/a?b?c"),
    (b"/caf\xc3\xa9", b"*", b"http://a.test/b", b"/a#b", b"/a b", b"", b"a/b", b"/\x00", b'/"<>\\^{}|', b"/[]"),
)
VERSIONS = (b"HTTP/1.1",), (b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"")
HOSTS = (b"a.test", b"a.test:80", b"[::1]:80"), (b"", b"a b", b"a.test, b.test", b"a@b")
NAMES = (
    (b"Accept", b"accept", b"X-Api-Key", b"Cookie", b"User-Agent", b"Origin", b"Prefer", b"X_y!#$%&'", b"Te"),
    (
        *(b"Connection", b"Transfer-Encoding", b"Content-Length", b"Expect", b"Upgrade", b"Host", b"Proxy-Connection"),
        *(b"Content Length", b"A:", b" Host", b"", b"\xc3\xa9", b"Trailer", b"Keep-Alive", b"Content-Length "),
    ),
)
VALUES = (
    (b"*/*", b"", b"text/html, */*;q=0.8", b"caf\xe9", b"\ta \t b\t", b"x" * 300),
    (
        *(b"keep-alive", b"Keep-Alive", b"close", b"chunked", b"identity", b"3", b"0", b"a\x0bb", b"websocket"),
        *(b"03", b"+3", b"3,3", b"-1", b"0x3", b"99999999999999999999", b"100-continue", b"keep-alive, close"),
        *(b"a\r\n b", b"a\x00b", b"a\rb", b"a\nb", b"upgrade", b"\x7f"),
    ),
)
LENGTHS = (b"0", b"3", b"03", b"3 "), (b"+3", b"3, 3", b"-1", b"0x3", b"99999999999999999999", b"")
LINE_ENDS = (b"\r\n",), (b"\n", b"\r", b"\r\r\n", b"\n\r\n", b"")
COLONS = (b": ", b":", b":  ", b":\t"), (b" : ", b"")
BODIES = (b"", b"", b"abc", b"GET / HTTP/1.1\r\nHost: b\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n")
ODD_BYTES = b"\x00\x01\t\n\x0b\r !\"#%'(),/0129:;<=>?@AZ[\\]^_`az{|}~\x7f\x80\xa0\xff"


class Reading(NamedTuple):
    """What a judge makes of the request that bytes begin with."""

    method: bytes
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


def make_head(random: Random) -> bytes:
    """A request, most of its parts ordinary."""
    oddness = random.choice((0, 0.02, 0.1))

    def choose(parts: tuple[tuple[bytes, ...], tuple[bytes, ...]]) -> bytes:
        return random.choice(parts[random.random() < oddness])

    pieces = [choose(METHODS), b" ", choose(TARGETS), b" ", choose(VERSIONS), choose(LINE_ENDS)]
    lines = [(choose(NAMES), choose(VALUES)) for _ in range(random.randrange(6))]
    lines.append((b"Host", choose(HOSTS)))
    if random.random() < 0.3:
        lines.append((b"Content-Length", choose(LENGTHS)))
    if random.random() < 0.1:
        lines.append((b"Connection", choose(((b"keep-alive", b"Keep-Alive"), (b"close", b"upgrade", b"")))))
    random.shuffle(lines)
    for name, value in lines:
        pieces += [name, choose(COLONS), value, choose(LINE_ENDS)]
    pieces += [choose(LINE_ENDS), random.choice(BODIES)]
    return b"".join(pieces)


def mutate(head: bytes, random: Random) -> bytes:
    """The head with some bytes changed, taken out, put in or doubled."""
    mutated = bytearray(head)
    for _ in range(random.choice((0, 1, 1, 2, 5))):
        at = random.randrange(len(mutated) + 1)
        kind = random.randrange(5)
        if kind == 0:
            mutated[at:at] = bytes((random.choice(ODD_BYTES),))
        elif kind == 1:
            mutated[at : at + 1] = bytes((random.randrange(256),))
        elif kind == 2:
            del mutated[at : at + random.randrange(1, 4)]
        elif kind == 3:
            mutated[at:at] = mutated[at : at + random.randrange(1, 40)]
        elif at < len(mutated):
            mutated[at] ^= 0x20
    return bytes(mutated)


def read_by_fast_lane(data: bytes) -> tuple[Reading, int] | None:
    """What it reads, and how many bytes that were; None: it does not take them, or not yet."""
    found = read_head(data)
    if isinstance(found, str):
        return None
    method, target, headers, body_length, size = found
    if len(data) - size < body_length:
        return None
    return Reading(method, target, headers, data[size : size + body_length]), size + body_length


class _Collector:
    """What httptools calls, of the first message."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.has_ended = False

    def on_url(self, target: bytes) -> None:
        self.target += b"" if self.has_ended else target

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.has_ended:
            self.headers.append((name.lower(), value.strip(b" \t")))

    def on_body(self, piece: bytes) -> None:
        self.body += b"" if self.has_ended else piece

    def on_message_complete(self) -> None:
        self.has_ended = True


def read_by_llhttp(data: bytes) -> Reading | None:
    """None: it refuses them, or the message is not whole, or it asks for another protocol."""
    collector = _Collector()
    parser = HttpRequestParser(collector)
    try:
        parser.feed_data(data)
    except (HttpParserError, HttpParserUpgrade):
        return None
    if not collector.has_ended or not parser.should_keep_alive():
        return None
    return Reading(parser.get_method(), collector.target, collector.headers, collector.body)


def read_by_h11(data: bytes) -> Reading | None:
    """None: it refuses them, or the message is not whole."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    body = b""
    try:
        request = connection.next_event()
        if not isinstance(request, h11.Request) or request.http_version != b"1.1":
            return None
        while isinstance(event := connection.next_event(), h11.Data):
            body += bytes(event.data)
    except h11.RemoteProtocolError:
        return None
    if not isinstance(event, h11.EndOfMessage) or connection.their_state is h11.MUST_CLOSE:
        return None
    return Reading(request.method, request.target, list(request.headers), body)


def judge(data: bytes, *, asks_h11: bool = True) -> str:
    """ "untaken" by the fast lane, read "alike" by all, or how they differ."""
    found = read_by_fast_lane(data)
    if found is None:
        return "untaken"
    taken, size = found
    judges = {"llhttp": read_by_llhttp} | ({"h11": read_by_h11} if asks_h11 else {})
    for name, read in judges.items():
        # What comes after the request is none of it.
        verdict = read(data[:size])
        if verdict != taken:
            return f"{name} reads {verdict}, the fast lane {taken}"
    return "alike"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--heads", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=time.time_ns())
    arguments = parser.parse_args()
    random = Random(arguments.seed)
    until = time.monotonic() + arguments.seconds
    made = taken = 0
    while made < arguments.heads and time.monotonic() < until:
        data = mutate(make_head(random), random)
        made += 1
        verdict = judge(data, asks_h11=taken % H11_EACH == 0)
        taken += verdict == "alike"
        if verdict not in ("untaken", "alike"):
            print(f"seed {arguments.seed}, head {made}: {data!r}\n{verdict}", file=sys.stderr)
            return 1
    print(f"{made} heads, {taken} taken by the fast lane, and read alike by llhttp and h11; seed {arguments.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
