"""Texts read as the values that schemas demand: `?age=5` is a number if the schema takes numbers.

A text becomes a value of the first type that the schema takes and the text allows, the schema's `enum` first. If the
schema also takes strings, the text stays a string, unless `prefers_text=False`. A text that fits none of the types
stays a string, and the schema refuses it with its own message.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, Protocol

from mockwave.patterns.bounded import compile_pattern


class FindsDefinitions(Protocol):
    """Finds the definitions to which schemas refer, by number."""

    def get(self, number: str, /) -> Any: ...


MAXIMUM_REFERENCES: Final = 32  # most schemas followed, or combined, to read one schema

_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{0,300})?([eE][+-]?[0-9]{1,3})?")
_TRUTH: Final = {"true": True, "false": False}


class SchemaView:
    """The types, properties and items of a schema, with its references and combinations followed."""

    def __init__(self, schema: Any, definitions: FindsDefinitions) -> None:
        self._schema = schema
        self._definitions = definitions
        self._parts = list(self._find_parts())
        self.types = self._find_types()
        self.is_array = "array" in self.types and "string" not in self.types
        self.is_text = "string" in self.types and self.types.isdisjoint(("object", "array"))
        self.is_object = "object" in self.types and not self.is_array and "string" not in self.types
        self._listed = dict(self._find_listed())
        self._takes_texts = "string" in self.types or not self.types
        self._takes_truth = "boolean" in self.types or not self.types
        self._takes_numbers = not self.types.isdisjoint(("number", "integer")) or not self.types
        self._children: dict[str, SchemaView] = {}
        self._others: dict[int, SchemaView] = {}
        self.properties = frozenset(
            name for part in self._parts if isinstance(part.get("properties"), dict) for name in part["properties"]
        )
        self.required = frozenset(
            name for part in self._parts if isinstance(part.get("required"), list) for name in part["required"]
        )
        self.is_open = any(
            part.get("additionalProperties", False) is not False or "patternProperties" in part for part in self._parts
        )

    def property(self, name: str) -> "SchemaView":
        """The schema of the property `name`."""
        view = self._children.get(name)
        if view is not None:
            return view
        schema = self._find_property(name)
        if name in self.properties:
            view = self._children[name] = SchemaView(schema, self._definitions)
            return view
        # A client chooses the names that are not listed; they share a few schemas, which live as long as this view.
        view = self._others.get(id(schema))
        if view is None:
            view = self._others[id(schema)] = SchemaView(schema, self._definitions)
        return view

    def items(self) -> "SchemaView":
        """The schema of an array's items."""
        view = self._children.get("")
        if view is None:
            found = next((part["items"] for part in self._parts if isinstance(part.get("items"), dict)), True)
            view = self._children[""] = SchemaView(found, self._definitions)
        return view

    def read_text(self, text: str, *, prefers_text: bool = True) -> Any:
        """Reads `text` as a value."""
        if text in self._listed:
            return self._listed[text]
        if self._takes_texts and prefers_text:
            return text
        if self._takes_truth and text in _TRUTH:
            return _TRUTH[text]
        if self._takes_numbers:
            number = read_number(text)
            if number is not None:
                return number
        if "null" in self.types and text in ("", "null"):
            return None
        return text

    def _find_listed(self) -> Iterator[tuple[str, Any]]:
        """Values of `enum` and `const` that are not strings, by their text."""
        for part in self._parts:
            listed = part.get("enum", [part["const"]] if "const" in part else ())
            for value in listed if isinstance(listed, list) else ():
                if value is None or isinstance(value, bool | int | float):
                    yield write_text(value), value

    def _find_parts(self) -> Iterator[dict[str, Any]]:
        """The objects of which the schema consists: itself, those it refers to, and those it combines."""
        waiting, count = [self._schema], 0
        while waiting and count < MAXIMUM_REFERENCES:
            part = waiting.pop(0)
            count += 1
            if not isinstance(part, dict):
                continue
            yield part
            reference = part.get("$ref")
            if isinstance(reference, str):
                waiting.append(self._definitions.get(reference.rpartition("/")[2]))
            for keyword in ("allOf", "anyOf", "oneOf"):
                combined = part.get(keyword)
                waiting.extend(combined if isinstance(combined, list) else ())

    def _find_types(self) -> frozenset[str]:
        found: set[str] = set()
        for part in self._parts:
            kind = part.get("type")
            if isinstance(kind, str):
                found.add(kind)
            elif isinstance(kind, list):
                found.update(name for name in kind if isinstance(name, str))
            elif "properties" in part:
                found.add("object")
            elif "items" in part:
                found.add("array")
        return frozenset(found)

    def _find_property(self, name: str) -> Any:
        for part in self._parts:
            properties = part.get("properties")
            if isinstance(properties, dict) and name in properties:
                return properties[name]
        for part in self._parts:
            patterns = part.get("patternProperties")
            for pattern, schema in patterns.items() if isinstance(patterns, dict) else ():
                compiled = compile_pattern(pattern)
                if compiled is not None and compiled.is_found_in(name):
                    return schema
        return next(
            (
                part["additionalProperties"]
                for part in self._parts
                if isinstance(part.get("additionalProperties"), dict)
            ),
            True,
        )


def read_number(text: str) -> int | float | None:
    """The number in `text`; None if it is not a number, or out of range."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    if match[1] is None and match[2] is None:
        return int(text)
    number = float(text)
    if number in (float("inf"), float("-inf")):
        return None
    # In Draft 4, 1.0 is not an integer; as texts, both are one number.
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def write_text(value: Any) -> str:
    """The text of a scalar."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)
