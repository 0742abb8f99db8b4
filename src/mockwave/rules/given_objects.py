"""The members of a written JSON object, read one by one: a value of the wanted type, or a fault.

Members that nobody read are unknown: `refuse_unknown` names them, since a silently ignored typing error takes longest
to find. A fault has the JSON pointer of its place; all faults go on one list.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec import UNSET, UnsetType

from mockwave.model import Violation
from mockwave.pointers import pointer_below, show_pointer
from mockwave.quoting import name_type, quote

MAXIMUM_UNKNOWN_SHOWN = 20
"""The most members of one object that are named as unknown, since its author chooses how many there are."""


class GivenObject:
    """An object at the place `at`, and the list for its faults."""

    def __init__(self, members: Mapping[str, Any], at: str, faults: list[Violation]) -> None:
        self.members = members
        self.at = at
        self.faults = faults

    @classmethod
    def of(cls, value: Any, at: str, faults: list[Violation]) -> "GivenObject | None":
        """Returns None, and adds a fault, if the value is not an object."""
        if isinstance(value, dict):
            return cls(value, at, faults)
        message = f"{show_pointer(at)}: expected an object, got {name_type(value)}"
        faults.append(Violation(location="body", pointer=at, rule="type", message=message))
        return None

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def pointer(self, *names: str | int) -> str:
        return pointer_below(self.at, *names)

    def refuse(self, name: str | tuple[str | int, ...], rule: str, message: str) -> None:
        """Adds a fault of the member, or of something below it; of the object itself if `name` is ()."""
        pointer = self.pointer(*((name,) if isinstance(name, str) else name))
        text = f"{show_pointer(pointer)}: {message}"
        self.faults.append(Violation(location="body", pointer=pointer, rule=rule, message=text))

    def refuse_unknown(self, known: Iterable[str]) -> None:
        names = tuple(known)
        unknown = (name for name in self.members if name not in names)
        for name in islice(unknown, MAXIMUM_UNKNOWN_SHOWN):
            # Imported here, since only a misspelt rule needs it.
            import difflib

            close = difflib.get_close_matches(name[:100], names, 1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(names)}"
            self.refuse(name, "unknown", f"is unknown here; {hint}")

    def refuse_together(self, names: Sequence[str]) -> bool:
        """Whether more than one of the members is present, which is a fault."""
        given = [name for name in names if name in self.members]
        for name in given[1:]:
            self.refuse(name, "contradiction", f"cannot stand beside {given[0]}; give one of them")
        return len(given) > 1

    # Values; None if the member is missing, or is invalid, which is then on the list

    def label(self, name: str, maximum_bytes: int, *, is_required: bool = False) -> str | None:
        """A readable text that is not empty, and has at most this many bytes in UTF-8."""
        value = self._take(name, str, "a string", is_required)
        if value is None:
            return None
        if not value:
            self.refuse(name, "minLength", "expected a text, got an empty one")
        elif len(value) > maximum_bytes or len(value.encode()) > maximum_bytes:
            self.refuse(name, "maxLength", f"expected at most {maximum_bytes} bytes in UTF-8")
        elif not value.isprintable():
            self.refuse(name, "characters", "cannot contain control characters or other invisible ones")
        else:
            return str(value)
        return None

    def flag(self, name: str) -> bool | None:
        value = self._take(name, bool, "true or false", False)
        return None if value is None else bool(value)

    def integer(self, name: str, lowest: int, highest: int, *, is_required: bool = False) -> int | None:
        expected = f"an integer from {lowest} to {highest}"
        value = self._take_number(name, expected, is_required)
        if value is None:
            return None
        if not float(value).is_integer() or not lowest <= value <= highest:
            self.refuse(name, "range", f"expected {expected}, got {show_number(value)}")
            return None
        return int(value)

    def number(
        self, name: str, lowest: float, highest: float, *, is_required: bool = False, default: float | None = None
    ) -> float | None:
        """A number from `lowest` to `highest`; `default` if the member is missing."""
        expected = f"a number from {lowest:g} to {highest:g}"
        if name not in self.members and default is not None:
            return default
        value = self._take_number(name, expected, is_required)
        if value is None:
            return None
        if not lowest <= value <= highest:
            self.refuse(name, "range", f"expected {expected}, got {show_number(value)}")
            return None
        return float(value)

    def one_of(self, name: str, words: Sequence[str], *, is_required: bool = False) -> str | None:
        value = self._take(name, str, f"one of {', '.join(words)}", is_required)
        if value is None or value in words:
            return None if value is None else str(value)
        self.refuse(name, "enum", f"expected one of {', '.join(words)}, got {quote(value)}")
        return None

    def child(self, name: str) -> "GivenObject | None":
        value = self._take(name, dict, "an object", False)
        return None if value is None else GivenObject(value, self.pointer(name), self.faults)

    def items(self, name: str, maximum: int) -> list[Any] | None:
        """The items of a list that has from one to this many."""
        value = self._take(name, list, "an array", False)
        if value is None:
            return None
        if not value:
            self.refuse(name, "minItems", "expected at least one item, got none")
            return None
        if len(value) > maximum:
            self.refuse(name, "maxItems", f"expected at most {maximum} items, got {len(value)}")
            return None
        return list(value)

    def _take(self, name: str, of_type: type, expected: str, is_required: bool) -> Any:
        value = self.members.get(name, UNSET)
        if value is UNSET:
            if is_required:
                self.refuse(name, "required", f"is required; expected {expected}")
            return None
        if not isinstance(value, of_type):
            self.refuse(name, "type", f"expected {expected}, got {name_type(value)}")
            return None
        return value

    def _take_number(self, name: str, expected: str, is_required: bool) -> int | float | None:
        value: Any | UnsetType = self.members.get(name, UNSET)
        if value is not UNSET and isinstance(value, int | float) and not isinstance(value, bool):
            # Integers that no float can hold compare all the same, and NaN is below nothing.
            if not abs(value) < 2**63:
                self.refuse(name, "range", f"expected {expected}, got {show_number(value)}")
                return None
            return value
        if value is not UNSET:
            self.refuse(name, "type", f"expected {expected}, got {name_type(value)}")
        elif is_required:
            self.refuse(name, "required", f"is required; expected {expected}")
        return None


def show_number(value: float) -> str:
    return f"{value}" if abs(value) < 10**18 else "one of more than 18 digits"
