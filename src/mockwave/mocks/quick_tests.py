"""Quick tests: the part of a list of rules that compiled code can test against a request's headers, query and method.

Most rules have such a condition, and most requests do not meet it. `write_tests` writes the simple conditions of each
rule's `when`: values that have to equal a text, to contain it or not, and names that have to be absent.

- If one of them fails, the rule does not hold.
- If they all pass and cover the whole condition (`is_whole`), the rule holds.
- Otherwise the rule is tried in the usual way: the tests may decide little, but never differently from the rule.

    tests = rule*      rule = bytes of its tests, is_whole, count of tests, test*
    test = kind, field, length of name, length of value, name, value

Lengths, and the bytes of the tests, are 16 bits, little-endian; everything else before the texts is a byte. Texts are
ASCII. cext/serving/rule_tests.pyx reads them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from mockwave._rule_tests import RuleTests

EQUAL, EQUAL_IN_ANY_CASE, CONTAINED, NOT_CONTAINED, ABSENT = range(1, 6)
HEADER, QUERY, METHOD = range(1, 4)

FIELDS: Final[Mapping[str, int]] = {"headers": HEADER, "query": QUERY}
TEXT_KINDS: Final[Mapping[str, int]] = {"equalTo": EQUAL, "contains": CONTAINED, "doesNotContain": NOT_CONTAINED}

NUMBER_OPERATORS: Final = frozenset(
    ("equalToNumber", "greaterThanNumber", "greaterThanEqualNumber", "lessThanNumber", "lessThanEqualNumber")
)

_PREFIX: Final = re.compile(r"\^?([A-Za-z0-9 _/:@,=;-]*)(?![*?{])", re.ASCII)
"""Characters that stand for themselves; the last one does not match if it may be missing."""

MOST_TESTS: Final = 255
LONGEST_TEXT: Final = 1024
MOST_RULE_BYTES: Final = 65_535
WORDS: Final = (b'"headers"', b'"query"', b'"method"')


class QuickTest(NamedTuple):
    kind: int
    field: int
    name: bytes
    value: bytes = b""

    def write(self) -> bytes:
        lengths = len(self.name).to_bytes(2, "little") + len(self.value).to_bytes(2, "little")
        return bytes((self.kind, self.field)) + lengths + self.name + self.value


def write_tests(stored: bytes) -> RuleTests | None:
    """Returns the tests of stored rules; None if they would tell nothing."""
    if not any(word in stored for word in WORDS):
        return None
    return make_tests([write_rule(rule) for rule in msgspec.json.decode(stored)])


def make_tests(written: list[bytes]) -> RuleTests | None:
    """Returns the tests of rules from those written for each; None if they would tell nothing."""
    return RuleTests(b"".join(written)) if any(map(says_anything, written)) else None


def write_rule(rule: Mapping[str, Any]) -> bytes:
    """Returns the tests of one rule."""
    when = rule.get("when")
    is_whole = True
    count, written = 0, b""
    for test in find_tests({} if when is None else when):
        text = b"" if test is None else test.write()
        if test is None or count == MOST_TESTS or len(written) + len(text) > MOST_RULE_BYTES:
            is_whole = False
            continue
        written += text
        count += 1
    return len(written).to_bytes(2, "little") + bytes((is_whole, count)) + written


def says_anything(written: bytes) -> bool:
    return written[3] > 0


def find_tests(when: Mapping[str, Any]) -> Iterator[QuickTest | None]:
    """Returns the tests of a `when`, which all have to pass; None for each part that tests cannot express."""
    for member, given in when.items():
        if member == "all" and isinstance(given, list):
            for part in given:
                yield from find_tests(part)
        elif member in FIELDS and isinstance(given, dict):
            for name, matcher in given.items():
                key = name.lower() if member == "headers" else name
                yield from find_tests_of(FIELDS[member], key, matcher)
        elif member == "method":
            if given != "ANY":
                yield from find_tests_of(METHOD, "", {"equalTo": given.upper()} if isinstance(given, str) else given)
        else:
            yield None


def find_tests_of(field: int, name: str, matcher: Any) -> Iterator[QuickTest | None]:
    """Returns the tests of one matcher. All of several operators have to hold for the same value, which is more than
    their tests tell."""
    if not isinstance(matcher, dict) or not is_short(name):
        yield None
        return
    operators = [each for each in matcher if each != "caseInsensitive"]
    if len(operators) != 1:
        yield None
    for operator in operators:
        yield from make_test(field, name.encode(), operator, matcher)


def make_test(field: int, name: bytes, operator: str, matcher: Mapping[str, Any]) -> Iterator[QuickTest | None]:
    expected = matcher[operator]
    if operator == "anything":
        return
    if operator == "absent" and expected is True:
        yield QuickTest(ABSENT, field, name)
    elif operator == "not" and expected == {"absent": True}:
        yield QuickTest(CONTAINED, field, name)
    elif operator in NUMBER_OPERATORS:
        yield QuickTest(CONTAINED, field, name)  # an empty value is not a number
        yield None
    elif operator == "matches" and isinstance(expected, str):
        yield QuickTest(CONTAINED, field, name, find_prefix(expected))
        yield None
    elif operator not in TEXT_KINDS or not isinstance(expected, str) or not is_short(expected):
        yield None
    elif operator == "equalTo" and matcher.get("caseInsensitive"):
        yield QuickTest(EQUAL_IN_ANY_CASE, field, name, expected.lower().encode())
    else:
        yield QuickTest(TEXT_KINDS[operator], field, name, expected.encode())


def find_prefix(pattern: str) -> bytes:
    """Returns the beginning of every text that the regular expression fully matches, as far as it is obvious."""
    found = None if "|" in pattern else _PREFIX.match(pattern)
    return b"" if found is None else found[1].encode()[:LONGEST_TEXT]


def is_short(text: str) -> bool:
    return text.isascii() and len(text) <= LONGEST_TEXT
