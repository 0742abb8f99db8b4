"""Static values: each place in the document always has the same value, which conforms to all nodes that govern it.

These are tried in order: suggestions of the document (if examples are wanted), `const` and `enum`, then the first type
that can be made, with every optional property that is not writeOnly. A value has a JSON node for each schema node, so
circles and fans have to be cut:

- *Exact* making follows every property and remembers which schemas are open. A schema that is met again inside itself
  is cut: an optional property is left out, an array shows an empty item, a required property makes its alternatives try
  something else. A schema nested directly in itself is shown once more before it is cut, so that its shape can be seen.
- The value of a schema is kept, unless a cut depended on a schema opened outside of it. Kept values are shared: a kept
  value serves wherever no schema of its circle (the strongly connected component, found as in Tarjan's algorithm) is
  open, since nothing in it would be cut there.
- *Small* making takes over when exact making would exceed the bounds: optional properties end at a level, which is
  found by trying. Its values depend only on schema and level, so it takes time in proportion to the document.

This file decides which schemas are open, and which alternative and type is taken. Each kind of values is built in a
separate file; their table, `builders.BUILDERS`, is handed in.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

from mockwave.openapi.document.references import Located
from mockwave.openapi.document.report import Problems
from mockwave.openapi.schemas.conformance import Conformance
from mockwave.openapi.schemas.schema import Key, Schema
from mockwave.openapi.schemas.schema_choices import choices_of, kinds_of
from mockwave.openapi.schemas.schemas import Schemas
from mockwave.openapi.values.empty_values import make_empty
from mockwave.openapi.values.example_checks import ExampleChecks
from mockwave.openapi.values.made_values import MAXIMUM_NODES, USUAL_NODES, Made, TooLargeError
from mockwave.openapi.values.suggestions import count_nodes, find_suggested

MAXIMUM_WORK: Final = 20_000  # schemas entered for one value
MAXIMUM_WASTE: Final = 400_000  # schemas entered in vain, in all, before exact making gets less room
REDUCED_WORK: Final = 1_500
MAXIMUM_DEPTH: Final = 56
MAXIMUM_CHECKED: Final = 2_000  # largest number of nodes of a value that is checked against its alternatives
MAXIMUM_TRIMMED: Final = 32  # largest number of optional properties tried one by one
ROOMS: Final = (12, 9, 7, 6, 5, 4, 3, 2, 1, 0)  # levels of optional properties that small making tries
FLOOR: Final = -24  # levels of required properties below them

UNCHECKED: Final = (
    "there are too many alternatives and patterns in this document; the value made here is not checked against them"
)

LISTED: Final = "listed"  # the kind of values listed by `enum` or `const`

# Values that are tried if nothing else conforms to `oneOf`, `not`, `if` and the like.
LAST_RESORTS: Final[tuple[Any, ...]] = ({}, [], "", "string", 0, 1, True, False, None)


class _TooMuchWorkError(TooLargeError):
    """Making the value enters too many schemas; making only a part of it might not."""


class StaticValues:
    """Makes the static values of one document.

    The builders receive it. They read its state without changing it, and call it for the values inside theirs.
    """

    def __init__(
        self,
        schemas: Schemas,
        conformance: Conformance,
        problems: Problems,
        builders: "Builders",
        checks: ExampleChecks,
        *,
        use_examples: bool,
    ) -> None:
        self.schemas = schemas
        self.conformance = conformance
        self.problems = problems
        self._builders = builders
        self.use_examples = use_examples
        self._checks = checks
        self.variant = 0  # for a schema that needs several values: 0 is the first
        self.room: int | None = None  # levels left in small making; None in exact making
        self._work = 0
        self._waste = 0
        # By schema; each key has one.
        self._kept: dict[Schema, Made | None] = {}
        self._components: dict[Schema, Schema] = {}
        self._kept_small: defaultdict[int, dict[Schema, Made | None]] = defaultdict(dict)  # by room
        self._chosen_small: dict[Schema, Made] = {}
        self._plain: dict[Schema, Made] = {}  # scalars, which are the same in any room
        self._too_large: set[Schema] = set()  # the same in any room
        self._too_large_exactly: set[Schema] = set()
        self._reset()

    def _reset(self) -> None:
        self._open: dict[Schema, list[int]] = {}  # position of each open schema in the stack
        self._depth = 0
        self._open_references: list[Schema] = []
        self._open_components: dict[Schema, int] = {}
        self._visited: list[Schema] = []
        self._lowest = MAXIMUM_DEPTH  # position of the outermost open schema on which a cut depended
        self.variant = 0
        self.room = None

    def make(self, part: Located) -> Any:
        """Makes the value for the place `part`. If none conforms, it is the nearest one, with a Problem."""
        schema = self.schemas.merge((part,))
        made = self._chosen_small.get(schema)
        if made is None:
            self._work = 0
            try:
                made = self.make_merged(schema)
                if made is not None and made.size > USUAL_NODES:
                    raise TooLargeError
            except TooLargeError:
                self._waste += self._work
                self._reset()
                made = self._chosen_small[schema] = self._make_small_enough(schema)
        if made is None:
            self.problems.add(schema.pointer, "no finite value conforms to this schema; an empty one is made")
            return make_empty(schema).value
        if not made.fits and not self.problems.has_any_at(schema.pointer):
            self.problems.add(schema.pointer, "no finite value was found that conforms to all of this schema")
        return made.value

    def is_too_large(self, part: Located) -> bool:
        """Whether the value of the place `part` is empty because all others are too large."""
        return self.schemas.merge((part,)) in self._too_large

    def identify(self, part: Located) -> Key:
        """A key that is equal for two places with the same value."""
        return self.schemas.merge((part,)).key

    def takes_strings(self, part: Located) -> bool:
        """Whether the place `part` takes a string."""
        types = self.types_of(part)
        return types is None or "string" in types

    def types_of(self, part: Located) -> tuple[str, ...] | None:
        """The types that the place `part` takes; None for any."""
        return self.schemas.merge((part,)).types

    def _make_small_enough(self, schema: Schema) -> Made:
        for room in ROOMS:
            self._work = 0
            self.room = room
            try:
                made = self.make_merged(schema)
            except TooLargeError:
                made = None
            finally:
                self._reset()
            if made is not None and made.size <= (USUAL_NODES if room else MAXIMUM_NODES):
                message = f"the value of this schema would be too large; optional properties end at level {room}"
                self.problems.add(schema.pointer, message)
                return made
        self.problems.add(schema.pointer, "every value of this schema is too large; the value made for it is empty")
        self._too_large.add(schema)
        return make_empty(schema)

    # --- The parts of values ------------------------------------------------------------------------------------------

    def make_merged(self, schema: Schema) -> Made | None:
        """Makes the value for `schema`; None if it is cut, or cannot be made."""
        self._work += 1
        if self._work > (MAXIMUM_WORK if self._waste < MAXIMUM_WASTE or self.room is not None else REDUCED_WORK):
            raise _TooMuchWorkError
        return self._make_exactly(schema) if self.room is None else self._make_small(schema, self.room)

    def make_plain(self, schema: Schema) -> Made | None:
        """Makes the value of a scalar, which is the same unless a bound is near."""
        known = self._plain.get(schema)
        if (
            known is not None
            and self._work < REDUCED_WORK
            and self._depth < MAXIMUM_DEPTH
            and (self.room is None or self.room > FLOOR)
        ):
            self._work += 1
            return known
        made = self.make_merged(schema)
        if made is not None:
            self._plain[schema] = made
        return made

    def make_variant(self, schema: Schema, further: int) -> Made | None:
        """Makes the value for `schema` that is `further` variants after the current one."""
        outer = self.variant
        self.variant = outer + further
        try:
            return self.make_merged(schema)
        finally:
            self.variant = outer

    def is_out_of_room(self) -> bool:
        """Whether optional properties are no longer made."""
        return self.room is not None and self.room <= 0

    # --- Open schemas and kept values ---------------------------------------------------------------------------------

    def _make_exactly(self, schema: Schema) -> Made | None:
        # 1. The value is known, and no schema of its circle is open: it serves here, too.
        component = self._components.get(schema)
        if not self.variant and component is not None and not self._open_components.get(component):
            kept = self._kept.get(schema, _UNKNOWN)
            if not isinstance(kept, _Unknown):
                return kept
        # 2. The value is known to be too large, and so is any value that holds it.
        if schema in self._chosen_small or schema in self._too_large_exactly:
            raise TooLargeError
        # 3. The schema is open: the value would hold itself, so it is cut here. `_lowest` says how far up that cut
        # reaches.
        positions = self._open.get(schema) if schema.is_recurrent else None
        is_direct = bool(self._open_references) and self._open_references[-1] is schema
        if positions and not (is_direct and len(positions) == 1):
            self._lowest = min(self._lowest, positions[0])
            return None
        if self._depth >= MAXIMUM_DEPTH:
            self.problems.add(schema.pointer, f"the value of this schema is cut off at {MAXIMUM_DEPTH} levels")
            self._lowest = 0
            return None

        # 4. Open it, and build. `_lowest` starts above every position; afterwards it is that of the lowest cut inside.
        position, lowest_outside, first_visited = self._depth, self._lowest, len(self._visited)
        self._lowest = MAXIMUM_DEPTH
        self._depth += 1
        is_recurrent = schema.is_recurrent  # building it may find that it is too large
        if is_recurrent:
            self._open.setdefault(schema, []).append(position)
            self._open_references.append(schema)
        if component is not None:
            self._open_components[component] = self._open_components.get(component, 0) + 1
        else:
            self._visited.append(schema)
        try:
            made = self._build(schema)
        except _TooMuchWorkError:
            raise
        except TooLargeError:
            if self._lowest >= position and not self.variant:  # it would be too large in any place
                self._too_large_exactly.add(schema)
            self._lowest = min(self._lowest, lowest_outside)
            raise
        # 5. Close it, in reverse order; from here on the stack is as at the call.
        if component is not None:
            self._open_components[component] -= 1
        if is_recurrent:
            self._open_references.pop()
            self._open[schema].pop()
        self._depth = position

        # 6. A cut that reaches further up depends on the schemas around this one: elsewhere its value may differ.
        if self._lowest < position:
            self._lowest = min(lowest_outside, self._lowest)
            return made
        # 7. Otherwise this schema heads a closed component, to which all schemas visited below it belong; keep the
        # value.
        self._lowest = lowest_outside
        if not self.variant:
            for visited in self._visited[first_visited:]:
                self._components[visited] = schema
            del self._visited[first_visited:]
            self._kept[schema] = made
            self._components.setdefault(schema, schema)
        return made

    def _make_small(self, schema: Schema, room: int) -> Made | None:
        if not self.variant:
            known = self._kept_small[room].get(schema, _UNKNOWN)
            if not isinstance(known, _Unknown):
                return known
        if room <= FLOOR:
            return None
        self.room = room - 1
        made = self._build(schema)
        self.room = room
        if not self.variant:
            self._kept_small[room][schema] = made
        return made

    # --- From a schema to a value -------------------------------------------------------------------------------------

    def _build(self, schema: Schema) -> Made | None:
        if self.use_examples:
            suggested = find_suggested(schema)
            if suggested is not None:
                for part in schema.place:
                    self._checks.check(suggested.value, part, schema.pointer, "example (or default)")
                return suggested
        nearest: Made | None = None
        for choice in choices_of(schema):
            chosen = self.schemas.merge(schema.place, choice) if choice else schema
            made = self._build_chosen(chosen)
            if made is None:
                continue
            if made.fits and (not chosen.needs_check or self._is_right(made, chosen)):
                return made
            nearest = nearest or made
        if nearest is not None and nearest.fits:
            trimmed = self._trim(schema)
            if trimmed is not None:
                return trimmed
        if nearest is not None and nearest.fits:
            for value in LAST_RESORTS:
                if self.conformance.holds(value, schema.place):
                    return Made(value, count_nodes(value))
        if nearest is not None and nearest.fits:
            self.problems.add(schema.pointer, "no value was found that conforms to oneOf, not, if and the like here")
            return Made(nearest.value, nearest.size, False)
        return nearest

    def _trim(self, schema: Schema) -> Made | None:
        """An object that conforms with less: the required members, and of the rest whatever can still be added. So
        `oneOf` distinguishes alternatives that differ in what they require."""
        for choice in choices_of(schema):
            if self.conformance.is_exhausted:
                break
            chosen = self.schemas.merge(schema.place, choice) if choice else schema
            made = self._build_chosen(chosen)
            if made is None or not isinstance(made.value, dict) or made.size > MAXIMUM_CHECKED:
                continue
            members = {name: member for name, member in made.value.items() if name in chosen.required}
            if not self.conformance.holds(members, schema.place):
                continue
            for name in [name for name in made.value if name not in members][:MAXIMUM_TRIMMED]:
                more = {each: made.value[each] for each in made.value if each in members or each == name}
                if self.conformance.holds(more, schema.place):
                    members = more
            return Made(members, count_nodes(members))
        return None

    def _is_right(self, made: Made, schema: Schema) -> bool:
        if made.size > MAXIMUM_CHECKED:
            return True
        if self.conformance.is_exhausted:
            self.problems.add(schema.pointer, UNCHECKED)
            return True
        return self.conformance.holds(made.value, schema.place)

    def _build_chosen(self, schema: Schema) -> Made | None:
        if schema.is_never:
            return None
        if schema.values is not None:
            return self._builders[LISTED](self, schema)
        nearest: Made | None = None
        for kind in kinds_of(schema, self.variant):
            made = self._builders[kind](self, schema)
            if made is not None and made.fits:
                return made
            nearest = nearest or made
        return nearest


class _Unknown:
    """Marks a value that is not kept yet (a kept None means that nothing can be made)."""


_UNKNOWN: Final = _Unknown()


Builder = Callable[[StaticValues, Schema], Made | None]
Builders = Mapping[str, Builder]
"""Name of a JSON type, or LISTED → the builder of its values."""
