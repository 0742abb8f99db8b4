"""Faults by their names, those of WireMock and three more, and which engine can do what."""

from collections.abc import Collection
from typing import Final

from mockwave.rules.given_objects import GivenObject

EMPTY_RESPONSE: Final = "EMPTY_RESPONSE"
MALFORMED_RESPONSE_CHUNK: Final = "MALFORMED_RESPONSE_CHUNK"
RANDOM_DATA_THEN_CLOSE: Final = "RANDOM_DATA_THEN_CLOSE"
CONNECTION_RESET_BY_PEER: Final = "CONNECTION_RESET_BY_PEER"
TRUNCATED_BODY: Final = "TRUNCATED_BODY"
HOLD: Final = "HOLD"
SLOW_BODY: Final = "SLOW_BODY"

FAULTS: Final = (
    EMPTY_RESPONSE,
    MALFORMED_RESPONSE_CHUNK,
    RANDOM_DATA_THEN_CLOSE,
    CONNECTION_RESET_BY_PEER,
    TRUNCATED_BODY,
    HOLD,
    SLOW_BODY,
)

FAULTS_OF_A_RESPONSE: Final = frozenset({TRUNCATED_BODY, SLOW_BODY})
"""Those that befall a response; without the others' there is none."""


def check_fault(
    given: GivenObject, name: str | tuple[str | int, ...], fault: object, engine_faults: Collection[str]
) -> str | None:
    """The fault that is named there, where there is one of that name and the engine can do it."""
    if fault not in FAULTS or not isinstance(fault, str):
        given.refuse(name, "enum", f"expected one of {', '.join(FAULTS)}")
        return None
    if fault not in engine_faults:
        given.refuse(
            name,
            "engine",
            f"{fault} cannot be done by this server's engine; start the server with --engine uvloop, which does all",
        )
        return None
    return fault
