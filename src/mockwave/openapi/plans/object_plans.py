"""Plans of objects: the declared members, and free ones for maps and for `minProperties`.

Required members are planned at any level, optional ones while there is room. The names of free members are chosen here,
at import; each value then has some of them.
"""

from collections.abc import Iterator
from typing import Final

from mockwave.dynamic.generators import write_value
from mockwave.dynamic.stored_plans import Constant, Member, Object
from mockwave.dynamic.words import LOREM
from mockwave.openapi.plans.optioned_plans import Free, bound_optionals, plan_selection, without_null
from mockwave.openapi.plans.planned import MAXIMUM_NODES, Planned
from mockwave.openapi.plans.plans import Planner
from mockwave.openapi.schemas.discriminators import find_discriminator
from mockwave.openapi.schemas.schema import Schema
from mockwave.openapi.values.scalars import make_string

MAP_NAMES: Final = 8  # to choose from, for an object with free members
USUAL_MEMBERS: Final = (1, 3)
NONE_FREE: Final[Free] = ((), 0, 0)


def plan_object(planner: Planner, schema: Schema, name: str, room: int) -> Planned | None:
    options = planner.options
    left_out, omits_nulls, required_only = options.left_out, options.omits_nulls, options.required_only
    members: list[Member] = []
    optional: list[int] = []
    size = 1
    left = MAXIMUM_NODES
    if schema.max_properties is not None:
        left = schema.max_properties - len(schema.required)
    # A required member that cannot be planned makes the object impossible; any other is left out.
    required, discriminators, known = schema.required, schema.discriminators, schema.members
    for member_name in schema.declared_names:
        is_required = member_name in required
        if left_out and member_name in left_out:
            continue
        if not is_required and (required_only or left <= 0 or member_name in schema.excluded):
            continue
        member = known[member_name] if member_name in known else planner.schemas.member(schema, member_name)
        if member is None:
            if is_required:
                return None
            continue
        if member.write_only:
            continue
        if room <= 0 and not is_required:
            planner.cuts += 1
            continue
        discriminator = find_discriminator(schema, member_name, member) if member_name in discriminators else None
        if discriminator is not None:
            planned: Planned | None = Planned(Constant(write_value(discriminator)), 1)
        else:
            planned = planner.plan_member(member, member_name, room - 1)
        if planned is None:
            if is_required:
                return None
            continue
        plan = without_null(planned.plan) if omits_nulls else planned.plan
        if plan is None:
            continue
        if not is_required:
            optional.append(len(members))
        members.append(Member(member_name, plan))
        size += planned.size
        left -= not is_required
    return _with_free_members(planner, schema, members, tuple(optional), size, room)


def _with_free_members(
    planner: Planner, schema: Schema, members: list[Member], optional: tuple[int, ...], size: int, room: int
) -> Planned | None:
    """Adds members beyond the declared ones: for a map, and as many as `minProperties` requires."""
    options = planner.options
    required = len(members) - len(optional)
    bounds = bound_optionals(schema, required, len(optional), options)
    if not (schema.closures or schema.pattern_properties or schema.min_properties or schema.max_properties is not None):
        if not planner.has_options:  # as in most documents
            return Planned(Object(tuple(members)), size)
        return Planned(plan_selection(members, optional, bounds, NONE_FREE, options), size)
    known = {member.name for member in members} | schema.properties.keys()
    is_map = any(isinstance(each.additional.node, dict) and each.additional.node for each in schema.closures)
    is_map = is_map or (not members and bool(schema.pattern_properties))
    is_map = is_map and options.fills and not options.required_only
    surely = required + bounds[0]
    fewest = max(0, schema.min_properties - surely)
    most = fewest
    if is_map and room > 0:
        fewest, most = max(fewest, USUAL_MEMBERS[0]), max(fewest, USUAL_MEMBERS[1])
    elif is_map and not fewest:
        planner.cuts += 1
    if schema.max_properties is not None:
        most = min(most, schema.max_properties - len(members))
        fewest = min(fewest, most)
    if surely + fewest < schema.min_properties or not 0 <= fewest <= MAXIMUM_NODES:
        return None
    if most == 0:
        return Planned(plan_selection(members, optional, bounds, NONE_FREE, options), size)
    pool, largest = _plan_pool(planner, schema, known, max(MAP_NAMES, fewest + 2), room)
    most = min(most, len(pool))
    if most < fewest:
        if surely + most < schema.min_properties:
            return None
        fewest = most
    plan = plan_selection(members, optional, bounds, (tuple(pool), fewest, most), options)
    return Planned(plan, size + most * largest)


def _plan_pool(planner: Planner, schema: Schema, known: set[str], wanted: int, room: int) -> tuple[list[Member], int]:
    pool: list[Member] = []
    largest = 0
    for name in _find_free_names(planner, schema, wanted):
        member = planner.schemas.member(schema, name) if name not in known else None
        if member is None:
            continue
        planned = planner.plan_schema(member, "", room - 1)
        if planned is None:
            continue
        known = {*known, name}
        pool.append(Member(name, planned.plan))
        largest = max(largest, planned.size)
        if len(pool) >= wanted:
            break
    return pool, largest


def _find_free_names(planner: Planner, schema: Schema, wanted: int) -> Iterator[str]:
    if schema.property_names:
        names = planner.schemas.merge(tuple(schema.property_names))
        made = [make_string(names, variant) for variant in range(2 * wanted)] if names.values is None else []
        candidates = [*made, *(names.values or ())]
        yield from (
            each
            for each in candidates
            if isinstance(each, str) and planner.conformance.holds(each, tuple(schema.property_names))
        )
        return
    for pattern, _ in schema.pattern_properties:
        for length in range(2 * wanted):
            naming = Schema(key=(), pointer="", place=(), patterns=[pattern], min_length=length)
            made_name = make_string(naming, length)
            if made_name is not None:
                yield made_name
    yield from LOREM[:: max(1, len(LOREM) // wanted)]
    yield from (f"property{number}" for number in range(1, wanted + 1))
