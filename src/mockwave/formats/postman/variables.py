"""Variables of Postman Collections: `{{name}}` stands for what the nearest folder, or the collection, says it is.

A value may name others. A name that nobody gives a value stays as it is, and so does one that leads back to itself.
What a text may grow by is bounded: values that hold each other could double at every step.
"""

import json
import re
from typing import Any, Final

MAXIMUM_VALUE_CHARACTERS: Final = 1 << 16
MAXIMUM_ADDED_CHARACTERS: Final = 1 << 20  # to one text
MAXIMUM_DEPTH: Final = 20

VARIABLE: Final = re.compile(r"\{\{([^{}]+)\}\}")


class Variables:
    """The variables of a collection, or of a folder of it with those around it."""

    def __init__(self, declared: Any, outer: "Variables | None" = None) -> None:
        self._own = {
            str(each.get("key", each.get("id"))): as_text(each["value"])
            for each in (declared if isinstance(declared, list) else ())
            if isinstance(each, dict) and each.get("value") is not None and each.get("disabled") is not True
        }
        self._outer = outer
        self._filled: dict[str, str] = {}

    def within(self, declared: Any) -> "Variables":
        """Those of a folder, or of a request, that declares some of its own."""
        return Variables(declared, self) if isinstance(declared, list) and declared else self

    def fill(self, text: str) -> str:
        """`text` with the values in the places of their names."""
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
                pieces, position = [f"{{{{{name}}}}}"], len(value)  # as if nobody had given it a value
                break
        # Kept, so that each is filled once, however many name it.
        self._filled[name] = "".join((*pieces, value[position:]))
        return self._filled[name]

    def _find(self, name: str) -> str | None:
        """The value of the variable as it is given."""
        scope: Variables | None = self
        while scope is not None:
            if name in scope._own:
                return scope._own[name]
            scope = scope._outer
        return None


def as_text(value: Any) -> str:
    """A value of a variable, a header or a body as text."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
