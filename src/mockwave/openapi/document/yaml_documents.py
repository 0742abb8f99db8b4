"""YAML 1.2 text to a tree of dicts, lists and scalars.

One file decides what a text means: `yaml_events`, by libyaml's grammar and the core schema. ryaml, which has the same
grammar, is a shortcut that takes half the time, for texts that it reads alike. It copies the targets of aliases,
ignores merge keys and tags, and reads some numbers by other rules. Texts that it might read differently are not given
to it, and texts that it refuses are read again by `yaml_events`, which may accept them or has the better message. Keys
that are not strings (`200:`) become strings, as in JSON.
"""

import re
from itertools import accumulate
from typing import Any, Final

import ryaml

from mockwave.answers.imported import Problem, SpecificationError
from mockwave.openapi.document.document_numbers import replace_infinities
from mockwave.openapi.document.hidden_characters import hide_characters
from mockwave.openapi.document.report import Problems
from mockwave.openapi.document.surrogates import replace_surrogates

MAXIMUM_DEPTH: Final = 300  # nesting of brackets, for ryaml
_BRACKET: Final = re.compile(r"\"[^\"\r\n]*+\"|'[^'\r\n]*+'|([\[\]{}])")
_STEPS: Final = {"[": 1, "{": 1, "]": -1, "}": -1, "": 0}

# Plain scalars, as far as can be told without parsing, that ryaml does not read by the core schema, or that have no
# JSON form. Each pattern begins with a character that is fast to search for.
_END: Final = r"(?=[ \t]*(?:[\r\n,\]}]|:\s|\#|\Z))"
# The start of such a scalar, seen from after its first two characters.
_START: Final = r"(?:(?<![^\s\[{,]..)(?<![^\s\[{,:?-][ \t]..)|(?<=[\"']:..))"
_AFTER_SIGN: Final = r"(?:(?<=[-+]..)(?<![^\s\[{,]...)|(?<=[\"']:[-+]..))"
_INFINITE: Final = re.compile(rf"\.(?:inf|Inf|INF|nan|NaN|NAN){_END}")
_OTHERWISE_READ: Final = (
    _INFINITE,
    re.compile(rf"0[0-9b](?:{_START}|{_AFTER_SIGN})[0-9]*+{_END}"),
    re.compile(rf"0[xo]{_AFTER_SIGN}[0-9a-fA-F]++{_END}"),
    re.compile("0[xo][0-9a-fA-F]{32}"),  # beyond 128 bits
    re.compile(r"!(?<![^\s\[{,:]!)(?!\[)"),  # tags
    re.compile(r"&(?<![^\s\[{,:]&)[0-9A-Za-z_-]"),  # anchors; aliases would be copies
    re.compile("<<"),  # merge keys
)
_LONG_NUMBER: Final = b"0" * 38
_DIGITS_ALIKE: Final = bytes.maketrans(b"123456789", b"000000000")


class NotReadAlike(Exception):
    """ryaml refuses the text, or may read it differently."""


def read_yaml(text: str, problems: Problems) -> Any:
    """Returns the tree of the only YAML document in `text`. Raises SpecificationError, which names line and column of
    the fault."""
    disguise = hide_characters(text)
    try:
        tree = disguise.reveal_tree(_read_disguised(disguise.text))
    except SpecificationError as error:
        raise SpecificationError([Problem("", disguise.reveal(each.message)) for each in error.problems]) from error
    if disguise.escapes:  # JSON has no long escapes, so no other check looks for them (§5.7)
        tree = replace_surrogates(tree, problems)
    return replace_infinities(tree, problems) if _INFINITE.search(text) else tree


def _read_disguised(text: str) -> Any:
    try:
        return read_by_shortcut(text)
    except NotReadAlike:
        # Imported here: PyYAML takes 20 ms to import, and most documents do not need it.
        from mockwave.openapi.document.yaml_events import read_yaml_events

        return read_yaml_events(text)


def read_by_shortcut(text: str) -> Any:
    """Returns the tree as ryaml reads it. Raises NotReadAlike if `yaml_events` has to read the text."""
    if not is_read_alike(text):
        raise NotReadAlike
    try:
        tree = ryaml.loads(text)  # type: ignore[attr-defined]  # its stubs forget to export it
    except ValueError as error:
        raise NotReadAlike from error
    return name_members(tree) if isinstance(tree, dict | list) else tree


def is_read_alike(text: str) -> bool:
    """Whether `text` contains nothing that ryaml reads differently from YAML 1.2."""
    is_otherwise_read = any(pattern.search(text) for pattern in _OTHERWISE_READ)
    return not (is_otherwise_read or has_long_number(text) or is_deep(text))


def has_long_number(text: str) -> bool:
    """Whether there is a run of digits long enough for a number beyond 128 bits, which ryaml turns into a float."""
    return _LONG_NUMBER in text.encode("utf-8", "replace").translate(_DIGITS_ALIKE)


def is_deep(text: str) -> bool:
    """Whether `text` seems to nest brackets by the hundred. ryaml takes time in proportion to the square of their
    number, while `yaml_events` gives up at once."""
    if text.count("[") + text.count("{") <= MAXIMUM_DEPTH:
        return False
    return max(accumulate(map(_STEPS.__getitem__, _BRACKET.findall(text)))) > MAXIMUM_DEPTH


def name_members(holder: Any) -> Any:
    """Returns the tree of dicts and lists with only strings as keys; ryaml bounds its depth (128)."""
    if isinstance(holder, list):
        for item in holder:
            if isinstance(item, dict | list):
                name_members(item)
        return holder
    is_named = True
    for key, value in holder.items():
        is_named = is_named and type(key) is str
        if isinstance(value, dict | list):
            name_members(value)
    if is_named:
        return holder
    named = {_name(key): value for key, value in holder.items()}
    if len(named) != len(holder):
        raise NotReadAlike
    holder.clear()
    holder.update(named)
    return holder


def _name(key: Any) -> str:
    """The key as JSON would write it. Raises NotReadAlike if Python considers it equal to keys of other types, so that
    one may be lost: 1, true, and 1.0."""
    if isinstance(key, str):
        return key
    if key is None:
        return "null"
    if isinstance(key, float) or key in (0, 1):
        raise NotReadAlike
    return str(key)
