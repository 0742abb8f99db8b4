"""Condition basicAuth: user and password of HTTP's Basic scheme (RFC 7617)."""

import base64
import binascii
from typing import Final

from mockwave.rules.conditions.condition import Condition, Difference
from mockwave.rules.conditions.fields import HIDDEN
from mockwave.rules.request_view import RequestView

MAXIMUM_AROUND: Final = 100
"""Characters of the scheme, of padding and of white space: what is longer is not decoded."""


class BasicAuthCondition(Condition):
    """The credentials are the expected ones; they are compared as sent bytes."""

    __slots__ = ("_credentials",)

    def __init__(self, pointer: str, username: str, password: str, *, rank: int) -> None:
        super().__init__(pointer, rank=rank)
        self._credentials = f"{username}:{password}".encode("utf-8", "surrogatepass")

    def holds(self, view: RequestView) -> bool:
        longest = len(self._credentials) * 2 + MAXIMUM_AROUND
        values = view.values_of_header(b"authorization")
        return any(len(value) <= longest and read_basic(value) == self._credentials for value in values)

    def explain(self, view: RequestView) -> Difference | None:
        if self.holds(view):
            return None
        actual = HIDDEN if view.find_header(b"authorization") else "absent"
        return Difference(self.pointer, "an Authorization header with that user and password", actual)


def read_basic(value: str) -> bytes | None:
    """Reads user and password of a header's value, joined by a colon; None if it has none."""
    scheme, _, encoded = value.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
