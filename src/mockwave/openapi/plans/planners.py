"""The planner of each JSON type except null, whose only value needs no plan."""

from typing import Final

from mockwave.openapi.plans.array_plans import plan_array
from mockwave.openapi.plans.object_plans import plan_object
from mockwave.openapi.plans.plans import PlanKind
from mockwave.openapi.plans.scalar_plans import plan_boolean, plan_integer, plan_number, plan_string

PLANNERS: Final[dict[str, PlanKind]] = {
    "object": plan_object,
    "array": plan_array,
    "string": plan_string,
    "number": plan_number,
    "integer": plan_integer,
    "boolean": plan_boolean,
}
