"""The fast lane against llhttp and h11: what it takes they take, and read alike.

tests/fuzz/heads.py makes the requests and judges them; as a program it does so for as long as one likes.
"""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from mockwave._request_head import read_head
from tests.fuzz.heads import judge, make_head, mutate, read_by_fast_lane, read_by_llhttp

randoms = st.randoms(use_true_random=False)


@settings(max_examples=2_000)
@given(random=randoms)
def test_what_the_fast_lane_takes_the_others_take_and_read_alike(random: Random) -> None:
    assert judge(mutate(make_head(random), random)) in ("untaken", "alike")


@settings(max_examples=1_000)
@given(data=st.binary(max_size=60))
def test_arbitrary_bytes_after_an_ordinary_beginning_are_read_alike(data: bytes) -> None:
    assert judge(b"GET / HTTP/1.1\r\nHost: a\r\n" + data + b"\r\n\r\n") in ("untaken", "alike")
    assert judge(b"GET /" + data + b" HTTP/1.1\r\nHost: a\r\n\r\n") in ("untaken", "alike")


@given(random=randoms)
def test_a_request_is_taken_at_its_last_byte_and_not_before(random: Random) -> None:
    data = make_head(random)
    found = read_by_fast_lane(data)
    if found is None:
        return
    _, size = found
    assert read_by_fast_lane(data[:size]) == found
    for length in range(size):
        assert read_by_fast_lane(data[:length]) is None
        # A beginning of a request beyond doubt is beyond doubt.
        assert read_head(data[:length]) != "left"


def test_ordinary_requests_are_taken() -> None:
    """Else all of the above would hold for a fast lane that takes nothing."""
    chrome = (
        b"GET /bin/mock_0123456789abcdef0123456789abcdef/pets?limit=10 HTTP/1.1\r\nHost: localhost:4010\r\n"
        b'Connection: keep-alive\r\nsec-ch-ua: "Chromium";v="131"\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n'
        b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
        b"Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\nCookie: a=b; c=d\r\n\r\n"
    )
    for data in (
        chrome,
        b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Type: application/json\r\n\r\nabc",
        b"DELETE /a HTTP/1.1\r\nhost:a\r\n\r\n",
    ):
        found = read_by_fast_lane(data)
        assert found is not None
        assert found[0] == read_by_llhttp(data)
        assert judge(data) == "alike"
