"""Plans of strings, numbers and booleans.

A faker makes the values of a format or a property name; a plain pattern is made piece by piece, a number in steps from
a lowest one. Strings that none of these can make within the bounds of the schema are made here, at import, and listed.
"""

from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any, Final

from mockwave.dynamic.generators import write_value
from mockwave.dynamic.property_names import find_range, find_text
from mockwave.dynamic.stored_plans import Boolean, Constant, Fake, Number, Piece, Pieces
from mockwave.openapi.plans.faker_options import NO_OPTIONS, FakerOptions
from mockwave.openapi.plans.optioned_plans import bound_length, plan_moment
from mockwave.openapi.plans.planned import MAXIMUM_TEXT, Planned, find_longest
from mockwave.openapi.plans.plans import Planner
from mockwave.openapi.schemas.schema import Schema
from mockwave.openapi.values.scalars import FORMATS, make_number
from mockwave.patterns.parsing import (
    UNBOUNDED,
    Assertion,
    Characters,
    Pattern,
    PatternError,
    Repetition,
    Sequence,
    parse_pattern,
)

EXACT: Final = 10**15  # smaller numbers are exact as a double, in decimal too

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


def plan_string(planner: Planner, schema: Schema, name: str, room: int) -> Planned | None:
    shortest, longest = schema.min_length, find_longest(schema)
    if shortest > MAXIMUM_TEXT or (longest is not None and longest < shortest):
        return None
    if schema.patterns:
        return _plan_pattern(planner, schema)
    if schema.format in FORMAT_FAKERS:
        planned = plan_moment(schema, planner.options) or Planned(Fake(*FORMAT_FAKERS[schema.format]), 1)
        is_bounded = shortest or longest is not None
        sizes = [len(text) - 2 for text in planner.shared.sample(planned.plan)] if is_bounded else []
        if all(shortest <= size and (longest is None or size <= longest) for size in sizes):
            return planned
        return planner.string_pools.plan(schema)
    if schema.format == "password":
        return Planned(Fake("internet.password", (), shortest, longest), 1)
    if schema.format in FORMATS:
        return planner.string_pools.plan(schema)
    if planner.options != NO_OPTIONS:
        shortest, longest = bound_length(schema, longest, planner.options)
    faker = find_text(name) or ("lorem.word" if longest is not None and longest < 12 else "lorem.words")
    return Planned(Fake(faker, (), shortest, longest), 1)


def plan_number(planner: Planner, schema: Schema, name: str, room: int) -> Planned | None:
    return _plan_number(schema, name, False)


def plan_integer(planner: Planner, schema: Schema, name: str, room: int) -> Planned | None:
    return _plan_number(schema, name, True)


def plan_boolean(planner: Planner, schema: Schema, name: str, room: int) -> Planned | None:
    return Planned(Boolean(), 1)


def _plan_pattern(planner: Planner, schema: Schema) -> Planned | None:
    if len(schema.patterns) == 1 and schema.format not in FORMATS:
        pieces = _read_pieces(schema.patterns[0], schema.min_length, schema.max_length, planner.options)
        if pieces is not None:
            return Planned(Pieces(pieces), 1)
    return planner.string_pools.plan(schema)


def _read_pieces(pattern: str, shortest: int, longest: int | None, options: FakerOptions) -> tuple[Piece, ...] | None:
    """The pieces of a pattern that consists only of characters and their repetitions, from start to end; else None."""
    try:
        tree = parse_pattern(pattern)
    except (PatternError, RecursionError):
        return None
    nodes = tree.nodes if isinstance(tree, Sequence) else (tree,)
    if len(nodes) < 2 or nodes[0] != Assertion("^") or nodes[-1] != Assertion("$"):
        return None
    pieces = [_read_piece(node, options.most_repetitions) for node in nodes[1:-1]]
    found = [piece for piece in pieces if piece is not None]
    low, high = sum(piece.shortest for piece in found), sum(piece.longest for piece in found)
    if len(found) < len(pieces) or low < shortest or (longest is not None and high > longest) or high > MAXIMUM_TEXT:
        return None
    return tuple(found)


def _read_piece(node: Pattern, most: int) -> Piece | None:
    low = high = 1
    if isinstance(node, Repetition):
        low, high, node = node.minimum, node.maximum, node.node
        high = low + most if high == UNBOUNDED else high
    if not isinstance(node, Characters) or not node.ranges:
        return None
    ascii_only = [(first, min(last, 126)) for first, last in node.ranges if first <= 126]
    codes = [code for first, last in ascii_only for code in range(max(first, 32), last + 1)]
    codes = codes or list(range(node.ranges[0][0], min(node.ranges[0][1], node.ranges[0][0] + 64) + 1))
    if any(0xD800 <= code <= 0xDFFF for code in codes):
        return None
    return Piece("".join(map(chr, codes)), low, high)


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
