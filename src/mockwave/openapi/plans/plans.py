"""Schema → plan: everything needed to generate values for a place in the document without the document.

A plan never violates the schema's keywords. A schema that cannot be planned exactly (`not`, `if`, a `oneOf` whose
members overlap, a pattern with lookarounds) is sampled: values are generated and checked here, at import, and those
that conform are kept as a list to choose from. If none conforms there is no plan, and the static value is used.

Circles and fans are cut as in small static making (`values`): optional members end at a level, and arrays are as short
as allowed there. A plan is kept by its schema, and by level if a cut depended on it, so planning takes time in
proportion to the document. The level is the highest at which the largest value stays within bounds.

Each type has a separate file (`object_plans`, `array_plans`, `scalar_plans`), and so have hints (`hinted_plans`). The
table of types, `planners.PLANNERS`, is handed in.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from mockwave.answers.parts import PartPool
from mockwave.dynamic.generators import write_value
from mockwave.dynamic.stored_plans import Constant, Either, Listed, Nullable
from mockwave.openapi.document.references import Located
from mockwave.openapi.document.report import Problems
from mockwave.openapi.plans.faker_options import NO_OPTIONS, FakerOptions
from mockwave.openapi.plans.hinted_plans import HintPlanner
from mockwave.openapi.plans.optioned_plans import plan_suggested
from mockwave.openapi.plans.planned import MAXIMUM_NODES, MAXIMUM_SAMPLED, Planned, plan_choice
from mockwave.openapi.plans.shared_plans import SHARED, SharedPlans
from mockwave.openapi.plans.string_pools import StringPools
from mockwave.openapi.schemas.conformance import Conformance
from mockwave.openapi.schemas.schema import Key, Place, Schema
from mockwave.openapi.schemas.schema_choices import IMPLIED_TYPES, choices_of
from mockwave.openapi.schemas.schemas import Schemas
from mockwave.openapi.values.listed_values import goes_unchecked, takes_listed

ROOMS: Final = (10, 7, 5, 4, 3, 2, 1, 0)  # levels of optional members that are tried
FLOOR: Final = -12  # levels of required members below them
SMALL: Final = 60  # a value of fewer nodes is not worth cutting
UNPLANNED: Final = "there are too many alternatives and patterns in this document to try values of them; none vary here"
LARGE: Final = 12  # from this many nodes of its value on, a plan is always shared


class _TooLargeError(Exception):
    """The largest value of a plan exceeds the bounds, so the value that holds it does, too."""


class _Kept(Struct, frozen=True):
    planned: Planned | None
    cuts: int
    room: int  # in which it was made

    def serves(self, room: int) -> bool:
        """Whether planning in `room` would return the same, or a plan that is small enough anyway."""
        return room >= self.room or (self.planned is not None and self.planned.size <= SMALL)


_Named = tuple[Schema, str]


class Planner:
    """Plans the values of one document."""

    def __init__(
        self,
        schemas: Schemas,
        conformance: Conformance,
        problems: Problems,
        pool: PartPool,
        planners: "Planners",
        options: FakerOptions = NO_OPTIONS,
    ) -> None:
        self.schemas = schemas
        self.options = options
        self.has_options = options != NO_OPTIONS
        self.conformance = conformance
        self._problems = problems
        self.shared = SharedPlans(pool)
        self.string_pools = StringPools()
        self._planners = planners
        self.cuts = 0  # how often something was left out for lack of room
        self._hints = HintPlanner(self.shared, conformance, problems)
        # By schema (each key has one) and by the name of the property.
        self._kept: dict[_Named, _Kept] = {}
        self._kept_cut: defaultdict[int, dict[_Named, _Kept]] = defaultdict(dict)  # by room
        self._plain: dict[_Named, Planned] = {}  # of scalars
        self._too_large: defaultdict[int, set[_Named]] = defaultdict(set)  # by room
        self._planned: dict[tuple[Key, str], int | None] = {}

    def plan(self, part: Located, name: str = "") -> int | None:
        """The part of the plan for the place `part`, a property called `name`; None if there is no plan."""
        key = self.schemas.merge((part,)).key, name
        if key not in self._planned:
            planned = self._plan_within_bounds((part,), name)
            self._planned[key] = None if planned is None else self.shared.pack(planned.plan)
        return self._planned[key]

    def plan_place(self, place: Place, name: str, room: int) -> Planned | None:
        """The plan for `place`, a property called `name`; None if there is none in this room."""
        return self.plan_schema(self.schemas.merge(place), name, room)

    def plan_member(self, member: Schema, name: str, room: int) -> Planned | None:
        """The plan of the property `name` of an object; a plain property has the same plan in any room."""
        if not member.is_plain:
            return self.plan_schema(member, name, room)
        planned = self._plain.get((member, name))
        if planned is None:
            planned = self.plan_schema(member, name, room)
            if planned is not None:
                self._plain[member, name] = planned
        return planned

    def plan_schema(self, schema: Schema, name: str, room: int) -> Planned | None:
        """Like `plan_place`, for a place whose nodes are already merged."""
        if schema.properties or schema.types == ("object",):
            name = ""  # does not speak of objects
        key = schema, name
        kept = self._kept.get(key)
        if kept is None or not kept.serves(room):
            kept = self._kept_cut[room].get(key)
        if kept is not None:
            self.cuts += kept.cuts
            return kept.planned
        if room <= FLOOR:
            self.cuts += 1
            return None
        if key in self._too_large[room]:
            raise _TooLargeError
        before = self.cuts
        try:
            planned = self._plan_alternatives(schema, name, room)
            if planned is not None and planned.size > MAXIMUM_NODES:
                raise _TooLargeError
        except _TooLargeError:
            self._too_large[room].add(key)
            raise
        # What is large is shared too: a plan that holds copies of others grows with each level, and so does the time to
        # walk it.
        if planned is not None and (schema.is_reference or planned.size > LARGE) and isinstance(planned.plan, SHARED):
            planned = Planned(self.shared.share(planned.plan), planned.size)
        is_cut = self.cuts != before
        # Without a cut, the plan is the same in any larger room.
        (self._kept_cut[room] if is_cut else self._kept)[key] = _Kept(planned, int(is_cut), room)
        return planned

    def keep_conforming(self, planned: Planned, place: Place) -> Planned | None:
        """Returns `planned` if all its samples conform to `place`; if only some do, a list of those."""
        if planned.size > MAXIMUM_SAMPLED:
            return None
        if self.conformance.is_exhausted:
            self._problems.add(place[0].pointer if place else "", UNPLANNED)
            return None
        texts = self.shared.sample(planned.plan)
        fitting = [text for text in texts if self.conformance.holds(msgspec.json.decode(text), place)]
        if len(fitting) == len(texts):
            return planned
        return Planned(Listed(tuple(dict.fromkeys(fitting))), planned.size) if fitting else None

    def _plan_within_bounds(self, place: Place, name: str) -> Planned | None:
        for room in ROOMS:
            before = self.cuts
            try:
                planned = self.plan_place(place, name, room)
            except _TooLargeError:
                continue
            if planned is not None and planned.size <= MAXIMUM_NODES:
                return planned
            if self.cuts == before and room and planned is None:
                return None
        return None

    def _plan_alternatives(self, schema: Schema, name: str, room: int) -> Planned | None:
        options: list[Planned] = []
        for choice in choices_of(schema):
            chosen = self.schemas.merge(schema.place, choice) if choice else schema
            try:
                planned = None if chosen.is_never else self._plan_chosen(chosen, name, room)
            except _TooLargeError:
                if not chosen.needs_check:
                    raise
                planned = None  # even the samples would be too large
            if planned is not None and chosen.needs_check:
                planned = self.keep_conforming(planned, chosen.place)
            if planned is not None:
                options.append(planned)
        return _either(options)

    def _plan_chosen(self, schema: Schema, name: str, room: int) -> Planned | None:
        if (self.options.uses_default or self.options.uses_examples) and schema.hints:
            suggested = plan_suggested(schema, self.options, self.schemas.references, self.conformance)
            if suggested is not None:
                return suggested
        if schema.values is not None:
            return self._plan_listed(schema)
        hinted = self._hints.plan(schema)
        if hinted is not None:
            return hinted
        if schema.types is not None and len(schema.types) == 1 and schema.types[0] != "null":
            return self._planners[schema.types[0]](self, schema, name, room)
        allows_null = schema.types is not None and "null" in schema.types
        kinds = [kind for kind in schema.types or () if kind != "null"]
        if schema.types is None:
            kinds = [kind for kind, says in IMPLIED_TYPES if says(schema)][:1] or ["string"]
        options = [self._planners[kind](self, schema, name, room) for kind in kinds]
        planned = _either([option for option in options if option is not None])
        if not allows_null:
            return planned
        if planned is None:
            return Planned(Constant("null"), 1)
        return Planned(Nullable(planned.plan), planned.size)

    def _plan_listed(self, schema: Schema) -> Planned | None:
        listed = schema.values or ()
        if goes_unchecked(schema, self.conformance):
            self._problems.add(schema.pointer, UNPLANNED)
            return None
        return plan_choice([write_value(each) for each in listed if takes_listed(schema, each, self.conformance)])


PlanKind = Callable[[Planner, Schema, str, int], Planned | None]
Planners = Mapping[str, PlanKind]
"""Type name → the planner of its values."""


def _either(options: list[Planned]) -> Planned | None:
    if len(options) < 2:
        return options[0] if options else None
    return Planned(Either(tuple(option.plan for option in options)), max(option.size for option in options))
