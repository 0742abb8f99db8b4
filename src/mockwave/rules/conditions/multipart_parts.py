"""Condition multipart: a part of a multipart form, or each part, fits a description.

It works like WireMock's multipartPatterns: a part has a name, perhaps a file name, headers and a content, on which
operators are tried. `matchingType` is ANY (at least one part fits) or ALL (every part fits, and there is one).
"""

from collections.abc import Mapping, Sequence

from mockwave.rules.conditions.condition import NOT_KEPT, NOT_WHOLE, TOO_LONG, Condition, Difference
from mockwave.rules.conditions.operators import Operator
from mockwave.rules.request_view import Part, RequestView
from mockwave.rules.step_budget import OutOfSteps


class PartDescription:
    """The description of a part: each of its operators has to hold."""

    __slots__ = ("_contents", "_file_name", "_headers", "_name")

    def __init__(
        self,
        name: Operator | None,
        file_name: Operator | None,
        headers: Mapping[str, Operator],
        contents: Sequence[Operator],
    ) -> None:
        self._name = name
        self._file_name = file_name
        self._headers = headers
        self._contents = contents

    @property
    def is_costly(self) -> bool:
        return bool(self._contents)

    def fits(self, part: Part, view: RequestView) -> bool:
        """Raises TooLongForLoop, OutOfSteps."""
        view.steps.spend(1 + len(part.content) // 200)
        if self._name is not None and not self._name.holds(part.name):
            return False
        if self._file_name is not None and not self._file_name.holds(part.file_name):
            return False
        for name, operator in self._headers.items():
            if not operator.holds_for_values(part.headers.get(name, ()), view.steps):
                return False
        if not self._contents:
            return True
        inner = view.of_part(part)
        return all(operator.holds_for_body(inner) for operator in self._contents)


class MultipartCondition(Condition):
    """Any part, or all parts, fit a description. `is_negated` is that of a condition on the body."""

    __slots__ = ("_asks_all", "_description", "_is_negated")

    def __init__(
        self, pointer: str, description: PartDescription, *, asks_all: bool, rank: int, is_negated: bool
    ) -> None:
        super().__init__(pointer, needs_body=True, is_costly=True, rank=rank)
        self._description = description
        self._asks_all = asks_all
        self._is_negated = is_negated

    def holds(self, view: RequestView) -> bool:
        if view.body is None or view.is_cut:
            return self._is_negated
        try:
            return self._holds_for(view.multipart, view)
        except OutOfSteps:
            return self._is_negated

    def _holds_for(self, parts: Sequence[Part], view: RequestView) -> bool:
        if self._asks_all:
            return bool(parts) and all(self._description.fits(part, view) for part in parts)
        return any(self._description.fits(part, view) for part in parts)

    def explain(self, view: RequestView) -> Difference | None:
        expected = "all parts to be as described" if self._asks_all else "a part as described"
        if view.body is None or view.is_cut:
            return Difference(self.pointer, expected, NOT_WHOLE if view.is_cut else NOT_KEPT)
        try:
            if self._holds_for(view.multipart, view):
                return None
        except OutOfSteps:
            return Difference(self.pointer, expected, TOO_LONG)
        names = ", ".join(f'"{part.name}"' for part in view.multipart[:10])
        return Difference(self.pointer, expected, f"parts {names}" if names else "the body has no parts")
