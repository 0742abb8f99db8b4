"""Hints of `x-faker`: which faker a schema names, and with which arguments, in all spellings that documents have.

person.firstName                        faker.person.firstName()
helpers.arrayElement(["a", "b"])        number.int({min: 5, max: 9})        as in JSON, or as in JavaScript
{"number.int": {"min": 5, "max": 9}}    {"helpers.arrayElement": [["a", "b"]]}
{{person.firstName}} at {{internet.domainName}}                             a text with fakers in it
"""

import re
from typing import Any, Final

import msgspec

TEMPLATE_FAKER: Final = "helpers.fake"

_CALL = re.compile(r"([\w.]+)\((.*)\)", re.DOTALL)
_JAVASCRIPT = re.compile(
    r"""(?P<double>"(?:[^"\\]|\\.)*")|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<name>[A-Za-z_$][\w$]*)(?=\s*:)""", re.DOTALL
)

Hint = tuple[str, tuple[Any, ...]]


def read_hint(hint: Any) -> Hint:
    """Reads faker and arguments of `hint`: a text, or an object of one faker with one argument or an array of them."""
    if isinstance(hint, str):
        return read_call(hint)
    arguments: Any = []
    if isinstance(hint, dict) and hint:
        hint, arguments = next(iter(hint.items()))
    if isinstance(arguments, bool) or arguments is None:
        arguments = []
    return _present(str(hint)), tuple(arguments) if isinstance(arguments, list) else (arguments,)


def read_call(text: str) -> Hint:
    """Reads faker and arguments of a text: a name, a call, or a template."""
    text = text.strip()
    if "{{" in text and "}}" in text:
        return TEMPLATE_FAKER, (text,)
    call = _CALL.fullmatch(text)
    if call is None:
        return _present(text), ()
    for arguments in (call[2], _JAVASCRIPT.sub(_as_json, call[2])):
        try:
            return _present(call[1]), tuple(msgspec.json.decode(f"[{arguments}]"))
        except ValueError:
            continue
    return f"{call[1]}(…)", ()


def _present(name: str) -> str:
    return TEMPLATE_FAKER if name == "fake" else name.removeprefix("faker.")


def _as_json(match: re.Match[str]) -> str:
    """A JavaScript string or name, written as JSON."""
    if match["double"] is not None:
        return match["double"]
    text = match["name"] if match["single"] is None else re.sub(r"\\(.)", r"\1", match["single"])
    return msgspec.json.encode(text).decode()
