"""Variables of Postman Collections: `{{name}}` has the value set by the nearest folder, or by the collection.

A value may name other variables. A name without a value stays unchanged, and so does one that leads back to itself. The
growth of a text is bounded: values that contain each other could double it at every step.
"""

import json
import re
from typing import Any, Final

MAXIMUM_VALUE_CHARACTERS: Final = 1 << 16
MAXIMUM_ADDED_CHARACTERS: Final = 1 << 20  # to one text
MAXIMUM_DEPTH: Final = 20

VARIABLE: Final = re.compile(r"\{\{([^{}]+)\}\}")


class Variables:
    """The variables of a collection, or of one of its folders and those around it."""

    def __init__(self, declared: Any, outer: "Variables | None" = None) -> None:
        self._own = {
            str(each.get("key", each.get("id"))): as_text(each["value"])
            for each in (declared if isinstance(declared, list) else ())
            if isinstance(each, dict) and each.get("value") is not None and each.get("disabled") is not True
        }
        self._outer = outer
        self._filled: dict[str, str] = {}

    def within(self, declared: Any) -> "Variables":
        """Returns the variables inside a folder or a request that declares more."""
        return Variables(declared, self) if isinstance(declared, list) and declared else self

    def fill(self, text: str) -> str:
        """Returns `text` with names replaced by values."""
        if "{{" not in text:
            return text
        added = 0

        def value_of(match: re.Match[str]) -> str:
            nonlocal added
            value = self._value_of(match[1].strip(), ())
            if value is None or added + len(value) > MAXIMUM_ADDED_CHARACTERS:
                return match[0]
            added += len(value)
            return value

        return VARIABLE.sub(value_of, text)

    def _value_of(self, name: str, within: tuple[str, ...]) -> str | None:
        """The value of the variable, itself filled; None if it stays as it is. `within`: the names it is for."""
        known = self._filled.get(name)
        if known is not None:
            return known
        value = self._find(name)
        if value is None or name in within or len(within) >= MAXIMUM_DEPTH:
            return None
        pieces: list[str] = []
        size = position = 0
        for match in VARIABLE.finditer(value):
            inner = self._value_of(match[1].strip(), (*within, name))
            pieces += (value[position : match.start()], match[0] if inner is None else inner)
            position = match.end()
            size += len(pieces[-1])
            if size > MAXIMUM_VALUE_CHARACTERS:
                pieces, position = [f"{{{{{name}}}}}"], len(value)  # as if it had no value
                break
        # Kept, so that each is filled once, however many name it.
        self._filled[name] = "".join((*pieces, value[position:]))
        return self._filled[name]

    def _find(self, name: str) -> str | None:
        """Returns the value of the variable, unfilled."""
        scope: Variables | None = self
        while scope is not None:
            if name in scope._own:
                return scope._own[name]
            scope = scope._outer
        return None


def as_text(value: Any) -> str:
    """Returns a value of a variable, a header or a body as text."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
