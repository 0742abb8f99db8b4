"""Long strings made for a request have the requested length, and repeat one part."""

import json
import re
from random import Random

import pytest

from mockwave.dynamic.generators import MAXIMUM_VARIED, Generator
from mockwave.dynamic.stored_plans import Fake, Piece, Pieces, Plan, Plans

LENGTHS = [MAXIMUM_VARIED - 1, MAXIMUM_VARIED, MAXIMUM_VARIED + 1, 12_345]


def make(plan: Plan, seed: int = 1) -> str:
    text = json.loads(Generator(Plans(plan), Random(seed)).make_text())
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("length", LENGTHS)
def test_a_text_has_the_length_that_is_asked_for(length: int) -> None:
    assert len(make(Fake("lorem.word", (), length, length))) == length
    assert length <= len(make(Fake("lorem.word", (), length, None))) < length + 50


@pytest.mark.parametrize("length", LENGTHS)
def test_a_piece_of_a_pattern_has_the_length_that_is_asked_for(length: int) -> None:
    text = make(Pieces((Piece('a"\\', length, length), Piece("b", 1, 1))))

    assert re.fullmatch(rf'[a"\\]{{{length}}}b', text)


def test_a_piece_of_any_length_is_within_its_bounds() -> None:
    texts = [make(Pieces((Piece("abc", 10, 5_000),)), seed) for seed in range(50)]

    assert all(10 <= len(text) <= 5_000 for text in texts)
    assert len(set(map(len, texts))) > 10


def test_long_texts_differ() -> None:
    assert make(Fake("lorem.word", (), 5_000, 5_000), 1) != make(Fake("lorem.word", (), 5_000, 5_000), 2)
