"""Handlebars templates, as WireMock, Mockoon and Hoverfly write them, translated to Liquid where both can say the same.

What stands between tags stays text; a tag is translated by the reader of the format, which knows its names and helpers,
or stays text too and is reported. A block that is opened (`{{#each}}`) is more than a reference: the whole template is
left as it stands then.
"""

import re
from collections.abc import Callable
from typing import Final

from mockwave.formats.notes import Notes

Translate = Callable[[str], str | None]
"""From the inside of a tag to the Liquid expression for it; None where there is none."""

MAXIMUM_REPORTED: Final = 8  # tags of one template

_TAG = re.compile(r"\\?\{\{\{[^{}]*\}\}\}|\\?\{\{[^{}]*\}\}")
_LIQUID = re.compile(r"\{\{|\{%")
_WORD = re.compile(r"""\[[^\[\]]*\]|"[^"]*"|'[^']*'|[^\s"'\[\]]+(?:\[[^\[\]]*\][^\s"'\[\]]*)*""")


def has_tags(text: str) -> bool:
    return "{{" in text


def translate_template(text: str, translate: Translate, pointer: str, notes: Notes) -> tuple[str, bool]:
    """The Liquid template for a Handlebars one, and whether it is one: text without known tags is not a template,
    and is sent as it stands."""
    if not has_tags(text):
        return text, False
    pieces: list[str] = []
    unknown: dict[str, None] = {}
    position = translated = 0
    for match in _TAG.finditer(text):
        pieces.append(_as_text(text[position : match.start()]))
        position = match.end()
        tag = match[0]
        if tag.startswith("\\"):  # escaped: the tag itself is meant
            pieces.append(_as_text(tag[1:]))
            translated += 1
            continue
        inside = tag.strip("{}").strip().strip("~").strip()
        if inside.startswith(("!", "#", "/", "^", ">", "else")):
            if inside.startswith("!"):
                translated += 1
                continue
            unknown[tag] = None
            pieces.append(_as_text(tag))
            continue
        expression = translate(inside)
        if expression is None:
            unknown[tag] = None
            pieces.append(_as_text(tag))
        else:
            translated += 1
            pieces.append(expression)
    pieces.append(_as_text(text[position:]))
    for tag in list(unknown)[:MAXIMUM_REPORTED]:
        notes.leave_out(pointer, f"the template tag {tag[:100]} has no equal in Liquid here; it is sent as it stands")
    is_broken = any(tag.lstrip("{~ ").startswith(("#", "/", "^", "else")) for tag in unknown)
    if not translated or is_broken:
        return text, False
    return "".join(pieces), True


def words_of(inside: str) -> list[str]:
    """The words of a helper's call: names, and texts in their quotes."""
    return _WORD.findall(inside)


def unquoted(word: str) -> str | None:
    """The text of a quoted word; None of any other."""
    if len(word) >= 2 and word[0] == word[-1] and word[0] in "'\"":
        return word[1:-1]
    return None


def path_steps(path: str) -> list[str]:
    """The steps of a reference: `request.headers.[X-A].0` is request, headers, X-A, 0."""
    return [bracketed or plain for bracketed, plain in re.findall(r"\[([^\[\]]*)\]|([^.\[\]]+)", path)]


def member(base: str, name: str) -> str:
    """The Liquid path of a member by name, or by number."""
    if re.fullmatch(r"[0-9]+", name):
        return f"{base}[{name}]"
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return f"{base}.{name}"
    return f'{base}["{name}"]' if '"' not in name else f"{base}['{name}']"


def output(path: str) -> str:
    """The Liquid tag that writes a value."""
    return "{{ " + path + " }}"


def json_path_steps(expression: str) -> list[str] | None:
    """The steps of a JSONPath that names one value: `$.a.b[0]`; None for any other."""
    if not expression.startswith("$"):
        return None
    steps: list[str] = []
    position = 1
    step = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]|\['([^'\\]*)'\]|\[\"([^\"\\]*)\"\]")
    while position < len(expression):
        match = step.match(expression, position)
        if match is None:
            return None
        steps.append(next(each for each in match.groups() if each is not None))
        position = match.end()
    return steps


def json_value(steps: list[str], base: str = "request.json") -> str:
    for step in steps:
        base = member(base, step)
    return base


def _as_text(text: str) -> str:
    """Text of a Liquid template that is not a tag."""
    if not _LIQUID.search(text):
        return text
    return "{% raw %}" + text.replace("{% endraw %}", "") + "{% endraw %}"
