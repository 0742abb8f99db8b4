from typing import Any, final

@final
class ObjectMaker:
    @property
    def repeating(self) -> list[tuple[dict[str, Any], list[tuple[str, Any]]]]: ...
    def make(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]: ...
