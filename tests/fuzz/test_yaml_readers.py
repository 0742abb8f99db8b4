"""A short run of the fuzzer with fixed seeds: the two YAML readers agree."""

from collections import Counter
from random import Random

import pytest

from tests.fuzz.yaml_readers import compare
from tests.fuzz.yaml_texts import make_text

CASES = 2_000


def test_both_readers_read_the_same_from_texts_made_by_a_grammar() -> None:
    texts = [make_text(Random(seed)) for seed in range(1, CASES + 1)]

    verdicts = [(text, compare(text)) for text in texts]

    assert [each for each in verdicts if each[1] not in ("shortcut", "exactly", "refused")] == []
    assert min(Counter(verdict for _, verdict in verdicts).values()) > CASES / 10


@pytest.mark.parametrize(
    "text",
    [
        *("a: 0644", "a: 0b11", "a: -0x1F", "a: +0o7", "[0x" + "f" * 33 + "]", "- " + "9" * 39, "- -" + "9" * 39),
        *("{1: a, true: b}", "{1: a, 1.0: b}", "{0: a, false: b}", "a: !a 1", "a: ! 12", "<<: {a: 1}", "'<<': {a: 1}"),
        *(
            '{"a":0644}',
            '{"a":-0b1}',
            "? 0644\n",
            "a: 00 # c\n",
            "a: &x 1\nb: *x",
            "a: .inf",
            "a: 'x\x85y'",
            "\ufeff\ufeffa: 1",
        ),
    ],
)
def test_both_readers_read_the_same_of_what_they_once_differed_in(text: str) -> None:
    assert compare(text) in ("shortcut", "exactly")
