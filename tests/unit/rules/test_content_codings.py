"""Compressed request bodies: conditions, keys and templates see them unpacked, within limits."""

import gzip
import json
import random
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest

from mockwave.bodies.content_codings import MAXIMUM_UNPACKED_BYTES, CannotUnpack, TooLongUnpacked, read_codings, unpack
from mockwave.model import LogEntry
from mockwave.rules.request_view import RequestView
from mockwave.templates import TemplateContext
from mockwave.templates.templates import Template
from mockwave.validation.check_limits import BODY_BYTES_ON_LOOP, TooLongForLoop
from mockwave.verification.logged_requests import LoggedRequests
from tests.sanitized import SLOWNESS
from tests.unit.rules.asked_conditions import compile_when

ORDER = {"total": 12, "lines": [{"name": "Zoë"}]}
TEXT = json.dumps(ORDER, ensure_ascii=False).encode()


def deflate_bare(data: bytes) -> bytes:
    compressing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressing.compress(data) + compressing.flush()


def gzip_in_two(data: bytes) -> bytes:
    return gzip.compress(data[:10]) + gzip.compress(data[10:])


CODED: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("GZip", gzip.compress),
    ("x-gzip", gzip_in_two),
    ("deflate", zlib.compress),
    ("deflate", deflate_bare),
    ("br", brotli.compress),
    ("identity", bytes),
    ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
    ("identity, br", brotli.compress),
]


def request(body: bytes, coding: str, *, is_on_loop: bool = False, media_type: str = "application/json") -> RequestView:
    headers = [(b"content-type", media_type.encode()), (b"content-encoding", coding.encode())]
    return RequestView(method="POST", path=b"/", query=b"", headers=headers, body=body, is_on_loop=is_on_loop)


@pytest.mark.parametrize(("coding", "compress"), CODED)
@pytest.mark.parametrize(
    "matcher",
    [
        {"equalToJson": ORDER},
        {"matchesJsonPath": {"expression": "$.total", "equalToNumber": 12}},
        {"matchesJsonSchema": {"required": ["total"]}},
        {"contains": "Zoë"},
        {"equalTo": TEXT.decode()},
        {"not": {"absent": True}},
    ],
)
def test_a_compressed_body_is_looked_at_unpacked(
    coding: str, compress: Callable[[bytes], bytes], matcher: dict[str, Any]
) -> None:
    """Conditions saw the compressed bytes, of which none holds; WireMock unpacks them."""
    assert compile_when({"body": matcher}).holds(request(compress(TEXT), coding))


@pytest.mark.parametrize(("coding", "compress"), CODED)
def test_a_template_has_a_compressed_body_unpacked(coding: str, compress: Callable[[bytes], bytes]) -> None:
    template = Template("{{ request.json.total }} {{ request.json.lines[0].name }} {{ request.body | size }}", "liquid")
    template.check()
    for is_on_loop in (False, True):
        view = request(compress(TEXT), coding, is_on_loop=is_on_loop)
        assert template.render_here(TemplateContext(view)) == f"12 Zoë {len(TEXT.decode())}"


@pytest.mark.parametrize(
    ("media_type", "text", "when"),
    [
        ("application/x-www-form-urlencoded", b"a=1&b=2", {"form": {"b": {"equalTo": "2"}}}),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\nhello\r\n--x--\r\n',
            {"multipart": [{"name": "f", "body": [{"equalTo": "hello"}]}]},
        ),
        ("application/xml", b"<a><b>1</b></a>", {"body": [{"matchesXPath": "/a/b"}]}),
        ("application/octet-stream", b"\x00\xff", {"body": [{"binaryEqualTo": "AP8="}]}),
        ("text/plain", b"", {"body": [{"absent": True}]}),
    ],
)
def test_forms_and_xml_and_bytes_are_unpacked_too(media_type: str, text: bytes, when: dict[str, Any]) -> None:
    assert compile_when(when).holds(request(gzip.compress(text), "gzip", media_type=media_type))


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (TEXT, "gzip"),
        (gzip.compress(TEXT)[:-9], "gzip"),
        (gzip.compress(TEXT), "zstd"),
        (gzip.compress(TEXT), "br"),
        (brotli.compress(TEXT)[:-3], "br"),
        (zlib.compress(TEXT)[:-5], "deflate"),
        (gzip.compress(TEXT), "gzip, gzip, gzip, gzip"),
        (gzip.compress(TEXT), ""),
    ],
    ids=["plain", "cut", "unknown", "not br", "br cut", "deflate cut", "too many", "empty"],
)
def test_what_cannot_be_unpacked_is_looked_at_as_it_came(body: bytes, coding: str) -> None:
    assert request(body, coding).content == body
    with pytest.raises(CannotUnpack):
        unpack(body, read_codings(coding) or ["unknown"])


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param((gzip.compress(bytes(80 << 20), 1), "gzip"), id="gzip"),
        pytest.param((brotli.compress(bytes(80 << 20), quality=1), "br"), id="br"),
        pytest.param((gzip.compress(gzip.compress(bytes(64 << 20), 1), 1), "gzip, gzip"), id="gzip twice"),
    ],
)
def test_a_bomb_is_given_up_at_the_limit(bomb: tuple[bytes, str]) -> None:
    body, coding = bomb
    view = request(body, coding, is_on_loop=True)
    tracemalloc.start()
    started = time.thread_time()
    try:
        with pytest.raises(TooLongForLoop):
            compile_when({"body": {"contains": "a"}}).holds(view)
        on_loop_s, peak = time.thread_time() - started, tracemalloc.get_traced_memory()[1]
        with pytest.raises(TooLongUnpacked):
            unpack(body, read_codings(coding))
        assert tracemalloc.get_traced_memory()[1] < 3 * MAXIMUM_UNPACKED_BYTES
    finally:
        tracemalloc.stop()
    assert on_loop_s < 0.02 * SLOWNESS and peak < 32 * BODY_BYTES_ON_LOOP
    assert request(body, coding).content == body


@pytest.mark.parametrize("size", [0, 1, 1000, 65_535, 65_536, 65_537, 300_000])
@pytest.mark.parametrize(("coding", "compress"), CODED)
def test_bodies_of_any_length_are_unpacked_whole(coding: str, compress: Callable[[bytes], bytes], size: int) -> None:
    content = random.Random(size).randbytes(size // 2) + bytes(size - size // 2)
    assert unpack(compress(content), read_codings(coding)) == content


def test_thousands_of_empty_members_hold_nobody_up() -> None:
    body = gzip.compress(b"") * 1_000
    started = time.thread_time()
    assert request(body, "gzip", is_on_loop=True).content == b""
    assert time.thread_time() - started < 0.02 * SLOWNESS


def test_a_body_that_becomes_much_longer_than_it_came_is_given_up() -> None:
    """A brotli stream of some dozen bytes can stand for any number."""
    body = brotli.compress(bytes(8 << 20))
    assert len(body) < 100
    with pytest.raises(TooLongUnpacked):
        unpack(body, ["br"])
    assert len(unpack(brotli.compress(bytes(1 << 20)), ["br"])) == 1 << 20


@pytest.mark.parametrize(("is_truncated", "holds"), [(False, True), (True, False)])
def test_a_compressed_body_on_record_is_unpacked_if_it_is_whole(is_truncated: bool, holds: bool) -> None:
    entry = LogEntry(
        id="e",
        mock_server_id="m",
        route_id="r",
        request_method="POST",
        request_path="/",
        request_headers={"content-encoding": "gzip"},
        request_body=gzip.compress(TEXT).decode("latin-1"),
        response_status_code=200,
        matched=True,
        timestamp="2026-01-01T00:00:00Z",
    )
    if is_truncated:
        entry.truncated = True
    view = LoggedRequests({}).view(entry)
    for when in ({"body": [{"equalToJson": ORDER}]}, {"not": {"body": [{"contains": "\x1f"}]}}):
        assert compile_when(when).holds(view) is holds
