from collections.abc import Iterable
from typing import Final, Generic, TypeVar, final

from mockwave.paths import PathPattern

Value = TypeVar("Value")

USUAL_METHODS: Final[tuple[str, ...]]

class DuplicateRoute(ValueError):
    first: int
    second: int
    def __init__(self, message: str, first: int, second: int) -> None: ...

@final
class Match(Generic[Value]):
    @property
    def value(self) -> Value: ...
    @property
    def route(self) -> int: ...
    def parameters(self) -> dict[str, str]: ...

@final
class NotMatched:
    @property
    def allow(self) -> tuple[str, ...]: ...
    @property
    def allow_header(self) -> bytes: ...

@final
class Matcher(Generic[Value]):
    def __init__(self, routes: Iterable[tuple[str, PathPattern, Value]]) -> None: ...
    def __len__(self) -> int: ...
    def match(self, method: str, path: bytes) -> Match[Value] | NotMatched: ...
    @property
    def values(self) -> tuple[Value, ...]: ...
