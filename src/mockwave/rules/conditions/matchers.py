"""The table of all operators, by WireMock's names. A new operator is a row in its family's file."""

from typing import Any, Final

from mockwave.model import Violation
from mockwave.rules.conditions.dates import DATE_KINDS
from mockwave.rules.conditions.json_equality import JSON_KINDS
from mockwave.rules.conditions.json_queries import JSON_PATH_KINDS
from mockwave.rules.conditions.json_schemas import SCHEMA_KINDS
from mockwave.rules.conditions.logic import LOGIC_KINDS, make_one
from mockwave.rules.conditions.numbers import NUMBER_KINDS
from mockwave.rules.conditions.operators import Kind, Operator, Reading
from mockwave.rules.conditions.texts import TEXT_KINDS
from mockwave.rules.conditions.xml_equality import XML_KINDS
from mockwave.rules.conditions.xpath_queries import XPATH_KINDS
from mockwave.rules.deferral import Deferral

KINDS: Final[dict[str, Kind]] = {
    **TEXT_KINDS,
    **NUMBER_KINDS,
    **DATE_KINDS,
    **JSON_KINDS,
    **JSON_PATH_KINDS,
    **SCHEMA_KINDS,
    **XML_KINDS,
    **XPATH_KINDS,
    **LOGIC_KINDS,
}


def begin_reading(faults: list[Violation], deferral: Deferral | None = None) -> Reading:
    """Begins the reading of one `when`, whose faults go to `faults`."""
    return Reading(KINDS, faults, deferral)


def read_matcher(reading: Reading, given: Any, at: str) -> Operator | None:
    """Reads the operators of the matcher `given` as one operator; None after a fault."""
    operators = reading.read_operators(given, at)
    return None if operators is None else make_one(operators)
