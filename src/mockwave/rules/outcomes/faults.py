"""Faults by their names in FAULT_NAMES, and whether the engine can do them."""

from collections.abc import Collection
from typing import Final

from mockwave.model import FAULT_NAMES
from mockwave.rules.given_objects import GivenObject

FAULTS: Final[tuple[str, ...]] = FAULT_NAMES

TRUNCATED_BODY: Final = "TRUNCATED_BODY"
HOLD: Final = "HOLD"
SLOW_BODY: Final = "SLOW_BODY"

ENGINE_FAULTS: Final[dict[str, frozenset[str]]] = {
    # Faults that ASGI can express: it writes a whole response, or nothing while the client waits.
    "granian": frozenset({TRUNCATED_BODY, HOLD, SLOW_BODY}),
    "uvloop": frozenset(FAULTS),
}
"""The faults that each engine can do."""

FAULTS_OF_A_RESPONSE: Final = frozenset({TRUNCATED_BODY, SLOW_BODY})
"""The faults that change a response; with the others there is no response."""

FAULTS_WITH_HEAD: Final = FAULTS_OF_A_RESPONSE | {"MALFORMED_RESPONSE_CHUNK"}
"""The faults with which the client reads a status."""


def check_fault(
    given: GivenObject, name: str | tuple[str | int, ...], fault: object, engine_faults: Collection[str]
) -> str | None:
    """Returns the named fault, if it exists and the engine can do it."""
    if fault not in FAULTS or not isinstance(fault, str):
        given.refuse(name, "enum", f"expected one of {', '.join(FAULTS)}")
        return None
    if fault not in engine_faults:
        given.refuse(
            name,
            "engine",
            f"{fault} is impossible with this server's engine; start the server with --engine uvloop",
        )
        return None
    return fault
