"""Plans of arrays: the items with a place in the schema or required by `contains`, then a varying number of equal kind.

If items must differ, there are no more of them than an item surely has values, and an array that needs several is
sampled.
"""

from typing import Final

from mockwave.dynamic.stored_plans import Array, Boolean, Constant, Either, Listed, Nullable, Number, Plan, Reference
from mockwave.openapi.plans.optioned_plans import bound_items
from mockwave.openapi.plans.planned import MAXIMUM_NODES, MAXIMUM_SAMPLED, Planned
from mockwave.openapi.plans.plans import Planner
from mockwave.openapi.plans.shared_plans import SharedPlans
from mockwave.openapi.schemas.schema import Schema

USUAL_ITEMS: Final = 3


def plan_array(planner: Planner, schema: Schema, name: str, room: int) -> Planned | None:
    most_allowed = MAXIMUM_NODES if schema.max_items is None else schema.max_items
    least = schema.min_items
    if least > most_allowed or least > MAXIMUM_NODES:
        return None
    # 1. The items with a place in the schema, then those that the array has to contain.
    contained = schema.min_contains if schema.contains else 0
    first: list[Planned] = []
    for parts in schema.prefix_items[:most_allowed]:
        planned = planner.plan_place(tuple(parts), "", room - 1)
        if planned is None:
            break
        first.append(planned)
    is_short = len(first) < len(schema.prefix_items)
    for _ in range(0 if is_short else min(contained, most_allowed - len(first))):
        planned = planner.plan_place((*schema.items, *schema.contains), name, room - 1)
        if planned is None:
            return None
        first.append(planned)
    # 2. The number of further items, which share one plan: from `fewest` to `most`.
    fewest = max(0, least - len(first))
    most = min(most_allowed - len(first), max(fewest, USUAL_ITEMS if schema.items and room > 0 else 0))
    if planner.has_options and schema.items and room > 0:
        fewest, most = (max(0, each - len(first)) for each in bound_items(schema, planner.options, USUAL_ITEMS))
    item = None if is_short or most <= 0 else planner.plan_schema(planner.schemas.item(schema), name, room - 1)
    planner.cuts += bool(schema.items) and room <= 0
    if item is None:
        if max(0, least - len(first)):
            return None
        fewest = 0
        item, most = Planned(Constant("null"), 1), 0
    else:
        fewest = fewest or min(most, int(not first and planner.options.probability is None))
    # 3. If items must differ, no more of them than there surely are different values.
    if schema.unique_items and most:
        most = min(most, max(0, _count_values(item.plan, planner.shared) - len(first)))
        fewest = min(fewest, most)
        if len(first) + fewest < least:
            return None
    plan = Array(tuple(each.plan for each in first), item.plan, fewest, most, schema.unique_items)
    planned = Planned(plan, 1 + sum(each.size for each in first) + most * item.size)
    if schema.unique_items and least > 1 and planned.size <= MAXIMUM_SAMPLED:
        return planner.keep_conforming(planned, schema.place)
    return planned


def _count_values(plan: Plan, shared: SharedPlans) -> int:
    """How many different values `plan` surely makes; counting stops when there are enough."""
    if isinstance(plan, Constant):
        return 1
    if isinstance(plan, Listed):
        return len(plan.texts)
    if isinstance(plan, Boolean):
        return 2
    if isinstance(plan, Number):
        return plan.count + 1
    if isinstance(plan, Either):
        return max(_count_values(each, shared) for each in plan.plans)
    if isinstance(plan, Nullable):
        return _count_values(plan.plan, shared)
    if isinstance(plan, Reference):
        return _count_values(shared[plan.number], shared)
    return len(set(shared.sample(plan)))
