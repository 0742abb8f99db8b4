"""Conditions on the values of a header, a query parameter, a cookie and so on, by an operator.

A repeatable name has several values. A condition on a body that was not kept cannot be decided: then it does not hold
or, if it is `negated`, holds, so that the combination does not. The same applies if deciding takes too many steps.
"""

from collections.abc import Collection, Sequence
from typing import Final

from mockwave.rules.conditions.condition import NOT_KEPT, NOT_WHOLE, TOO_LONG, Condition, Difference, clip
from mockwave.rules.conditions.operators import Operator
from mockwave.rules.request_view import LONG_CHARACTERS, MANY_VALUES, RequestView
from mockwave.rules.step_budget import OutOfSteps
from mockwave.validation.parameters import decode_value

SECRET_HEADERS: Final = frozenset(
    (b"authorization", b"proxy-authorization", b"cookie", b"set-cookie", b"x-api-key", b"x-session-id")
)
HIDDEN: Final = "[redacted]"

FRAMING_HEADERS: Final = frozenset(
    (b"host", b"connection", b"content-length", b"transfer-encoding", b"keep-alive", b"te", b"expect")
)
"""Headers of HTTP itself: no client can do without some of them, so `strict` headers need not name them."""


def are_long(values: Sequence[str]) -> bool:
    """Whether to ask about all of them may take long."""
    if len(values) == 1:  # as most are
        return len(values[0]) > LONG_CHARACTERS
    return len(values) > MANY_VALUES or any(len(value) > LONG_CHARACTERS for value in values)


class ValuesCondition(Condition):
    """An operator on the values of a name; `name` is for messages."""

    __slots__ = ("is_negated", "key", "operator")

    where = ""
    is_secret = False
    is_repeatable = False
    """Whether there may be several values."""

    def __init__(self, pointer: str, key: str, operator: Operator, *, rank: int, is_negated: bool = False) -> None:
        super().__init__(pointer, needs_body=self.has_body(), is_costly=operator.is_costly, rank=rank)
        self.key = key
        self.operator = operator
        self.is_negated = is_negated

    @classmethod
    def has_body(cls) -> bool:
        return False

    def find_values(self, view: RequestView) -> Sequence[str]:
        raise NotImplementedError

    def ask(self, view: RequestView) -> bool:
        """Whether the operator holds. Raises TooLongForLoop, OutOfSteps."""
        values, operator = self.find_values(view), self.operator
        if operator.parses or are_long(values):
            return operator.holds_for_values(values, view.steps)
        return operator.holds_for_any(values)

    def holds(self, view: RequestView) -> bool:
        if self.needs_body and view.body is None:
            return self.is_negated
        try:
            holds = self.ask(view)
        except OutOfSteps:
            return self.is_negated
        return self._holds_for_beginning(holds) if self.needs_body and view.is_cut else holds

    def _holds_for_beginning(self, holds: bool) -> bool:
        """Whether it holds for a whole body, if `holds` says so of its beginning."""
        return (holds and self.operator.holds_for_longer) or self.is_negated

    def explain(self, view: RequestView) -> Difference | None:
        expected = self.operator.describe()
        if self.needs_body and view.body is None:
            return Difference(self.pointer, expected, NOT_KEPT)
        try:
            holds = self.ask(view)
        except OutOfSteps:
            return Difference(self.pointer, expected, TOO_LONG)
        if self.needs_body and view.is_cut:
            holds = holds and self.operator.holds_for_longer
            return None if holds else Difference(self.pointer, expected, NOT_WHOLE)
        if holds:
            return None
        return Difference(self.pointer, expected, self.show(self.find_values(view)))

    def show(self, values: Sequence[str]) -> str:
        """The values for a message."""
        if not values:
            return "absent"
        return HIDDEN if self.is_secret else ", ".join(f'"{clip(value)}"' for value in values[:5])


class HeaderCondition(ValuesCondition):
    __slots__ = ("is_secret", "raw_name")
    where = "headers"
    is_repeatable = True

    def __init__(self, pointer: str, key: str, operator: Operator, *, rank: int, is_negated: bool = False) -> None:
        super().__init__(pointer, key.lower(), operator, rank=rank, is_negated=is_negated)
        self.raw_name = key.lower().encode("utf-8", "replace")
        self.is_secret = self.raw_name in SECRET_HEADERS

    def find_values(self, view: RequestView) -> Sequence[str]:
        return view.values_of_header(self.raw_name)

    def holds(self, view: RequestView) -> bool:
        found = view.find_header(self.raw_name)
        try:
            if type(found) is bytes and len(found) <= LONG_CHARACTERS and not self.operator.parses:  # as most are
                return self.operator.holds(decode_value(found))
            return self.operator.holds(None) if found is None else self.ask(view)
        except OutOfSteps:
            return self.is_negated


class QueryCondition(ValuesCondition):
    __slots__ = ()
    where = "query"
    is_repeatable = True

    def find_values(self, view: RequestView) -> Sequence[str]:
        return view.query_values.get(self.key, ())


class CookieCondition(ValuesCondition):
    __slots__ = ()
    where = "cookies"
    is_secret = True

    def find_values(self, view: RequestView) -> Sequence[str]:
        value = view.find_cookie(self.key)
        return () if value is None else (value,)


class PathParameterCondition(ValuesCondition):
    __slots__ = ()
    where = "pathParameters"

    def find_values(self, view: RequestView) -> Sequence[str]:
        value = view.path_parameters.get(self.key)
        return () if value is None else (value,)


class MethodCondition(ValuesCondition):
    __slots__ = ()
    where = "method"

    def find_values(self, view: RequestView) -> Sequence[str]:
        return (view.method,)


class ClientCondition(ValuesCondition):
    __slots__ = ()
    where = "client"

    def find_values(self, view: RequestView) -> Sequence[str]:
        return (view.client,) if view.client else ()


class PathCondition(ValuesCondition):
    __slots__ = ()
    where = "path"

    def find_values(self, view: RequestView) -> Sequence[str]:
        return (view.path_text,)


class FormCondition(ValuesCondition):
    __slots__ = ()
    where = "form"
    is_repeatable = True

    @classmethod
    def has_body(cls) -> bool:
        return True

    def find_values(self, view: RequestView) -> Sequence[str]:
        return view.form.get(self.key, ())


class BodyCondition(ValuesCondition):
    """A condition on the body, which is parsed as the operator needs it, once for all operators."""

    __slots__ = ()
    where = "body"

    @classmethod
    def has_body(cls) -> bool:
        return True

    def find_values(self, view: RequestView) -> Sequence[str]:
        return (view.text,) if view.content else ()

    def ask(self, view: RequestView) -> bool:
        return self.operator.holds_for_body(view)


class StrictQuery(Condition):
    """There is no query parameter except the named ones."""

    __slots__ = ("names",)

    def __init__(self, pointer: str, names: Collection[str], *, rank: int) -> None:
        super().__init__(pointer, rank=rank)
        self.names = frozenset(names)

    def takes(self, name: str) -> bool:
        """Whether there may be one of this name."""
        return name in self.names

    def holds(self, view: RequestView) -> bool:
        return self.names.issuperset(view.query_values)

    def explain(self, view: RequestView) -> Difference | None:
        others = [name for name in view.query_values if name not in self.names]
        if not others:
            return None
        return Difference(self.pointer, "no other query parameters", clip(", ".join(others[:10])))


class StrictHeaders(Condition):
    """There is no header except the named ones, and those of HTTP itself."""

    __slots__ = ("names",)

    def __init__(self, pointer: str, names: Collection[str], *, rank: int) -> None:
        super().__init__(pointer, rank=rank)
        self.names = FRAMING_HEADERS.union(name.lower().encode("utf-8", "replace") for name in names)

    def takes(self, name: str) -> bool:
        """Whether there may be one of this name."""
        return name.lower().encode("utf-8", "replace") in self.names

    def holds(self, view: RequestView) -> bool:
        names = self.names
        return all(name in names for name, _ in view.headers)

    def explain(self, view: RequestView) -> Difference | None:
        others = [name.decode("latin-1") for name, _ in view.headers if name not in self.names]
        if not others:
            return None
        return Difference(self.pointer, "no other headers", clip(", ".join(others[:10])))
