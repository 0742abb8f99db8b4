"""Regular expressions in the files of other tools: searched for, matched against the whole value, or a literal text."""

import re

_SPECIAL = frozenset(".^$*+?{}[]\\|()")


def search_regex(regex: str) -> str:
    """Returns an expression for the whole value that is equal to searching for this one."""
    inside = strip_anchors(regex)
    before = "" if regex.startswith("^") else r"[\s\S]*"
    after = "" if regex != inside and regex.endswith("$") else r"[\s\S]*"
    if "|" in inside:
        inside = f"(?:{inside})"
        if before != after and (not before or not after):
            return f"(?:{regex})" if not (before or after) else rf"[\s\S]*?(?:{regex})[\s\S]*"
    return f"{before}{inside}{after}"


def strip_anchors(regex: str) -> str:
    """Returns the expression without the anchors at its ends: it is matched against the whole text anyway."""
    text = regex.removeprefix("^")
    if text.endswith("$") and not text.endswith("\\$"):
        text = text[:-1]
    return text


def read_literal_regex(regex: str) -> str | None:
    """Returns the only text that the expression matches; None if it matches others."""
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
    """Returns the regular expression for exactly this text, in every dialect."""
    return re.sub(r"[.^$*+?{}\[\]\\|()]", lambda match: f"\\{match[0]}", text)
