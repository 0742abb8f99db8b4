"""Quick tests: compiled code can decide simple rules by looking at a request's headers.

Most rules depend on a header, and most requests do not fit. For each rule, `write_tests` writes down the simple parts
of its `when`: header values that have to equal or contain a text, and names that have to be absent.

- If one of them fails, the rule does not hold.
- If they all pass and cover the whole condition (`is_whole`), the rule holds.
- Otherwise the rule is tried in the usual way: the tests may decide little, but never differently from the rule.

    tests = rule*      rule = is_whole, count of tests, test*      test = kind, length of name, of value, name, value

Lengths are 16 bits, little-endian; the other fields before the texts are single bytes. cext/serving/responder_rules.pxi
reads it.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

EQUAL, CONTAINED, ABSENT = range(1, 4)
KINDS: Final = {"equalTo": EQUAL, "contains": CONTAINED, "absent": ABSENT}

MOST_TESTS: Final = 255
LONGEST_TEXT: Final = 1024
MOST_BYTES: Final = 64 * 1024
WORD: Final = b'"headers"'


class QuickTest(NamedTuple):
    kind: int
    name: bytes
    value: bytes


def write_tests(stored: bytes) -> bytes:
    """Writes the tests of stored rules; empty if they would decide nothing."""
    if WORD not in stored:
        return b""
    written = bytearray()
    says_anything = False
    for rule in msgspec.json.decode(stored):
        when = rule.get("when")
        found = list(find_tests({} if when is None else when))
        tests = [test for test in found if test is not None][:MOST_TESTS]
        written += bytes((len(tests) == len(found), len(tests)))
        says_anything = says_anything or bool(tests)
        for kind, name, value in tests:
            written.append(kind)
            written += len(name).to_bytes(2, "little") + len(value).to_bytes(2, "little") + name + value
        if len(written) > MOST_BYTES:
            return b""
    return bytes(written) if says_anything else b""


def find_tests(when: dict[str, Any]) -> Iterator[QuickTest | None]:
    """The tests of a `when`, all of which have to pass; None for each part that is not simple."""
    for member, given in when.items():
        if member == "all" and isinstance(given, list):
            for part in given:
                yield from find_tests(part)
        elif member == "headers" and isinstance(given, dict):
            for name, matcher in given.items():
                yield make_test(name, matcher)
        else:
            yield None


def make_test(name: str, matcher: Any) -> QuickTest | None:
    if not isinstance(matcher, dict) or len(matcher) != 1 or not is_short(name):
        return None
    ((operator, expected),) = matcher.items()
    kind = KINDS.get(operator, 0)
    if kind == ABSENT:
        return QuickTest(kind, name.lower().encode(), b"") if expected is True else None
    if not kind or not isinstance(expected, str) or not is_short(expected):
        return None
    return QuickTest(kind, name.lower().encode(), expected.encode())


def is_short(text: str) -> bool:
    return text.isascii() and len(text) <= LONGEST_TEXT
