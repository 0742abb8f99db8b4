"""Placeholders among the texts and attributes of an expected XML document, like those of XMLUnit in WireMock.

    placeholder = opening "xmlunit." keyword [ "(" argument ")" ] closing

A placeholder is a whole text, apart from white space around its parts. The delimiters are regular expressions: `${` and
`}`, or what `placeholderOpeningDelimiterRegex` and `placeholderClosingDelimiterRegex` say.
"""

import re
from collections.abc import Callable
from typing import Any, Final
from xml.etree.ElementTree import Element

from mockwave.patterns.bounded import PatternRefused
from mockwave.patterns.java_spellings import translate_java
from mockwave.patterns.whole_texts import Matches
from mockwave.pointers import pointer_below
from mockwave.rules.conditions.numbers import read_number
from mockwave.rules.conditions.operators import Reading
from mockwave.rules.date_formats import parse_time
from mockwave.rules.xml_texts import own_text

Takes = Callable[[str], bool]

OPENING: Final = "placeholderOpeningDelimiterRegex"
CLOSING: Final = "placeholderClosingDelimiterRegex"
DELIMITERS: Final = {OPENING: r"\$\{", CLOSING: r"\}"}
PLACEHOLDER_OPTIONS: Final = ("enablePlaceholders", *DELIMITERS)

_NAMESPACE: Final = "xmlunit."
_KEYWORD: Final = re.compile(r"[A-Za-z]+")


def takes_all(text: str) -> bool:
    """Whether `${xmlunit.ignore}` takes a text: always. For an element it stands for whatever is in it."""
    return True


PLACEHOLDERS: Final[dict[str, Takes]] = {
    "ignore": takes_all,
    "isNumber": lambda text: read_number(text) is not None,
    "isDateTime": lambda text: parse_time(text) is not None,
}


def read_placeholders(reading: Reading, given: dict[str, Any], wanted: Element, at: str) -> dict[str, Takes]:
    """Reads the placeholders of the document `wanted`, if the matcher `given` enables them, by their text."""
    is_enabled = reading.take_flag(given, "enablePlaceholders", at)
    opens, closes = (_read_delimiter(reading, given, name, at) for name in DELIMITERS)
    found: dict[str, Takes] = {}
    if not is_enabled or opens is None or closes is None:
        return found
    below = pointer_below(at, "equalToXml")
    for element in wanted.iter():
        for text in (own_text(element), *element.attrib.values()):
            parts = None if text in found else split_placeholder(text, opens, closes)
            if parts is None:
                continue
            keyword, argument = parts
            takes = _read_pattern(reading, argument, below) if keyword == "matchesRegex" else PLACEHOLDERS.get(keyword)
            if takes is None:
                reading.refuse_unknown(below, keyword, "placeholder", ["matchesRegex", *PLACEHOLDERS])
            else:
                found[text] = takes
    return found


def split_placeholder(text: str, opens: Matches, closes: Matches) -> tuple[str, str] | None:
    """Returns the keyword and the argument of a placeholder; None for any other text."""
    before, is_there, after = text.partition(_NAMESPACE)
    keyword = _KEYWORD.match(after)
    if not is_there or keyword is None or not opens(before.strip()):
        return None
    rest = after[keyword.end() :].strip()
    argument = ""
    if rest.startswith("(") and ")" in rest:
        argument, _, rest = rest[1:].rpartition(")")
    return (keyword[0], argument) if closes(rest.strip()) else None


def _read_delimiter(reading: Reading, given: dict[str, Any], name: str, at: str) -> Matches | None:
    pattern = reading.take_text(given.get(name, DELIMITERS[name]), pointer_below(at, name))
    if pattern is None:
        return None
    try:
        return reading.compile_pattern(translate_java(pattern))
    except PatternRefused as refused:
        reading.refuse(pointer_below(at, name), "pattern", str(refused))
        return None


def _read_pattern(reading: Reading, pattern: str, at: str) -> Takes:
    """Reads a regular expression that has to match somewhere in the text."""
    try:
        is_found_in = reading.compile_bounded(translate_java(pattern)).is_found_in
    except PatternRefused as refused:
        reading.refuse(at, "pattern", str(refused))
        return takes_all
    return lambda text: is_found_in(text) is True
