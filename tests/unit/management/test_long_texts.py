"""Long texts: taken out of a body piece by piece, they are what a JSON decoder makes of them, or it stays whole."""

import json

import pytest

from mockwave.management.long_texts import LONG_BYTES, SLICE_BYTES, take_long_text

WORDS = [
    "plain ",
    'quoted "text" ',
    "back\\slash\\\\ ",
    "line\nbreak\t",
    "\u00e9\u4e2d\u6587 ",
    "\U0001f600",
    "/\u007f\u0001",
]


def make_text(size: int) -> str:
    words = []
    while size > 0:
        words.append(WORDS[size % len(WORDS)] * (size % 3 + 1))
        size -= len(words[-1])
    return "".join(words)


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("shift", range(9))
async def test_a_long_text_is_what_a_decoder_makes_of_it(ascii_only: bool, shift: int) -> None:
    text = "x" * shift + make_text(3 * LONG_BYTES)
    body = json.dumps({"name": "a", "specification": text, "cors": True}, ensure_ascii=ascii_only).encode()

    taken = await take_long_text(body, "specification")

    assert taken is not None
    assert taken.text == text
    assert json.loads(taken.body) == {"name": "a", "specification": taken.token, "cors": True}


@pytest.mark.parametrize("end", range(-14, 15))
async def test_no_escape_is_cut_in_two_wherever_a_piece_ends(end: int) -> None:
    text = "x" * (SLICE_BYTES + end) + '\U0001f600\\"\u00e9' * 3 + "y" * LONG_BYTES
    for ascii_only in (True, False):
        body = json.dumps({"specification": text}, ensure_ascii=ascii_only).encode()
        taken = await take_long_text(body, "specification")
        assert taken is not None
        assert taken.text == text


@pytest.mark.parametrize(
    "body",
    [
        b'{"specification":"short"}',
        b'{"name":"%b"}' % (b"x" * LONG_BYTES),
        b'{"specification":"%b' % (b"x" * LONG_BYTES),
        b'{"specification":"%b\\' % (b"x" * LONG_BYTES),
        b'{"specification":"%b\xff"}' % (b"x" * LONG_BYTES),
        b'{"specification":"%b\\x"}' % (b"x" * LONG_BYTES),
        b'{"specification":"%b\\ud83d"}' % (b"x" * LONG_BYTES),
        b'{"specification":[%b1]}' % (b"1," * LONG_BYTES),
    ],
    ids=["short", "no such member", "endless", "endless escape", "not UTF-8", "no escape", "half a pair", "no string"],
)
async def test_whatever_is_out_of_the_ordinary_stays_in_the_body(body: bytes) -> None:
    assert await take_long_text(body, "specification") is None
