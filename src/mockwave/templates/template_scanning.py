"""A first look at a template's text: whether it has tags at all, and whether they can be parsed in linear time.

python-liquid finds tags by regular expressions, which scan the rest of the text for each tag that does not end, and the
rest of a tag for each way to read it. So tags without an end are found here, and the content of tags is bounded, before
it parses them.
"""

import re
from typing import Final

from mockwave.templates.template_errors import TemplateError
from mockwave.templates.template_limits import (
    MAXIMUM_TAG_BLANKS,
    MAXIMUM_TAG_CHARACTERS,
    MAXIMUM_TAG_PARENTHESES,
    MAXIMUM_TEXT_CHARACTERS,
)

ENDS: Final = {"{{": "}}", "{%": "%}"}
OPENING: Final = re.compile(r"\{[{%]")
VERBATIM: Final = re.compile(r"-?\s{0,100}(raw|doc|comment)\b")
BLANKS: Final = re.compile(rf"\s{{{MAXIMUM_TAG_BLANKS + 1}}}")


def has_tags(text: str) -> bool:
    """Whether the text contains tags."""
    return "{{" in text or "{%" in text


def check_readable(text: str) -> None:
    """Raises TemplateError for a text with tags that do not end, or that are too large."""
    if len(text) > MAXIMUM_TEXT_CHARACTERS:
        raise TemplateError(0, f"the template has {len(text):,} characters; the limit is {MAXIMUM_TEXT_CHARACTERS:,}")
    position = 0
    while (match := OPENING.search(text, position)) is not None:
        end = ENDS[match[0]]
        closing = text.find(end, match.end())
        if closing < 0:
            raise TemplateError(line_of(text, match.start()), f"`{match[0]}` has no `{end}` after it")
        within = text[match.end() : closing]
        _check_tag(text, match.start(), within)
        position = closing + 2
        verbatim = VERBATIM.match(within) if match[0] == "{%" else None
        if verbatim is not None:
            position = _find_end(text, position, verbatim[1], match.start())


def _check_tag(text: str, start: int, within: str) -> None:
    limits = (
        (len(within), MAXIMUM_TAG_CHARACTERS, "characters"),
        (within.count("("), MAXIMUM_TAG_PARENTHESES, "parentheses"),
    )
    for count, limit, what in limits:
        if count > limit:
            raise TemplateError(line_of(text, start), f"this tag has {count:,} {what}; the limit is {limit:,}")
    if BLANKS.search(within) is not None:
        raise TemplateError(line_of(text, start), f"this tag has more than {MAXIMUM_TAG_BLANKS} blanks in a row")


def _find_end(text: str, position: int, name: str, start: int) -> int:
    """The end of a block whose content is not parsed as a template."""
    end = re.compile(rf"\{{%-?\s{{0,100}}end{name}\s{{0,100}}-?%\}}").search(text, position)
    if end is None:
        raise TemplateError(line_of(text, start), f"`{{% {name} %}}` has no `{{% end{name} %}}` after it")
    return end.end() if name != "comment" else position


def line_of(text: str, position: int) -> int:
    """The line of a position in the text, from 1."""
    return text.count("\n", 0, position) + 1
