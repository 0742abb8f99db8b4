r"""Regular expressions of JSON Schema (ECMA-262 §22.2) as trees.

    alternation = sequence *( "|" sequence )        sequence = *( atom [ quantifier ] )
    atom        = character / class / "." / group / lookaround / assertion / backreference
    quantifier  = ( "*" / "+" / "?" / "{" n [ "," [ m ] ] "}" ) [ "?" ]

A character set is a sorted tuple of code point ranges. `\d` and `\w` are ASCII, as in ECMA. Read as without the `u`
flag where that is laxer (Annex B): a brace that opens no quantifier is itself. `\p{…}` stands for the letters, digits
or others below U+0370 that have the property. Anything not understood is a PatternError, never a guess.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NoReturn

from msgspec import Struct

MAXIMUM_NESTING: Final = 60
MAXIMUM_LENGTH: Final = 10_000
UNBOUNDED: Final = 1 << 31

Ranges = tuple[tuple[int, int], ...]


class PatternError(ValueError):
    """The text is not a regular expression, or not one that is understood here."""


class Characters(Struct, frozen=True):
    """One character out of `ranges`."""

    ranges: Ranges

    def holds(self, code: int) -> bool:
        return any(low <= code <= high for low, high in self.ranges)


class Sequence(Struct, frozen=True):
    """One node after another; an empty one matches the empty string."""

    nodes: tuple["Pattern", ...]


class Alternation(Struct, frozen=True):
    """Any one of the options."""

    options: tuple["Pattern", ...]


class Repetition(Struct, frozen=True):
    """`node`, from `minimum` to `maximum` times."""

    node: "Pattern"
    minimum: int
    maximum: int


class Assertion(Struct, frozen=True):
    r"""`^`, `$`, `\b` or `\B`: true or false of a position."""

    sign: str


class Lookaround(Struct, frozen=True):
    """A pattern that must, or must not, match before (or after) a position."""

    node: "Pattern"
    is_negative: bool
    is_behind: bool


Pattern = Characters | Sequence | Alternation | Repetition | Assertion | Lookaround

DIGITS: Final[Ranges] = ((48, 57),)
WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Final[Ranges] = ((9, 13), (32, 32), (160, 160), (0xFEFF, 0xFEFF))
LINE_ENDS: Final[Ranges] = ((10, 10), (13, 13), (0x2028, 0x2029))
LAST: Final = 0x10FFFF
PROPERTY_CODES: Final = range(0x370)


def complement(ranges: Ranges) -> Ranges:
    """All code points that are not in `ranges`."""
    result = []
    start = 0
    for low, high in ranges:
        if low > start:
            result.append((start, low - 1))
        start = max(start, high + 1)
    if start <= LAST:
        result.append((start, LAST))
    return tuple(result)


def union(ranges: list[tuple[int, int]]) -> Ranges:
    """`ranges` sorted, with touching ones joined."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


CLASS_ESCAPES: Final[dict[str, Ranges]] = {
    "d": DIGITS,
    "D": complement(DIGITS),
    "w": WORD,
    "W": complement(WORD),
    "s": SPACE,
    "S": complement(SPACE),
}
CONTROL_ESCAPES: Final[dict[str, int]] = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "0": 0}


@lru_cache(maxsize=1024)
def parse_pattern(text: str) -> Pattern:
    """Returns the tree of the regular expression `text`. Raises PatternError."""
    if len(text) > MAXIMUM_LENGTH:
        raise PatternError(f"the pattern is longer than {MAXIMUM_LENGTH} characters")
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0
        self.groups: list[Pattern] = []
        self.names: dict[str, Pattern] = {}

    def parse(self) -> Pattern:
        pattern = self.alternation()
        if self.position < len(self.text):
            self.fail("unmatched )")
        return pattern

    def fail(self, why: str) -> NoReturn:
        raise PatternError(f"{why} at character {self.position}")

    def peek(self, ahead: str) -> bool:
        return self.text.startswith(ahead, self.position)

    def take(self, ahead: str) -> bool:
        if not self.text.startswith(ahead, self.position):
            return False
        self.position += len(ahead)
        return True

    def alternation(self) -> Pattern:
        self.depth += 1
        if self.depth > MAXIMUM_NESTING:
            self.fail("groups are nested too deeply")
        options = [self.sequence()]
        while self.take("|"):
            options.append(self.sequence())
        self.depth -= 1
        return options[0] if len(options) == 1 else Alternation(tuple(options))

    def sequence(self) -> Pattern:
        nodes: list[Pattern] = []
        while self.position < len(self.text) and not self.peek("|") and not self.peek(")"):
            nodes.append(self.quantified())
        return nodes[0] if len(nodes) == 1 else Sequence(tuple(nodes))

    def quantified(self) -> Pattern:
        node = self.atom()
        bounds = self.quantifier()
        if bounds is None:
            return node
        self.take("?") or self.take("+")  # lazy and possessive quantifiers match the same strings
        minimum, maximum = bounds
        if minimum > maximum:
            self.fail("a quantifier's numbers are out of order")
        return Repetition(node, minimum, maximum)

    def quantifier(self) -> tuple[int, int] | None:
        for sign, bounds in (("*", (0, UNBOUNDED)), ("+", (1, UNBOUNDED)), ("?", (0, 1))):
            if self.take(sign):
                return bounds
        match = _BRACES.match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        minimum = int(match[1])
        if match[2] is None:
            return minimum, minimum
        return minimum, int(match[3]) if match[3] else UNBOUNDED

    def atom(self) -> Pattern:
        character = self.text[self.position]
        if character == "(":
            return self.group()
        self.position += 1
        if character == "[":
            return self.character_class()
        if character == ".":
            return Characters(complement(LINE_ENDS))
        if character in "^$":
            return Assertion(character)
        if character == "\\":
            return self.escape()
        if character in "*+?":
            self.fail("nothing to repeat")
        return Characters(((ord(character), ord(character)),))

    def group(self) -> Pattern:
        match = _GROUP.match(self.text, self.position)
        if match is None:
            self.fail("a group of an unknown kind")
        self.position = match.end()
        sign = match[1] or ""
        index = len(self.groups)
        captures = not sign or match[2] is not None
        if captures:
            self.groups.append(Sequence(()))
        pattern = self.alternation()
        if not self.take(")"):
            self.fail("a group is not closed")
        if captures:
            self.groups[index] = pattern
            if match[2] is not None:
                self.names[match[2]] = pattern
        if sign in ("?=", "?!", "?<=", "?<!"):
            return Lookaround(pattern, sign.endswith("!"), "<" in sign)
        return pattern

    def escape(self) -> Pattern:
        if self.position >= len(self.text):
            self.fail("nothing after a backslash")
        character = self.text[self.position]
        if character in "bB":
            self.position += 1
            return Assertion("\\" + character)
        if character in "AZz":  # not ECMA, but common, and unambiguous
            self.position += 1
            return Assertion("^" if character == "A" else "$")
        reference = _BACKREFERENCE.match(self.text, self.position)
        if reference is not None:
            self.position = reference.end()
            return self.backreference(reference[1] or reference[2])
        ranges = self.class_escape()
        return Characters(ranges)

    def backreference(self, name: str) -> Pattern:
        group = self.names.get(name) if not name.isdecimal() else None
        if name.isdecimal() and int(name) <= len(self.groups):
            group = self.groups[int(name) - 1]
        if group is None or not _is_literal(group):
            self.fail("a backreference to a group that may vary is not understood")
        return group

    def class_escape(self) -> Ranges:
        """The characters of the escape at this position, inside or outside a class."""
        character = self.text[self.position]
        self.position += 1
        if character in CLASS_ESCAPES:
            return CLASS_ESCAPES[character]
        if character in CONTROL_ESCAPES:
            return ((CONTROL_ESCAPES[character],) * 2,)
        if character in "pP":
            return self.property_escape(character == "P")
        match = _CODE.match(self.text, self.position - 1)
        if match is not None:
            self.position = match.end()
            code = ord(match[4]) % 32 if match[4] else int(next(filter(None, match.groups())), 16)
            low = _LOW_SURROGATE.match(self.text, self.position) if 0xD800 <= code <= 0xDBFF else None
            if low is not None:  # two escapes for one character, as under the u flag
                self.position = low.end()
                code = 0x10000 + ((code - 0xD800) << 10) + int(low[1], 16) - 0xDC00
            if code > LAST:
                self.fail("a code point out of range")
            return ((code, code),)
        return ((ord(character), ord(character)),)

    def property_escape(self, is_negated: bool) -> Ranges:
        match = _PROPERTY.match(self.text, self.position)
        if match is None:
            self.fail("a \\p without {Property}")
        self.position = match.end()
        name = match[1].rsplit("=", 1)[-1]
        holds = PROPERTIES.get(name)
        if holds is None:
            category = CATEGORY_NAMES.get(name, name)
            ranges = [(code, code) for code in PROPERTY_CODES if unicodedata.category(chr(code)).startswith(category)]
        else:
            ranges = [(code, code) for code in PROPERTY_CODES if unicodedata.name(chr(code), "").startswith(holds)]
        if not ranges:
            self.fail(f"the property {name} is not understood")
        return complement(union(ranges)) if is_negated else union(ranges)

    def character_class(self) -> Pattern:
        is_negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        while True:
            if self.position >= len(self.text):
                self.fail("a character class is not closed")
            if self.take("]"):
                break
            low = self.class_atom()
            if len(low) == 1 and low[0][0] == low[0][1] and self.peek("-") and not self.peek("-]"):
                self.position += 1
                if self.position >= len(self.text):
                    self.fail("a character class is not closed")
                high = self.class_atom()
                if len(high) == 1 and high[0][0] == high[0][1]:
                    if high[0][0] < low[0][0]:
                        self.fail("a range of characters is out of order")
                    ranges.append((low[0][0], high[0][0]))
                    continue
                ranges += [*low, (45, 45), *high]
                continue
            ranges += low
        united = union(ranges)
        return Characters(complement(united) if is_negated else united)

    def class_atom(self) -> Ranges:
        character = self.text[self.position]
        self.position += 1
        if character != "\\":
            posix = _POSIX.match(self.text, self.position - 1)
            if posix is not None and posix[1] in POSIX_CLASSES:
                self.position = posix.end()
                return POSIX_CLASSES[posix[1]]
            return ((ord(character), ord(character)),)
        if self.position >= len(self.text):
            self.fail("nothing after a backslash")
        if self.take("b"):
            return ((8, 8),)
        return self.class_escape()


def _is_literal(pattern: Pattern) -> bool:
    if isinstance(pattern, Characters):
        return len(pattern.ranges) == 1 and pattern.ranges[0][0] == pattern.ranges[0][1]
    return isinstance(pattern, Sequence) and all(map(_is_literal, pattern.nodes))


_BRACES = re.compile(r"\{(\d{1,9})(,(\d{1,9})?)?\}")
_GROUP = re.compile(r"\((\?:|\?=|\?!|\?<=|\?<!|\?P?<([^>=!]+)>)?")
_BACKREFERENCE = re.compile(r"([1-9][0-9]?)|k<([^>]+)>")
_CODE = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,8})\}|c([A-Za-z])")
_LOW_SURROGATE = re.compile(r"\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
_PROPERTY = re.compile(r"\{([A-Za-z_=]+)\}")
_POSIX = re.compile(r"\[:([a-z]+):\]")

PROPERTIES: Final[dict[str, str]] = {"Latin": "LATIN "}
CATEGORY_NAMES: Final[dict[str, str]] = {
    "Letter": "L",
    "Alphabetic": "L",
    "Lowercase_Letter": "Ll",
    "Uppercase_Letter": "Lu",
    "Number": "N",
    "Decimal_Number": "Nd",
    "Punctuation": "P",
    "Symbol": "S",
    "Separator": "Z",
    "Mark": "M",
}
POSIX_CLASSES: Final[dict[str, Ranges]] = {
    "alpha": ((65, 90), (97, 122)),
    "digit": DIGITS,
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "lower": ((97, 122),),
    "upper": ((65, 90),),
    "space": SPACE,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
    "word": WORD,
}
