"""Long texts: taken out of a body piece by piece, they are what a JSON decoder makes of them, or it stays whole.

However the body comes, in pieces of any size.
"""

import json

import pytest

from mockwave.management.long_texts import LONG_BYTES, SLICE_BYTES, find_closing_mark, take_long_text
from mockwave.pauses import Pauses
from mockwave.reading.source_texts import unpack_source

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


def cut(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("shift", range(5))
@pytest.mark.parametrize("chunk", [101, 16_384, SLICE_BYTES + 1, 10 * LONG_BYTES])
async def test_a_long_text_is_what_a_decoder_makes_of_it(ascii_only: bool, shift: int, chunk: int) -> None:
    text = "x" * shift + make_text(3 * LONG_BYTES)
    body = json.dumps({"name": "a", "specification": text, "cors": True}, ensure_ascii=ascii_only).encode()

    taken = await take_long_text(cut(body, chunk), "specification", Pauses(lambda: 0))

    assert taken is not None
    assert unpack_source(taken.source.form, taken.source.pieces).decode() == text
    assert max(map(len, taken.source.pieces)) <= SLICE_BYTES
    assert json.loads(taken.body) == {"name": "a", "specification": taken.token, "cors": True}


@pytest.mark.parametrize("end", range(-14, 15))
async def test_no_escape_is_cut_in_two_wherever_a_piece_ends(end: int) -> None:
    text = "x" * (SLICE_BYTES + end) + '\U0001f600\\"\u00e9' * 3 + "y" * LONG_BYTES
    for ascii_only in (True, False):
        body = json.dumps({"specification": text}, ensure_ascii=ascii_only).encode()
        for chunks in (cut(body, SLICE_BYTES), [body]):
            taken = await take_long_text(chunks, "specification", Pauses(lambda: 0))
            assert taken is not None
            assert unpack_source(taken.source.form, taken.source.pieces).decode() == text


@pytest.mark.parametrize(
    "body",
    [
        b'{"specification":"short"}',
        b'{"name":"%b"}' % (b"x" * LONG_BYTES),
        b'{"specification":"%b' % (b"x" * LONG_BYTES),
        b'{"specification":"%b\\' % (b"x" * LONG_BYTES),
        b'{"specification":[%b1]}' % (b"1," * LONG_BYTES),
    ],
    ids=["short", "no such member", "endless", "endless escape", "no string"],
)
async def test_whatever_is_out_of_the_ordinary_stays_in_the_body(body: bytes) -> None:
    assert await take_long_text([body], "specification", Pauses(lambda: 0)) is None


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("inside", ["", "a", "\\\\", '\\"', '\\\\\\"', "\\\\\\\\", '\\u005c\\"x', '"x'])
def test_the_mark_that_ends_a_string_is_found_wherever_pieces_of_it_end(inside: str, size: int) -> None:
    text = f'{inside}",'
    position, is_escaped = 0, False
    for piece in cut(text.encode(), size):
        end, is_escaped = find_closing_mark(piece, is_escaped)
        if end is not None:
            break
        position += len(piece)
    assert end is not None
    json.loads(f'"{text[: position + end]}"')  # neither cut short nor run on
