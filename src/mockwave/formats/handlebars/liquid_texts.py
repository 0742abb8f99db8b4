"""Texts, literals and paths of Liquid templates."""

import json
import re
from collections.abc import Sequence
from typing import Final

MAXIMUM_TAG_CHARACTERS: Final = 900
LIQUID: Final = re.compile(r"\{\{|\{%")


class NoEqual(Exception):
    """Liquid has no equal for it."""


def member(base: str, name: str) -> str:
    """Returns the Liquid path of a member by name, or by number."""
    if re.fullmatch(r"[0-9]{1,9}", name):
        return f"{base}[{name}]"
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return f"{base}.{name}"
    return f"{base}[{quote(name)}]"


def members(base: str, steps: Sequence[str]) -> str:
    for step in steps:
        base = member(base, step)
    return base


def quote(value: str | int | float | bool | None) -> str:
    """Returns the Liquid literal of a value. Raises NoEqual for a text that no literal can hold."""
    if value is None:
        return "nil"
    if not isinstance(value, str):
        return json.dumps(value)
    if any(each in value for each in ("{{", "}}", "{%", "%}", "\n", "\r")) or ('"' in value and "'" in value):
        raise NoEqual
    return f"'{value}'" if '"' in value else f'"{value}"'


def read_literal(expression: str) -> str | None:
    """Returns the text of a literal; None for any other expression."""
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", expression):
        return expression
    if len(expression) >= 2 and expression[0] in "\"'" and expression.find(expression[0], 1) == len(expression) - 1:
        return expression[1:-1]
    return None


def write_text(text: str) -> str:
    """Returns Liquid that outputs this text."""
    if not LIQUID.search(text):
        return text
    return "{% raw %}" + text.replace("{% endraw %}", "") + "{% endraw %}"


def check_tag(tag: str) -> str:
    """Returns the tag. Raises NoEqual if it is longer than templates allow."""
    if len(tag) > MAXIMUM_TAG_CHARACTERS:
        raise NoEqual
    return tag
