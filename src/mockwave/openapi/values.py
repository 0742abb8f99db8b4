"""Static values: for a place in the document, always the same value, which conforms to what governs the place.

In order: what the document suggests (where examples are wanted), `const` and `enum`, then the first type that can be
made, with every optional property but those that are writeOnly. A value is one node of JSON for each node of schema,
so circles and fans have to be cut:

- *exact* making follows every property and remembers which schemas are open. One that is met again inside itself is
  cut: an optional property is left out, an array shows an empty item, a required one makes its alternatives try
  something else. A schema nested directly in itself is shown once more before it is cut, so that its shape can be
  seen.
- What is made for a schema is kept, unless a cut depended on a schema opened outside of it. Kept values are shared; a
  kept value serves wherever no schema of its circle (the strongly connected component, found as in Tarjan's
  algorithm) is open, since then nothing in it would be cut there.
- *small* making takes over where exact making would exceed the bounds: optional properties end at a level, found by
  trying. Its values depend on nothing but schema and level, so it takes time in proportion to the document.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from mockwave.openapi.conformance import Conformance, is_of_type
from mockwave.openapi.demands import Key, Place, Schema
from mockwave.openapi.equality import is_among
from mockwave.openapi.pattern_strings import make_string as make_matching_string
from mockwave.openapi.references import Located
from mockwave.openapi.report import Problems
from mockwave.openapi.scalars import keeps_format, make_number, make_plain_string, make_string
from mockwave.openapi.schemas import Schemas
from mockwave.openapi.suggestions import count_nodes, fit_to_types

MAXIMUM_NODES: Final = 20_000  # of JSON, in one value
USUAL_NODES: Final = 4_000  # more than that only where it is required
MAXIMUM_ITEMS: Final = 2_500  # that an array may have to have
MAXIMUM_WORK: Final = 20_000  # schemas entered for one value
MAXIMUM_WASTE: Final = 400_000  # schemas entered in vain, in all, before exact making is given less
REDUCED_WORK: Final = 1_500
MAXIMUM_DEPTH: Final = 56
MAXIMUM_CHOICES: Final = 16
MAXIMUM_CHECKED: Final = 2_000  # nodes of a value that is checked against its alternatives
MAXIMUM_TRIMMED: Final = 32  # optional properties tried one by one
ROOMS: Final = (12, 9, 7, 6, 5, 4, 3, 2, 1, 0)  # levels of optional properties that small making tries
FLOOR: Final = -24  # levels of required ones below them

# What is tried where nothing else conforms to `oneOf`, `not`, `if` and the like.
LAST_RESORTS: Final[tuple[Any, ...]] = ({}, [], "", "string", 0, 1, True, False, None)

MISSING_FORMAT: Final = "no string of the format {} was found for the other keywords; it is left aside"
FREE_NAMES: Final = ("property1", "property2")
ONLY_CHOICE: Final[tuple[tuple[int, ...], ...]] = ((),)  # where there are no alternatives


class Made(Struct, frozen=True):
    """A value, how many nodes of JSON it has, and whether it conforms (else it is the best that was found)."""

    value: Any
    size: int
    fits: bool = True


class _TooLargeError(Exception):
    """The value would exceed the bounds."""


class _TooMuchWorkError(_TooLargeError):
    """Making the value enters too many schemas, of which some may be entered for a part of it alone."""


class StaticValues:
    """Makes the static values of one document."""

    def __init__(self, schemas: Schemas, conformance: Conformance, problems: Problems, *, use_examples: bool) -> None:
        self._schemas = schemas
        self._conformance = conformance
        self._problems = problems
        self._use_examples = use_examples
        self._variant = 0
        self._work = 0
        self._waste = 0
        # By schema, of which there is one for each key.
        self._kept: dict[Schema, Made | None] = {}
        self._components: dict[Schema, Schema] = {}
        self._kept_small: defaultdict[int, dict[Schema, Made | None]] = defaultdict(dict)  # by room
        self._chosen_small: dict[Schema, Made] = {}
        self._plain: dict[Schema, Made] = {}  # of scalars, which are the same in any room
        self._too_large: set[Schema] = set()  # in any room
        self._too_large_exactly: set[Schema] = set()
        self._room: int | None = None  # levels left in small making; None in exact making
        self._reset()

    def _reset(self) -> None:
        self._open: dict[Schema, list[int]] = {}  # positions in the stack of open schemas
        self._depth = 0
        self._open_references: list[Schema] = []
        self._open_components: dict[Schema, int] = {}
        self._visited: list[Schema] = []
        self._lowest = MAXIMUM_DEPTH  # position of the outermost open schema that a cut depended on
        self._variant = 0
        self._room = None

    def make(self, part: Located) -> Any:
        """The value for the place `part`. Where nothing conforms, the nearest there is, and a problem."""
        place = (part,)
        schema = self._schemas.merge(place)
        made = self._chosen_small.get(schema)
        if made is None:
            self._work = 0
            try:
                made = self._make(place)
                if made is not None and made.size > USUAL_NODES:
                    raise _TooLargeError
            except _TooLargeError:
                self._waste += self._work
                self._reset()
                made = self._chosen_small[schema] = self._make_small_enough(place, schema)
        if made is None:
            self._problems.add(schema.pointer, "no finite value conforms to this schema; an empty one is made")
            return EMPTIEST[self._kinds(schema)[0]]
        if not made.fits and not self._problems.has_any_at(schema.pointer):
            self._problems.add(schema.pointer, "no finite value was found that conforms to all of this schema")
        return made.value

    def is_too_large(self, part: Located) -> bool:
        """Whether an empty value was made for the place `part` because all others are too large."""
        return self._schemas.merge((part,)) in self._too_large

    def identify(self, part: Located) -> Key:
        """What is equal for two places for which the same value is made."""
        return self._schemas.merge((part,)).key

    def takes_strings(self, part: Located) -> bool:
        """Whether the place `part` takes a string."""
        types = self._schemas.merge((part,)).types
        return types is None or "string" in types

    def _make_small_enough(self, place: Place, schema: Schema) -> Made:
        for room in ROOMS:
            self._work = 0
            self._room = room
            try:
                made = self._make(place)
            except _TooLargeError:
                made = None
            finally:
                self._reset()
            if made is not None and made.size <= (USUAL_NODES if room else MAXIMUM_NODES):
                message = f"the value of this schema would be too large; optional properties end at level {room}"
                self._problems.add(schema.pointer, message)
                return made
        self._problems.add(schema.pointer, "every value of this schema is too large; the value made for it is empty")
        self._too_large.add(schema)
        return Made(EMPTIEST[self._kinds(schema)[0]], 1, False)

    # --- Which schemas are open, and what is kept ---------------------------------------------------------------------

    def _make(self, place: Place) -> Made | None:
        """The value for `place`; None where it is cut, or where none can be made."""
        return self._make_merged(self._schemas.merge(place))

    def _make_merged(self, schema: Schema) -> Made | None:
        self._work += 1
        if self._work > (MAXIMUM_WORK if self._waste < MAXIMUM_WASTE or self._room is not None else REDUCED_WORK):
            raise _TooMuchWorkError
        return self._make_exactly(schema) if self._room is None else self._make_small(schema, self._room)

    def _make_plain(self, schema: Schema) -> Made | None:
        """The value of a scalar, which is the same wherever no bound is near."""
        known = self._plain.get(schema)
        if (
            known is not None
            and self._work < REDUCED_WORK
            and self._depth < MAXIMUM_DEPTH
            and (self._room is None or self._room > FLOOR)
        ):
            self._work += 1
            return known
        made = self._make_merged(schema)
        if made is not None:
            self._plain[schema] = made
        return made

    def _make_exactly(self, schema: Schema) -> Made | None:
        component = self._components.get(schema)
        if not self._variant and component is not None and not self._open_components.get(component):
            kept = self._kept.get(schema, _UNKNOWN)
            if not isinstance(kept, _Unknown):
                return kept
        # It is larger than it may be, and so is what holds it.
        if schema in self._chosen_small or schema in self._too_large_exactly:
            raise _TooLargeError
        positions = self._open.get(schema) if schema.is_recurrent else None
        is_direct = bool(self._open_references) and self._open_references[-1] is schema
        if positions and not (is_direct and len(positions) == 1):
            self._lowest = min(self._lowest, positions[0])
            return None
        if self._depth >= MAXIMUM_DEPTH:
            self._problems.add(schema.pointer, f"the value of this schema is cut off at {MAXIMUM_DEPTH} levels")
            self._lowest = 0
            return None

        position, lowest_outside, first_visited = self._depth, self._lowest, len(self._visited)
        self._lowest = MAXIMUM_DEPTH
        self._depth += 1
        is_recurrent = schema.is_recurrent  # building it may find that it is
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
        except _TooLargeError:
            if self._lowest >= position and not self._variant:  # it would be so wherever it stands
                self._too_large_exactly.add(schema)
            self._lowest = min(self._lowest, lowest_outside)
            raise
        if component is not None:
            self._open_components[component] -= 1
        if is_recurrent:
            self._open_references.pop()
            self._open[schema].pop()
        self._depth = position

        if self._lowest < position:
            self._lowest = min(lowest_outside, self._lowest)
            return made
        self._lowest = lowest_outside
        if not self._variant:
            for visited in self._visited[first_visited:]:
                self._components[visited] = schema
            del self._visited[first_visited:]
            self._kept[schema] = made
            self._components.setdefault(schema, schema)
        return made

    def _make_small(self, schema: Schema, room: int) -> Made | None:
        if not self._variant:
            known = self._kept_small[room].get(schema, _UNKNOWN)
            if not isinstance(known, _Unknown):
                return known
        if room <= FLOOR:
            return None
        self._room = room - 1
        made = self._build(schema)
        self._room = room
        if not self._variant:
            self._kept_small[room][schema] = made
        return made

    # --- From a schema to a value -------------------------------------------------------------------------------------

    def _build(self, schema: Schema) -> Made | None:
        if self._use_examples:
            suggested = _suggested(schema)
            if suggested is not None:
                return suggested
        nearest: Made | None = None
        for choice in choices_of(schema):
            chosen = self._schemas.merge(schema.place, choice) if choice else schema
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
                if self._conformance.holds(value, schema.place):
                    return Made(value, count_nodes(value))
        if nearest is not None and nearest.fits:
            self._problems.add(schema.pointer, "no value was found that conforms to oneOf, not, if and the like here")
            return Made(nearest.value, nearest.size, False)
        return nearest

    def _trim(self, schema: Schema) -> Made | None:
        """An object that conforms with less: what is required, and of the rest whatever can be added then. So `oneOf`
        tells alternatives apart that differ in what they require."""
        for choice in choices_of(schema):
            chosen = self._schemas.merge(schema.place, choice) if choice else schema
            made = self._build_chosen(chosen)
            if made is None or not isinstance(made.value, dict) or made.size > MAXIMUM_CHECKED:
                continue
            members = {name: member for name, member in made.value.items() if name in chosen.required}
            if not self._conformance.holds(members, schema.place):
                continue
            for name in [name for name in made.value if name not in members][:MAXIMUM_TRIMMED]:
                more = {each: made.value[each] for each in made.value if each in members or each == name}
                if self._conformance.holds(more, schema.place):
                    members = more
            return Made(members, count_nodes(members))
        return None

    def _is_right(self, made: Made, schema: Schema) -> bool:
        return made.size > MAXIMUM_CHECKED or self._conformance.holds(made.value, schema.place)

    def _build_chosen(self, schema: Schema) -> Made | None:
        if schema.is_never:
            return None
        if schema.values is not None:
            return self._build_listed(schema)
        nearest: Made | None = None
        for kind in self._kinds(schema):
            made = BUILDERS[kind](self, schema)
            if made is not None and made.fits:
                return made
            nearest = nearest or made
        return nearest

    def _kinds(self, schema: Schema) -> Sequence[str]:
        """The types to make, in order; null is the last resort, unless nothing at all is asked for."""
        if schema.types is not None and len(schema.types) == 1:
            return schema.types
        if schema.types is not None:
            kinds = [name for name in schema.types if name != "null"]
        else:
            kinds = [kind for kind, says in IMPLIED_TYPES if says(schema)][:1]
            if not kinds and self._variant:  # one null is shown; what has to differ from it is numbers
                kinds = ["integer"]
        return [*kinds, "null"] if schema.allows_null or not kinds else kinds

    def _build_listed(self, schema: Schema) -> Made | None:
        listed = schema.values or []
        strange: Made | None = None
        for offset in range(len(listed)):
            value = listed[(offset + self._variant) % len(listed)]
            if (schema.types is None or is_of_type(value, schema.types)) and (
                schema.surely_takes(value) or self._conformance.holds(value, schema.place)
            ):
                made = Made(value, count_nodes(value))
                if not isinstance(value, str) or keeps_format(value, schema.format):
                    return made
                strange = strange or made
        if strange is not None:
            self._problems.add(schema.pointer, MISSING_FORMAT.format(schema.format))
            return strange
        if not listed:
            return None
        self._problems.add(
            schema.pointer, "no value of enum or const conforms to the other keywords; the first is taken"
        )
        value, is_fitting = fit_to_types(listed[0], schema.types)
        if not is_fitting and schema.types is not None and "array" in schema.types:
            value = [value]  # the values of an enum on an array are meant for its items
        return Made(value, count_nodes(value), False)

    def _build_string(self, schema: Schema) -> Made | None:
        text = make_string(schema, self._variant)
        if text is not None:
            if not keeps_format(text, schema.format):
                self._problems.add(schema.pointer, MISSING_FORMAT.format(schema.format))
                if schema.types is not None and schema.allows_null:
                    return Made(text, 1, False)
            return Made(text, 1 + len(text) // 64)
        if schema.patterns:
            wanted = " and ".join(repr(pattern[:80]) for pattern in schema.patterns)
            self._problems.add(schema.pointer, f"no string was found that matches {wanted} in the lengths given")
        else:
            self._problems.add(schema.pointer, "no string has the lengths given, or it would be too long to be made")
        return Made(make_plain_string(schema), 1, False)

    def _build_number(self, schema: Schema) -> Made | None:
        return self._check_number(make_number(schema, False, self._variant), schema)

    def _build_integer(self, schema: Schema) -> Made | None:
        return self._check_number(make_number(schema, True, self._variant), schema)

    def _check_number(self, number: float | None, schema: Schema) -> Made | None:
        if number is not None:
            return Made(number, 1)
        if not self._variant:
            self._problems.add(schema.pointer, "no number lies in the bounds given and is a multiple as asked")
        return Made(0, 1, False)

    def _build_boolean(self, schema: Schema) -> Made | None:
        return Made(self._variant % 2 == 0, 1)

    def _build_null(self, schema: Schema) -> Made | None:
        return Made(None, 1)

    # --- Objects ------------------------------------------------------------------------------------------------------

    def _build_object(self, schema: Schema) -> Made | None:
        members: dict[str, Any] = {}
        size, fits = 1, True
        optional_left = MAXIMUM_NODES
        if schema.max_properties is not None:
            optional_left = max(0, schema.max_properties - len(schema.required))
        required, known = schema.required, schema.members
        is_small = self._room is not None
        is_out_of_room = self._is_out_of_room()
        for name in schema.declared_names:
            is_required = name in required
            if not is_required and (
                is_out_of_room or optional_left == 0 or name in schema.excluded or (is_small and size >= USUAL_NODES)
            ):
                continue
            demands = known[name] if name in known else self._schemas.member(schema, name)
            if demands is None:
                # Forbidden by additionalProperties: an object without it does not conform, nor one with it.
                if not is_required:
                    continue
                demands, fits = self._schemas.merge(tuple(schema.properties.get(name, ()))), False
            member = self._make_member(schema, name, demands, is_required)
            if member is None:
                fits = fits and not (is_required and not demands.write_only)
                continue
            if not member.fits and not is_required:
                continue
            members[name] = member.value
            size += member.size
            fits = fits and member.fits
            optional_left -= not is_required
        if schema.closures or schema.pattern_properties or schema.min_properties:
            for name, member in self._free_members(schema, members):
                members[name] = member.value
                size += member.size
                fits = fits and member.fits
        if size > USUAL_NODES and self._room is None:
            raise _TooLargeError
        if self._use_examples:
            for hint in reversed(schema.hints):
                if isinstance(hint.value, dict):
                    members.update(hint.value)
        most = len(members) if schema.max_properties is None else schema.max_properties
        return Made(members, size, fits and schema.min_properties <= len(members) <= most)

    def _is_out_of_room(self) -> bool:
        return self._room is not None and self._room <= 0

    def _make_member(self, schema: Schema, name: str, member: Schema, is_required: bool) -> Made | None:
        if member.write_only:
            return None
        discriminator = schema.discriminators.get(name) if schema.discriminators else None
        if discriminator is not None and (
            (member.values is None or is_among(discriminator, member.values))
            and (member.types is None or "string" in member.types)
        ):
            return Made(discriminator, 1)
        made = self._make_plain(member) if member.is_plain and not self._variant else self._make_merged(member)
        return self._emptiest(member) if made is None and is_required else made

    def _free_members(self, schema: Schema, members: dict[str, Any]) -> Iterator[tuple[str, Made]]:
        """Members beyond the declared ones: two for a map, one for each pattern of an object without properties, and
        as many as `minProperties` asks for."""
        limit = MAXIMUM_NODES if schema.max_properties is None else schema.max_properties
        is_map = any(
            isinstance(closure.additional.node, dict) and closure.additional.node for closure in schema.closures
        )
        wanted = max(len(FREE_NAMES) if is_map else 0, schema.min_properties - len(members))
        if not members and not is_map:
            wanted = max(wanted, len(schema.pattern_properties))
        if schema.min_properties <= len(members) and self._is_out_of_room():
            return
        count = len(members)
        for name in self._free_names(schema, wanted):
            if wanted <= 0 or count >= limit:
                return
            member = self._schemas.member(schema, name) if name not in members else None
            if member is None:
                continue
            made = self._make_merged(member)
            if made is not None and (made.fits or count < schema.min_properties):
                yield name, made
                count += 1
                wanted -= 1

    def _free_names(self, schema: Schema, wanted: int) -> Iterator[str]:
        if wanted <= 0:
            return
        if schema.property_names:
            names_schema = self._schemas.merge(tuple(schema.property_names))
            if names_schema.values is not None:
                yield from (name for name in names_schema.values if isinstance(name, str))
            else:
                for variant in range(2 * wanted):
                    name = make_string(names_schema, variant)
                    if name is not None:
                        yield name
        for pattern, _ in schema.pattern_properties:
            shortest = make_matching_string([pattern], 0, None)
            if shortest is not None:
                yield shortest
                for longer in range(1, wanted):
                    name = make_matching_string([pattern], len(shortest) + longer, None)
                    name = name or make_matching_string([pattern], len(shortest), None, longer)
                    if name is not None:
                        yield name
        if not schema.property_names:
            yield from (f"property{number}" for number in range(1, min(wanted, MAXIMUM_NODES) + 3))

    # --- Arrays -------------------------------------------------------------------------------------------------------

    def _build_array(self, schema: Schema) -> Made | None:
        most = MAXIMUM_NODES if schema.max_items is None else schema.max_items
        shown = max(len(schema.prefix_items), 1 if schema.items else 0)
        shown += schema.min_contains if schema.contains and not schema.prefix_items and not schema.items else 0
        count = min(most, max(schema.min_items, 0 if self._is_out_of_room() else shown))
        if schema.contains:
            count = min(most, max(count, len(schema.prefix_items) + schema.min_contains))
        if count > MAXIMUM_ITEMS:
            raise _TooLargeError
        items: list[Any] = []
        size, fits = 1, True
        for index in range(count):
            made = self._make_item(schema, index, items)
            if made is None or (not made.fits and index >= schema.min_items):
                break
            items.append(made.value)
            size += made.size
            fits = fits and made.fits
            if size > USUAL_NODES and self._room is None:
                raise _TooLargeError
        if len(items) >= schema.min_items:
            return Made(items, size, fits)
        if schema.unique_items and items:
            self._problems.add(schema.pointer, f"no {schema.min_items} different items were found for this array")
            return Made(items, size, False)
        return None

    def _make_item(self, schema: Schema, index: int, before: list[Any]) -> Made | None:
        if index < len(schema.prefix_items):
            item = self._schemas.merge(tuple(schema.prefix_items[index]))
        elif schema.contains and index - len(schema.prefix_items) < schema.min_contains:
            item = self._schemas.merge((*schema.items, *schema.contains))
        else:
            item = self._schemas.item(schema)
        if not schema.unique_items or not before:
            made = self._make_merged(item)
            if made is None and len(before) >= schema.min_items:
                emptiest = self._emptiest(item)
                return None if emptiest is None or emptiest.value is None else emptiest
            return made
        outer = self._variant
        try:
            for variant in range(len(before), 3 * len(before) + 8):
                self._variant = outer + variant
                made = self._make_merged(item)
                if made is None or not is_among(made.value, before):
                    return made
        finally:
            self._variant = outer
        return None

    def _emptiest(self, schema: Schema) -> Made | None:
        """The value that shows nothing of `schema`, where that conforms: what stands in for a schema that is cut."""
        if schema.is_never or schema.values is not None or schema.needs_check or schema.discriminators:
            return None
        for kind in self._kinds(schema):
            if kind == "object" and not schema.required and not schema.min_properties:
                return Made({}, 1)
            if kind == "array" and not schema.min_items and not schema.contains:
                return Made([], 1)
            if kind == "null":
                return Made(None, 1)
        return None


class _Unknown:
    """Marks what is not kept yet (None is kept: nothing can be made)."""


_UNKNOWN: Final = _Unknown()


def _suggested(schema: Schema) -> Made | None:
    """What the document suggests for the whole of `schema`; what is for a part of an object, its making takes."""
    for hint in schema.hints:
        if isinstance(hint.value, dict) and not hint.is_whole:
            continue
        value, is_fitting = fit_to_types(hint.value, schema.types)
        if is_fitting or hint.rank < 2:  # a default of another type is a slip; an example of another type is meant
            return Made(value, count_nodes(value))
    return None


def choices_of(schema: Schema) -> Iterable[tuple[int, ...]]:
    """Which alternatives to try: the first of each, then each other one of each in turn."""
    return _try_alternatives(schema.alternatives) if schema.alternatives else ONLY_CHOICE


def _try_alternatives(alternatives: Iterable[int]) -> Iterator[tuple[int, ...]]:
    yield ()
    tried = 0
    for index, count in enumerate(alternatives):
        for other in range(1, count):
            tried += 1
            if tried > MAXIMUM_CHOICES:
                return
            yield (*(0,) * index, other)


Builder = Callable[[StaticValues, Schema], Made | None]

BUILDERS: Final[dict[str, Builder]] = {
    "object": StaticValues._build_object,
    "array": StaticValues._build_array,
    "string": StaticValues._build_string,
    "number": StaticValues._build_number,
    "integer": StaticValues._build_integer,
    "boolean": StaticValues._build_boolean,
    "null": StaticValues._build_null,
}

EMPTIEST: Final[dict[str, Any]] = {
    "object": {},
    "array": [],
    "string": "",
    "number": 0,
    "integer": 0,
    "boolean": False,
    "null": None,
}

# What keywords imply of a schema without `type`: the first that says so.
IMPLIED_TYPES: Final[tuple[tuple[str, Callable[[Schema], bool]], ...]] = (
    (
        "object",
        lambda schema: bool(
            schema.properties
            or schema.required
            or schema.closures
            or schema.pattern_properties
            or schema.min_properties
            or schema.discriminators
        ),
    ),
    ("array", lambda schema: bool(schema.items or schema.prefix_items or schema.contains or schema.min_items)),
    ("string", lambda schema: bool(schema.patterns or schema.format or schema.min_length or schema.max_length)),
    ("number", lambda schema: bool(schema.minimum or schema.maximum or schema.multiples)),
)
