"""How options of json-schema-faker (`faker_options.py`) change the plans of objects, arrays, strings and dates."""

from math import floor
from typing import Any, Final

from mockwave.dynamic.generators import sort_key, write_value
from mockwave.dynamic.stored_plans import Constant, Fake, Member, Nullable, Object, Plan, Selection
from mockwave.openapi.document.references import References
from mockwave.openapi.plans.faker_options import YEARS_MS, FakerOptions
from mockwave.openapi.plans.planned import Planned, plan_choice
from mockwave.openapi.schemas.conformance import Conformance
from mockwave.openapi.schemas.schema import Schema
from mockwave.openapi.values.suggestions import fit_to_types

Free = tuple[tuple[Member, ...], int, int]  # members beyond the declared ones, and the fewest and most of them

DATE_FAKERS: Final = {"date-time": "date.between", "date": "_.dateBetween"}


def bound_items(schema: Schema, options: FakerOptions, usual: int) -> tuple[int, int]:
    """The fewest and most items of an array if the schema leaves them open; `usual` without options."""
    declared = schema.max_items
    most = min(each for each in (declared, options.max_items or max(usual, options.min_items)) if each is not None)
    most = max(most, schema.min_items)
    fewest = schema.min_items or min(options.min_items, most)
    if options.probability is not None:
        wanted = max(floor(most * options.probability + 0.5 * options.is_fixed), fewest)
        return (wanted if options.is_fixed else fewest), wanted
    return fewest or min(most, 1), most


def bound_length(schema: Schema, longest: int | None, options: FakerOptions) -> tuple[int, int | None]:
    """The longest length of a text without a format and a pattern; `longest` is the schema's limit."""
    shortest = max(schema.min_length, options.min_length if longest is None else min(options.min_length, longest))
    if options.max_length is None:
        return shortest, longest
    most = max(options.max_length, schema.min_length)
    most = most if longest is None else min(most, longest)
    return min(shortest, most), most


def plan_moment(schema: Schema, options: FakerOptions) -> Planned | None:
    """The plan of a date, if the options bound dates."""
    earliest, latest = options.earliest_ms, options.latest_ms
    if schema.format not in DATE_FAKERS or (earliest is None and latest is None):
        return None
    first = earliest if earliest is not None else (latest or 0) - YEARS_MS
    last = latest if latest is not None else first + YEARS_MS
    return Planned(Fake(DATE_FAKERS[schema.format], ({"from": int(first), "to": int(max(first, last))},)), 1)


def plan_suggested(
    schema: Schema, options: FakerOptions, references: References, conformance: Conformance
) -> Planned | None:
    """The examples or the default of the schema, if the options ask for them and they conform."""
    values: list[Any] = []
    if options.uses_examples:
        values += _listed_examples(schema, references)
        values += [hint.value for hint in schema.hints if hint.rank < 2 and hint.value not in values]
    if options.uses_default and not values:
        defaults = [hint.value for hint in schema.hints if hint.rank == 2]
        values += [each for each in defaults if not (options.replaces_empty and each == "")]
    fitted = [fit_to_types(value, schema.types)[0] for value in values]
    return plan_choice([write_value(value) for value in fitted if conformance.holds(value, schema.place)])


def _listed_examples(schema: Schema, references: References) -> list[Any]:
    """All `examples` of the schema; its hints have only the first."""
    for part in schema.place:
        located = references.follow(part.node, part.pointer)
        examples = located.node.get("examples") if located is not None and isinstance(located.node, dict) else None
        if isinstance(examples, list):
            return examples
    return []


def without_null(plan: Plan) -> Plan | None:
    """The plan of a member that is left out instead of null; None if it is always null."""
    if isinstance(plan, Constant) and plan.text == "null":
        return None
    return plan.plan if isinstance(plan, Nullable) else plan


def bound_optionals(schema: Schema, required: int, optional: int, options: FakerOptions) -> tuple[int, int]:
    """The fewest and most optional members that an object has."""
    if options.probability is None:
        return optional, optional
    needed = max(0, schema.min_properties - required)
    spare = options.probability * max(0, optional - needed)
    if options.is_fixed:
        wanted = min(optional, needed + floor(spare + 0.5))
        return wanted, wanted
    return min(needed, optional), min(optional, max(needed, floor(spare)))


def plan_selection(
    members: list[Member], optional: tuple[int, ...], bounds: tuple[int, int], free: Free, options: FakerOptions
) -> Plan:
    """The object of `members`, of which those at the indexes `optional` are selected, and of the `free` ones."""
    pool, fewest_free, most_free = free
    if bounds[0] < len(optional) or (options.sorts and pool):
        return Selection(tuple(members), optional, *bounds, pool, fewest_free, most_free, options.sorts)
    if options.sorts:
        members = sorted(members, key=lambda member: sort_key(member.name))
    return Object(tuple(members), pool, fewest_free, most_free)
