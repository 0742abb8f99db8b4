"""Schema → plan: what is needed to generate values of a place in the document without the document.

A plan never violates the schema's own keywords. What cannot be planned exactly (`not`, `if`, a `oneOf` whose members
overlap, a pattern with lookarounds) is sampled: values are generated and checked here, at import, and only what
conforms is kept, as a list to choose from. Where nothing conforms there is no plan, and the static value serves.

Circles and fans are cut as in small static making (`values`): optional members end at a level, arrays are as short as
they may be there. A plan is kept by its schema, and by level where a cut depended on it, so planning takes time in
proportion to the document; the level is the highest at which the largest value stays within bounds.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from math import ceil, floor, lcm
from random import Random
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.dynamic.fakers import find_faker
from mockwave.dynamic.generators import Generator, write_value
from mockwave.dynamic.hints import read_hint
from mockwave.dynamic.plans import (
    Array,
    Boolean,
    Constant,
    Either,
    Fake,
    Listed,
    Member,
    Nullable,
    Number,
    Object,
    Piece,
    Pieces,
    Plan,
    PlanPart,
    Plans,
    Reference,
    encode_plan_part,
)
from mockwave.dynamic.property_names import find_range, find_text
from mockwave.dynamic.words import LOREM
from mockwave.openapi.choices import IMPLIED_TYPES, choices_of
from mockwave.openapi.conformance import Conformance, is_of_type
from mockwave.openapi.demands import Key, Place, Schema
from mockwave.openapi.equality import is_among
from mockwave.openapi.parts import PartPool
from mockwave.openapi.patterns import (
    UNBOUNDED,
    Assertion,
    Characters,
    Pattern,
    PatternError,
    Repetition,
    Sequence,
    parse_pattern,
)
from mockwave.openapi.references import Located
from mockwave.openapi.report import Problems
from mockwave.openapi.scalars import FORMATS, keeps_format, make_number, make_string
from mockwave.openapi.schemas import Schemas

MAXIMUM_NODES: Final = 4_000  # of JSON, in the largest value of a plan
MAXIMUM_SAMPLED: Final = 2_000  # nodes of a value that is sampled
ROOMS: Final = (10, 7, 5, 4, 3, 2, 1, 0)  # levels of optional members that are tried
FLOOR: Final = -12  # levels of required ones below them
SMALL: Final = 60  # nodes of a value that is not worth cutting
LARGE: Final = 12  # nodes of a value from which on a plan is shared wherever it stands
SAMPLES: Final = 24
POOL: Final = 24  # strings listed where they cannot be generated
USUAL_ITEMS: Final = 3
MAP_NAMES: Final = 8  # to choose from, for an object with free members
USUAL_MEMBERS: Final = (1, 3)
MAXIMUM_TEXT: Final = 20_000
EXACT: Final = 10**15  # numbers below are exact as a double, in decimal too

FORMAT_FAKERS: Final[dict[str, tuple[str, tuple[Any, ...]]]] = {
    "date-time": ("date.anytime", ()),
    "date": ("_.date", ()),
    "time": ("_.time", ()),
    "duration": ("_.duration", ()),
    "email": ("internet.email", ()),
    "idn-email": ("internet.email", ()),
    "hostname": ("internet.domainName", ()),
    "idn-hostname": ("internet.domainName", ()),
    "ipv4": ("internet.ipv4", ()),
    "ipv6": ("internet.ipv6", ()),
    "uri": ("internet.url", ()),
    "url": ("internet.url", ()),
    "uri-reference": ("internet.url", ()),
    "iri": ("internet.url", ()),
    "iri-reference": ("internet.url", ()),
    "uuid": ("string.uuid", ()),
    "guid": ("string.uuid", ()),
}
AMOUNTS: Final = frozenset(("commerce.price", "finance.amount"))
HINTS: Final = ("x-faker", "faker")


SHARED: Final = (Object, Array, Either, Nullable)
REFERRING: Final = frozenset((*SHARED, Reference))  # plans that may refer to others


class Planned(Struct, frozen=True):
    """A plan, and how many nodes of JSON its largest value has."""

    plan: Plan
    size: int


class _TooLargeError(Exception):
    """The largest value of a plan exceeds the bounds, and so does that of whatever holds it."""


class _Kept(Struct, frozen=True):
    planned: Planned | None
    cuts: int
    room: int  # that it was made in

    def serves(self, room: int) -> bool:
        """Whether planning in `room` would give the same, or something not worth to be made smaller."""
        return room >= self.room or (self.planned is not None and self.planned.size <= SMALL)


_Named = tuple[Schema, str]


class Planner:
    """Plans the values of one document."""

    def __init__(self, schemas: Schemas, conformance: Conformance, problems: Problems, pool: PartPool) -> None:
        self._schemas = schemas
        self._conformance = conformance
        self._problems = problems
        self._pool = pool
        # By schema, of which there is one for each key, and by the name of the property.
        self._kept: dict[_Named, _Kept] = {}
        self._kept_cut: defaultdict[int, dict[_Named, _Kept]] = defaultdict(dict)  # by room
        self._plain: dict[_Named, Planned] = {}  # of scalars
        self._shared: list[Plan] = []
        self._numbers: dict[bytes, int] = {}
        self._needed: list[tuple[int, ...]] = []  # numbers that the shared plan of that index refers to
        self._packed: dict[int, int] = {}  # number of a shared plan → its part
        self._planned: dict[tuple[Key, str], int | None] = {}
        self._pools: dict[tuple[object, ...], Planned | None] = {}
        self._too_large: defaultdict[int, set[_Named]] = defaultdict(set)  # by room
        self._cuts = 0
        self._hinted: set[str] = set()

    def plan(self, part: Located, name: str = "") -> int | None:
        """The part of the plan for the place `part`, the value of what is called `name`; None where there is none."""
        key = self._schemas.merge((part,)).key, name
        if key not in self._planned:
            planned = self._plan_within_bounds((part,), name)
            self._planned[key] = None if planned is None else self._pack(planned.plan, find_references(planned.plan))
        return self._planned[key]

    def _pack(self, plan: Plan, needed: Iterable[int]) -> int:
        """The part of `plan`, which refers to the shared plans `needed`. Only what a root needs becomes a part: of
        the plans that were tried at several levels most are in none."""
        return self._pool.add(
            encode_plan_part(PlanPart(plan, tuple((number, self._pack_shared(number)) for number in sorted(needed))))
        )

    def _pack_shared(self, number: int) -> int:
        # Plans refer only to those of lower numbers, and so deep only where values are.
        part = self._packed.get(number)
        if part is None:
            part = self._packed[number] = self._pack(self._shared[number], self._needed[number])
        return part

    def _plan_within_bounds(self, place: Place, name: str) -> Planned | None:
        for room in ROOMS:
            before = self._cuts
            try:
                planned = self._plan(place, name, room)
            except _TooLargeError:
                continue
            if planned is not None and planned.size <= MAXIMUM_NODES:
                return planned
            if self._cuts == before and room and planned is None:
                return None
        return None

    def _complete(self, plan: Plan) -> Plans:
        """`plan` with all shared plans that it needs, in an order in which each refers to earlier ones."""
        numbers: set[int] = set()
        waiting = list(find_references(plan))
        while waiting:
            number = waiting.pop()
            if number not in numbers:
                numbers.add(number)
                waiting.extend(self._needed[number])
        return Plans(plan, tuple((number, self._shared[number]) for number in sorted(numbers)))

    def _plan(self, place: Place, name: str, room: int) -> Planned | None:
        """The plan for `place`, the value of a property called `name`; None where there is none in this room."""
        return self._plan_merged(self._schemas.merge(place), name, room)

    def _plan_merged(self, schema: Schema, name: str, room: int) -> Planned | None:
        if schema.properties or schema.types == ("object",):
            name = ""  # says nothing of an object
        key = schema, name
        kept = self._kept.get(key)
        if kept is None or not kept.serves(room):
            kept = self._kept_cut[room].get(key)
        if kept is not None:
            self._cuts += kept.cuts
            return kept.planned
        if room <= FLOOR:
            self._cuts += 1
            return None
        if key in self._too_large[room]:
            raise _TooLargeError
        before = self._cuts
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
            planned = Planned(self._share(planned.plan), planned.size)
        is_cut = self._cuts != before
        # What no cut depended on is the same in any larger room.
        (self._kept_cut[room] if is_cut else self._kept)[key] = _Kept(planned, int(is_cut), room)
        return planned

    def _share(self, plan: Plan) -> Reference:
        """A reference to `plan`, or to an equal one that is shared already."""
        number = self._numbers.setdefault(msgspec.msgpack.encode(plan), len(self._shared))
        if number == len(self._shared):
            self._needed.append(tuple(find_references(plan)))
            self._shared.append(plan)
        return Reference(number)

    # --- Alternatives, and what must be checked -----------------------------------------------------------------------

    def _plan_alternatives(self, schema: Schema, name: str, room: int) -> Planned | None:
        options: list[Planned] = []
        for choice in choices_of(schema):
            chosen = self._schemas.merge(schema.place, choice) if choice else schema
            try:
                planned = None if chosen.is_never else self._plan_chosen(chosen, name, room)
            except _TooLargeError:
                if not chosen.needs_check:
                    raise
                planned = None  # too large to be sampled, too
            if planned is not None and chosen.needs_check:
                planned = self._keep_conforming(planned, chosen.place)
            if planned is not None:
                options.append(planned)
        return _either(options)

    def _keep_conforming(self, planned: Planned, place: Place) -> Planned | None:
        """`planned` if its samples conform to `place`; those that do, listed, if only some do."""
        if planned.size > MAXIMUM_SAMPLED:
            return None
        texts = self._sample(planned.plan)
        fitting = [text for text in texts if self._conformance.holds(msgspec.json.decode(text), place)]
        if len(fitting) == len(texts):
            return planned
        return Planned(Listed(tuple(dict.fromkeys(fitting))), planned.size) if fitting else None

    def _sample(self, plan: Plan) -> list[str]:
        generator = Generator(self._complete(plan), Random(0))
        return [generator.make_text() for _ in range(SAMPLES)]

    def _plan_chosen(self, schema: Schema, name: str, room: int) -> Planned | None:
        if schema.values is not None:
            return self._plan_listed(schema)
        hinted = self._plan_hinted(schema)
        if hinted is not None:
            return hinted
        if schema.types is not None and len(schema.types) == 1 and schema.types[0] != "null":
            return PLANNERS[schema.types[0]](self, schema, name, room)
        allows_null = schema.types is not None and "null" in schema.types
        kinds = [kind for kind in schema.types or () if kind != "null"]
        if schema.types is None:
            kinds = [kind for kind, says in IMPLIED_TYPES if says(schema)][:1] or ["string"]
        options = [PLANNERS[kind](self, schema, name, room) for kind in kinds]
        planned = _either([option for option in options if option is not None])
        if not allows_null:
            return planned
        if planned is None:
            return Planned(Constant("null"), 1)
        return Planned(Nullable(planned.plan), planned.size)

    def _plan_listed(self, schema: Schema) -> Planned | None:
        texts = [
            write_value(value)
            for value in schema.values or ()
            if (schema.types is None or is_of_type(value, schema.types))
            and (schema.surely_takes(value) or self._conformance.holds(value, schema.place))
        ]
        return _listed(texts)

    # --- Hints --------------------------------------------------------------------------------------------------------

    def _plan_hinted(self, schema: Schema) -> Planned | None:
        """What the `x-faker` of the schema asks for, if its values conform."""
        for part in schema.place:
            for keyword in HINTS:
                if isinstance(part.node, dict) and keyword in part.node:
                    return self._plan_hint(part.node[keyword], f"{part.pointer}/{keyword}", schema)
        return None

    def _plan_hint(self, hint: Any, pointer: str, schema: Schema) -> Planned | None:
        name, arguments = read_hint(hint)
        found = find_faker(name)
        reason = f"there is no faker {name[:80]!r}" if found is None else ""
        if found is not None:
            if found in AMOUNTS and schema.types is not None and "string" not in schema.types:
                # A number is asked for, where these make its text.
                bounds = dict(zip(("min", "max", "fractionDigits"), arguments, strict=False))
                options = arguments[0] if arguments and isinstance(arguments[0], dict) else bounds
                arguments = ({"min": 1, "max": 1000, "fractionDigits": 2, **options},)
                found = "number.float"
            plan = Fake(found, arguments, schema.min_length, _longest(schema))
            try:
                msgspec.msgpack.encode(plan)  # numbers in it may be too large
                if all(self._conformance.holds(msgspec.json.decode(each), schema.place) for each in self._sample(plan)):
                    return Planned(plan, 1)
                reason = f"what {name} makes does not conform to this schema"
            except (ValueError, TypeError, OverflowError) as error:
                reason = f"{name} cannot take these arguments: {error}"
        if pointer not in self._hinted:
            self._hinted.add(pointer)
            self._problems.add(pointer, f"{reason}; the hint is left out")
        return None

    # --- Scalars ------------------------------------------------------------------------------------------------------

    def _plan_string(self, schema: Schema, name: str, room: int) -> Planned | None:
        shortest, longest = schema.min_length, _longest(schema)
        if shortest > MAXIMUM_TEXT or (longest is not None and longest < shortest):
            return None
        if schema.patterns:
            return self._plan_pattern(schema)
        if schema.format in FORMAT_FAKERS:
            planned = Planned(Fake(*FORMAT_FAKERS[schema.format]), 1)
            sizes = [len(text) - 2 for text in self._sample(planned.plan)] if shortest or longest is not None else []
            if all(shortest <= size and (longest is None or size <= longest) for size in sizes):
                return planned
            return self._plan_pool(schema)
        if schema.format == "password":
            return Planned(Fake("internet.password", (), shortest, longest), 1)
        if schema.format in FORMATS:
            return self._plan_pool(schema)
        faker = find_text(name) or ("lorem.word" if longest is not None and longest < 12 else "lorem.words")
        return Planned(Fake(faker, (), shortest, longest), 1)

    def _plan_pattern(self, schema: Schema) -> Planned | None:
        if len(schema.patterns) == 1 and schema.format not in FORMATS:
            pieces = read_pieces(schema.patterns[0], schema.min_length, schema.max_length)
            if pieces is not None:
                return Planned(Pieces(pieces), 1)
        return self._plan_pool(schema)

    def _plan_pool(self, schema: Schema) -> Planned | None:
        """Strings that are known to conform, to choose from."""
        is_formatted = schema.types is not None and schema.allows_null
        key = (schema.format, is_formatted, tuple(schema.patterns), schema.min_length, schema.max_length)
        if key not in self._pools:
            made = [make_string(schema, variant) for variant in range(POOL)]
            strings = [each for each in made if each is not None]
            # A pattern may leave strings that the format refuses.
            formatted = [each for each in strings if keeps_format(each, schema.format)]
            strings = formatted if formatted or is_formatted else strings
            self._pools[key] = _listed([write_value(each) for each in strings])
        return self._pools[key]

    def _plan_number(self, schema: Schema, name: str, room: int) -> Planned | None:
        return _plan_number(schema, name, False)

    def _plan_integer(self, schema: Schema, name: str, room: int) -> Planned | None:
        return _plan_number(schema, name, True)

    def _plan_boolean(self, schema: Schema, name: str, room: int) -> Planned | None:
        return Planned(Boolean(), 1)

    # --- Objects ------------------------------------------------------------------------------------------------------

    def _plan_object(self, schema: Schema, name: str, room: int) -> Planned | None:
        members: list[Member] = []
        size = 1
        left = MAXIMUM_NODES
        if schema.max_properties is not None:
            left = schema.max_properties - len(schema.required)
        for member_name in schema.declared_names:
            is_required = member_name in schema.required
            if not is_required and (left <= 0 or member_name in schema.excluded):
                continue
            member = self._schemas.member(schema, member_name)
            if member is None:
                if is_required:
                    return None
                continue
            if member.write_only:
                continue
            if room <= 0 and not is_required:
                self._cuts += 1
                continue
            planned = self._plan_member(schema, member_name, member, room)
            if planned is None:
                if is_required:
                    return None
                continue
            members.append(Member(member_name, planned.plan))
            size += planned.size
            left -= not is_required
        return self._with_free_members(schema, members, size, room)

    def _plan_member(self, schema: Schema, name: str, member: Schema, room: int) -> Planned | None:
        discriminator = schema.discriminators.get(name) if schema.discriminators else None
        if discriminator is not None:
            is_listed = member.values is None or is_among(discriminator, member.values)
            if is_listed and (member.types is None or "string" in member.types):
                return Planned(Constant(write_value(discriminator)), 1)
        if not member.is_plain:
            return self._plan_merged(member, name, room - 1)
        planned = self._plain.get((member, name))
        if planned is None:
            planned = self._plan_merged(member, name, room - 1)
            if planned is not None:
                self._plain[member, name] = planned
        return planned

    def _with_free_members(self, schema: Schema, members: list[Member], size: int, room: int) -> Planned | None:
        """The object with members beyond the declared ones: for a map, and as many as `minProperties` asks for."""
        if not (
            schema.closures or schema.pattern_properties or schema.min_properties or schema.max_properties is not None
        ):
            return Planned(Object(tuple(members)), size)
        known = {member.name for member in members} | schema.properties.keys()
        is_map = any(isinstance(each.additional.node, dict) and each.additional.node for each in schema.closures)
        is_map = is_map or (not members and bool(schema.pattern_properties))
        fewest = max(0, schema.min_properties - len(members))
        most = fewest
        if is_map and room > 0:
            fewest, most = max(fewest, USUAL_MEMBERS[0]), max(fewest, USUAL_MEMBERS[1])
        elif is_map and not fewest:
            self._cuts += 1
        if schema.max_properties is not None:
            most = min(most, schema.max_properties - len(members))
            fewest = min(fewest, most)
        if len(members) + fewest < schema.min_properties or not 0 <= fewest <= MAXIMUM_NODES:
            return None
        if most == 0:
            return Planned(Object(tuple(members)), size)
        pool, largest = self._plan_pool_of_members(schema, known, max(MAP_NAMES, fewest + 2), room)
        most = min(most, len(pool))
        if most < fewest:
            if len(members) + most < schema.min_properties:
                return None
            fewest = most
        return Planned(Object(tuple(members), tuple(pool), fewest, most), size + most * largest)

    def _plan_pool_of_members(
        self, schema: Schema, known: set[str], wanted: int, room: int
    ) -> tuple[list[Member], int]:
        pool: list[Member] = []
        largest = 0
        for name in self._free_names(schema, wanted):
            member = self._schemas.member(schema, name) if name not in known else None
            if member is None:
                continue
            planned = self._plan_merged(member, "", room - 1)
            if planned is None:
                continue
            known = {*known, name}
            pool.append(Member(name, planned.plan))
            largest = max(largest, planned.size)
            if len(pool) >= wanted:
                break
        return pool, largest

    def _free_names(self, schema: Schema, wanted: int) -> Iterator[str]:
        if schema.property_names:
            names = self._schemas.merge(tuple(schema.property_names))
            made = [make_string(names, variant) for variant in range(2 * wanted)] if names.values is None else []
            candidates = [*made, *(names.values or ())]
            yield from (
                each
                for each in candidates
                if isinstance(each, str) and self._conformance.holds(each, tuple(schema.property_names))
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

    # --- Arrays -------------------------------------------------------------------------------------------------------

    def _plan_array(self, schema: Schema, name: str, room: int) -> Planned | None:
        most_allowed = MAXIMUM_NODES if schema.max_items is None else schema.max_items
        least = schema.min_items
        if least > most_allowed or least > MAXIMUM_NODES:
            return None
        contained = schema.min_contains if schema.contains else 0
        first: list[Planned] = []
        for parts in schema.prefix_items[:most_allowed]:
            planned = self._plan(tuple(parts), "", room - 1)
            if planned is None:
                break
            first.append(planned)
        is_short = len(first) < len(schema.prefix_items)
        for _ in range(0 if is_short else min(contained, most_allowed - len(first))):
            planned = self._plan((*schema.items, *schema.contains), name, room - 1)
            if planned is None:
                return None
            first.append(planned)
        fewest = max(0, least - len(first))
        most = min(most_allowed - len(first), max(fewest, USUAL_ITEMS if schema.items and room > 0 else 0))
        item = None if is_short or most <= 0 else self._plan_merged(self._schemas.item(schema), name, room - 1)
        self._cuts += bool(schema.items) and room <= 0
        if item is None:
            if fewest:
                return None
            item, most = Planned(Constant("null"), 1), 0
        else:
            fewest = fewest or min(most, int(not first))
        if schema.unique_items and most:
            most = min(most, max(0, self._count_values(item.plan) - len(first)))
            fewest = min(fewest, most)
            if len(first) + fewest < least:
                return None
        plan = Array(tuple(each.plan for each in first), item.plan, fewest, most, schema.unique_items)
        planned = Planned(plan, 1 + sum(each.size for each in first) + most * item.size)
        if schema.unique_items and least > 1 and planned.size <= MAXIMUM_SAMPLED:
            return self._keep_conforming(planned, schema.place)
        return planned

    def _count_values(self, plan: Plan) -> int:
        """How many different values `plan` surely makes, as far as it matters."""
        if isinstance(plan, Constant):
            return 1
        if isinstance(plan, Listed):
            return len(plan.texts)
        if isinstance(plan, Boolean):
            return 2
        if isinstance(plan, Number):
            return plan.count + 1
        if isinstance(plan, Either):
            return max(map(self._count_values, plan.plans))
        if isinstance(plan, Nullable):
            return self._count_values(plan.plan)
        if isinstance(plan, Reference):
            return self._count_values(self._shared[plan.number])
        return len(set(self._sample(plan)))


PlanKind = Callable[[Planner, Schema, str, int], Planned | None]

PLANNERS: Final[dict[str, PlanKind]] = {
    "object": Planner._plan_object,
    "array": Planner._plan_array,
    "string": Planner._plan_string,
    "number": Planner._plan_number,
    "integer": Planner._plan_integer,
    "boolean": Planner._plan_boolean,
}


def read_pieces(pattern: str, shortest: int, longest: int | None) -> tuple[Piece, ...] | None:
    """The pieces of a pattern that is only characters and repetitions of them, from start to end; else None."""
    try:
        tree = parse_pattern(pattern)
    except (PatternError, RecursionError):
        return None
    nodes = tree.nodes if isinstance(tree, Sequence) else (tree,)
    if len(nodes) < 2 or nodes[0] != Assertion("^") or nodes[-1] != Assertion("$"):
        return None
    pieces = [_piece(node) for node in nodes[1:-1]]
    found = [piece for piece in pieces if piece is not None]
    low, high = sum(piece.shortest for piece in found), sum(piece.longest for piece in found)
    if len(found) < len(pieces) or low < shortest or (longest is not None and high > longest) or high > MAXIMUM_TEXT:
        return None
    return tuple(found)


def _piece(node: Pattern) -> Piece | None:
    low = high = 1
    if isinstance(node, Repetition):
        low, high, node = node.minimum, node.maximum, node.node
        high = low + 8 if high == UNBOUNDED else high
    if not isinstance(node, Characters) or not node.ranges:
        return None
    ascii_only = [(first, min(last, 126)) for first, last in node.ranges if first <= 126]
    codes = [code for first, last in ascii_only for code in range(max(first, 32), last + 1)]
    codes = codes or list(range(node.ranges[0][0], min(node.ranges[0][1], node.ranges[0][0] + 64) + 1))
    if any(0xD800 <= code <= 0xDFFF for code in codes):
        return None
    return Piece("".join(map(chr, codes)), low, high)


def _longest(schema: Schema) -> int | None:
    """How long a text may be; None where that is longer than any that is made."""
    longest = schema.max_length
    return None if longest is None or longest > MAXIMUM_TEXT else longest


def _plan_number(schema: Schema, name: str, is_integer: bool) -> Planned | None:
    low = None if schema.minimum is None else Fraction(str(schema.minimum.value))
    high = None if schema.maximum is None else Fraction(str(schema.maximum.value))
    multiples = [Fraction(str(each)) for each in schema.multiples] + [Fraction(1)] * is_integer
    usual = find_range(name)
    digits = 0 if is_integer else usual[2] if usual is not None else 2
    step = _common_multiple(multiples) if multiples else Fraction(1, 10**digits)
    width = max(Fraction(1000), 100 * step)
    first, last = low, high
    if usual is not None and (low is None or low <= usual[0]) and (high is None or high >= usual[1]):
        first, last = Fraction(usual[0]), Fraction(usual[1])
    elif first is None:
        first = Fraction(0) if last is None or last > 0 else last - width
    if last is None:
        last = first + width
    while not multiples and last > first and (last - first) / step < 20 and digits < 12:
        digits, step = digits + 1, step / 10
    lowest, highest = ceil(first / step), floor(last / step)
    lowest += schema.minimum is not None and schema.minimum.is_exclusive and lowest * step == low
    highest -= schema.maximum is not None and schema.maximum.is_exclusive and highest * step == high
    while step.denominator > 1 and (step * 10**digits).denominator > 1 and digits < 15:
        digits += 1
    digits = 0 if step.denominator == 1 else digits
    base, unit = lowest * step * 10**digits, step * 10**digits
    is_exact = unit.denominator == 1 and max(abs(base), abs(base + unit * (highest - lowest))) < EXACT
    if highest < lowest or not is_exact:
        number = make_number(schema, is_integer)
        return None if number is None else Planned(Constant(write_value(number)), 1)
    return Planned(Number(int(base), int(unit), highest - lowest, digits), 1)


def _common_multiple(steps: list[Fraction]) -> Fraction:
    step = steps[0]
    for each in steps[1:]:
        step = Fraction(
            lcm(step.numerator * each.denominator, each.numerator * step.denominator),
            step.denominator * each.denominator,
        )
    return step


def _listed(texts: list[str]) -> Planned | None:
    different = tuple(dict.fromkeys(texts))
    if not different:
        return None
    size = 1 + max(map(len, different)) // 64
    return Planned(Constant(different[0]) if len(different) == 1 else Listed(different), size)


def _either(options: list[Planned]) -> Planned | None:
    if len(options) < 2:
        return options[0] if options else None
    return Planned(Either(tuple(option.plan for option in options)), max(option.size for option in options))


def find_references(plan: Plan) -> set[int]:
    """The numbers that `plan` itself refers to."""
    found: set[int] = set()
    waiting = [plan]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Reference):
            found.add(each.number)
        elif isinstance(each, Object):  # most of whose members are scalars
            waiting += [member.plan for member in each.members if type(member.plan) in REFERRING]
            waiting += [member.plan for member in each.pool if type(member.plan) in REFERRING]
        elif isinstance(each, Array):
            waiting += each.first
            waiting.append(each.item)
        elif isinstance(each, Either):
            waiting += each.plans
        elif isinstance(each, Nullable):
            waiting.append(each.plan)
    return found
