"""Regular expressions in the files of other tools: searched for, held to the whole, or for one literal text."""

import re

_SPECIAL = frozenset(".^$*+?{}[]\\|()")


def search_regex(regex: str) -> str:
    """An expression that is searched for, as one that is held to the whole value."""
    inside = strip_anchors(regex)
    before = "" if regex.startswith("^") else r"[\s\S]*"
    after = "" if regex != inside and regex.endswith("$") else r"[\s\S]*"
    if "|" in inside:
        inside = f"(?:{inside})"
        if before != after and (not before or not after):
            return f"(?:{regex})" if not (before or after) else rf"[\s\S]*?(?:{regex})[\s\S]*"
    return f"{before}{inside}{after}"


def strip_anchors(regex: str) -> str:
    """The expression without the anchors at its ends: it is held to the whole text anyway."""
    text = regex.removeprefix("^")
    if text.endswith("$") and not text.endswith("\\$"):
        text = text[:-1]
    return text


def read_literal_regex(regex: str) -> str | None:
    """The only text that the expression matches; None if there are others."""
    text = strip_anchors(regex)
    literal: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            escaped = text[position + 1 : position + 2]
            if not escaped or escaped.isalnum():
                return None
            literal.append(escaped)
            position += 2
            continue
        if character in _SPECIAL:
            return None
        literal.append(character)
        position += 1
    return "".join(literal)


def escape_regex(text: str) -> str:
    """The regular expression for this very text, in every dialect."""
    return re.sub(r"[.^$*+?{}\[\]\\|()]", lambda match: f"\\{match[0]}", text)
