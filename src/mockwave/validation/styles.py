"""Styles: how arrays and objects are written into the text of a parameter or a form's field, and read back.

They follow OpenAPI 3.1 §4.8.12.2 and RFC 6570; Swagger 2.0's `tsv` is the style tabDelimited. Texts are split while
still escaped, so that an escaped separator is part of a value. If no separator stands unescaped, an escaped one
separates, since many clients escape them all.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from mockwave.validation.coercion import SchemaView

Decode = Callable[[str], str]

MAXIMUM_STEPS: Final = 100
"""The most steps of a name such as a[b][c], each of which leads one level down."""
MAXIMUM_DIGITS: Final = 9

# Style → the separators of an array that is not exploded, in escaped form, the most usual first.
SEPARATORS: Final[dict[str, tuple[str, ...]]] = {
    "form": (",", "%2C", "%2c"),
    "simple": (",", "%2C", "%2c"),
    "cookie": (",",),
    "label": (",", "%2C", "%2c"),
    "matrix": (",", "%2C", "%2c"),
    "spaceDelimited": ("%20", "+", " "),
    "pipeDelimited": ("|", "%7C", "%7c"),
    "tabDelimited": ("%09", "\t"),
}


class StyleError(ValueError):
    """A text that is not written in the declared style."""


def unescape(text: str) -> str:
    return unquote(text, errors="replace") if "%" in text else text


def unescape_form(text: str) -> str:
    """Unescapes a text of a query or a form, where `+` is a space."""
    return unquote_plus(text, errors="replace") if "%" in text or "+" in text else text


def as_it_is(text: str) -> str:
    return text


def split_items(text: str, style: str) -> list[str]:
    """Splits the items of an array; an empty text has none."""
    if not text:
        return []
    for separator in SEPARATORS.get(style, SEPARATORS["form"]):
        if separator in text:
            return text.split(separator)
    return [text]


def read_items(texts: Sequence[str], view: SchemaView, decode: Decode, item_styles: Sequence[str] = ()) -> list[Any]:
    """Reads an array; if its items are arrays too, `item_styles` say how each level is written."""
    items = view.items()
    if item_styles and items.is_array:
        return [read_items(split_items(text, item_styles[0]), items, decode, item_styles[1:]) for text in texts]
    return [items.read_text(decode(text)) for text in texts]


def read_repeated(texts: Sequence[str], view: SchemaView, decode: Decode, *, first_counts: bool = False) -> Any:
    """Reads all texts of one name: as an array, or, for other schemas, the last one or the first."""
    if view.is_array or (len(texts) > 1 and "array" in view.types):
        return read_items(texts, view, decode)
    return view.read_text(decode(texts[0 if first_counts else -1]))


def read_pairs(texts: Sequence[str], view: SchemaView, decode: Decode) -> dict[str, Any]:
    """Reads an object written as `name,value,name,value`."""
    if len(texts) % 2:
        raise StyleError("expected names and values in turn, got a name without a value")
    names = [decode(name) for name in texts[::2]]
    return read_members(list(zip(names, texts[1::2], strict=True)), view, decode)


def read_assignments(texts: Sequence[str], view: SchemaView, decode: Decode) -> dict[str, Any]:
    """Reads an object written as repeated `name=value`."""
    pairs = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise StyleError(f"expected name=value, got {decode(text)[:80]!r}")
        pairs.append((decode(name), value))
    return read_members(pairs, view, decode)


def read_members(
    pairs: Sequence[tuple[str, str]], view: SchemaView, decode: Decode, *, first_counts: bool = False
) -> dict[str, Any]:
    """Reads an object of unescaped names and still escaped values, which may repeat (`read_repeated`)."""
    texts: dict[str, list[str]] = {}
    for name, value in pairs:
        texts.setdefault(name, []).append(value)
    return {
        name: read_repeated(given, view.property(name), decode, first_counts=first_counts)
        for name, given in texts.items()
    }


def takes_empty(view: SchemaView) -> bool:
    """Whether an empty text is a value for the schema; otherwise it means that there is no value."""
    return not view.types or not view.types.isdisjoint(("string", "null"))


def read_delimited(text: str, style: str, view: SchemaView, decode: Decode, item_styles: Sequence[str] = ()) -> Any:
    """Reads an array or object in one text, not exploded."""
    items = split_items(text, style)
    return read_items(items, view, decode, item_styles) if view.is_array else read_pairs(items, view, decode)


def read_simple(text: str, explode: bool, view: SchemaView, decode: Decode, item_styles: Sequence[str] = ()) -> Any:
    if view.is_object and explode:
        return read_assignments(split_items(text, "simple"), view, decode)
    return read_delimited(text, "simple", view, decode, item_styles)


def read_label(text: str, explode: bool, view: SchemaView, decode: Decode) -> Any:
    """Reads `.a.b` or `.a,b`; objects as `.x=1.y=2` or `.x,1,y,2`."""
    if not text.startswith("."):
        raise StyleError("expected a text that starts with a dot")
    rest = text[1:]
    if not (view.is_array or view.is_object):
        return view.read_text(decode(rest))
    if not explode:
        return read_delimited(rest, "label", view, decode)
    parts = rest.split(".") if rest else []
    return read_items(parts, view, decode) if view.is_array else read_assignments(parts, view, decode)


def read_matrix(text: str, name: str, explode: bool, view: SchemaView, decode: Decode) -> Any:
    """Reads `;name=a;name=b` or `;name=a,b`; objects as `;x=1;y=2` or `;name=x,1,y,2`."""
    if not text.startswith(";"):
        raise StyleError("expected a text that starts with a semicolon")
    parts = text[1:].split(";")
    if view.is_object and explode:
        return read_assignments(parts, view, decode)
    values = []
    for part in parts:
        key, _, value = part.partition("=")
        if decode(key) != name:
            raise StyleError(f"expected ;{name}=, got ;{decode(key)[:80]}=")
        values.append(value)
    if view.is_array and explode:
        return read_items(values, view, decode)
    if len(values) != 1:
        raise StyleError(f"expected ;{name}= once, got it {len(values)} times")
    if view.is_array or view.is_object:
        return read_delimited(values[0], "matrix", view, decode)
    return view.read_text(decode(values[0]))


def read_deep_object(pairs: Sequence[tuple[str, str]], name: str, view: SchemaView, decode: Decode) -> Any:
    """Reads `name[a][b]=1`; None if no pair belongs to it. Arrays repeat their name, or have `[]` or numbers after
    it."""
    found: dict[str, Any] | None = None
    start = f"{name}["
    for key, value in pairs:
        if not key.startswith(start) or not key.endswith("]"):
            continue
        found = {} if found is None else found
        put(found, key[len(start) : -1].split("][", MAXIMUM_STEPS), decode(value))
    return None if found is None else shape(found, view)


def put(members: dict[str, Any], steps: list[str], text: str) -> None:
    """Puts a text at the place to which the steps lead; several texts for one place become a list."""
    if len(steps) > MAXIMUM_STEPS:
        raise StyleError(f"expected at most {MAXIMUM_STEPS} names in brackets, got more")
    for step in steps[:-1]:
        below = members.setdefault(step, {})
        if not isinstance(below, dict):
            raise StyleError(f"[{step[:80]}] is a value and an object at once")
        members = below
    last = steps[-1]
    known = members.get(last)
    if known is None:
        members[last] = text
    elif isinstance(known, dict):
        raise StyleError(f"[{last[:80]}] is a value and an object at once")
    elif isinstance(known, list):
        known.append(text)
    else:
        members[last] = [known, text]


def shape(node: Any, view: SchemaView) -> Any:
    """Shapes the collected texts by the schema: texts are read, and objects whose names are numbers become arrays."""
    if isinstance(node, dict):
        if "array" in view.types and all(map(is_position, node)):
            values = [node[step] for step in sorted(node, key=lambda step: int(step or 0))]
            flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
            return [shape(item, view.items()) for item in flat]
        return {name: shape(child, view.property(name)) for name, child in node.items()}
    if isinstance(node, list):
        return [shape(item, view.items()) for item in node]
    return [view.items().read_text(node)] if view.is_array else view.read_text(node)


def is_position(step: str) -> bool:
    """Whether a name in brackets is an array position: `[]`, or a number."""
    return not step or (step.isdecimal() and len(step) <= MAXIMUM_DIGITS)
