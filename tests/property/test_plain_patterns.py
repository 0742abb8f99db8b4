"""A pattern that is accepted without asking the engine is one that the engine accepts, and small."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mockwave.openapi.requests.request_patterns import spell_strictly
from mockwave.patterns.bounded import measure_pattern
from mockwave.patterns.costs import is_plain

CHARACTERS = [*"abzAZ09_ -^$.*+?()|:/[]{},", *(rf"\{each}" for each in "dDwWsS.-/[](){}|")]
pieces = st.sampled_from([*CHARACTERS, "[a-z]", "[^a]", "{2}", "{1,3}", "(?:", "(a|b)", "*?"])


@settings(max_examples=3000, deadline=None)
@given(st.lists(pieces, max_size=12).map("".join))
def test_a_plain_pattern_is_small_and_linear(pattern: str) -> None:
    spelled = spell_strictly(pattern)
    if is_plain(spelled):
        measured = measure_pattern(spelled)
        assert measured.is_linear
        assert measured.size_bytes <= 1 << 18
