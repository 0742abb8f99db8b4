"""Plans: what a generator needs to know to make values of one schema, as compact MessagePack.

A plan says everything by itself: keywords are resolved, alternatives listed, circles cut. What several places share is
planned once and named by a Reference; `Plans` holds all that its root needs, so that it can be compiled alone.
Integrity: a Reference always names an entry of the same `Plans`, and those references form no circle, so every value
is finite. On their way to the mocks they are parts (`answers/parts.py`), one for each plan that is shared.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct


class Constant(Struct, frozen=True, array_like=True, tag=0):
    """One value, as its JSON text."""

    text: str


class Listed(Struct, frozen=True, array_like=True, tag=1):
    """One of several values (an enum, a pool of strings), each as its JSON text; never empty."""

    texts: tuple[str, ...]


class Boolean(Struct, frozen=True, array_like=True, tag=2):
    """true or false."""


class Number(Struct, frozen=True, array_like=True, tag=3):
    """(`base` + `step` * k) / 10**`digits` for a k from 0 to `count`; the whole stays within 15 digits."""

    base: int
    step: int
    count: int
    digits: int = 0


class Fake(Struct, frozen=True, array_like=True, tag=4):
    """What the faker `name` makes with `arguments`; its text is cut and filled to `shortest` and `longest`."""

    name: str
    arguments: tuple[Any, ...] = ()
    shortest: int = 0
    longest: int | None = None


class Piece(Struct, frozen=True, array_like=True):
    """From `shortest` to `longest` of `characters`."""

    characters: str
    shortest: int
    longest: int


class Pieces(Struct, frozen=True, array_like=True, tag=5):
    """A string of pieces, one after the other: what a plain pattern asks for."""

    pieces: tuple[Piece, ...]


class Member(Struct, frozen=True, array_like=True):
    """A member of an object."""

    name: str
    plan: "Plan"


class Object(Struct, frozen=True, array_like=True, tag=6):
    """An object of all `members`, and of `fewest` to `most` out of `pool`, which are beyond the declared ones."""

    members: tuple[Member, ...]
    pool: tuple[Member, ...] = ()
    fewest: int = 0
    most: int = 0


class Array(Struct, frozen=True, array_like=True, tag=7):
    """An array of the values of `first`, then `fewest` to `most` of `item`; all different with `is_unique`."""

    first: tuple["Plan", ...]
    item: "Plan"
    fewest: int
    most: int
    is_unique: bool = False


class Either(Struct, frozen=True, array_like=True, tag=8):
    """One of several plans; never empty."""

    plans: tuple["Plan", ...]


class Nullable(Struct, frozen=True, array_like=True, tag=9):
    """The value of `plan`, now and then null."""

    plan: "Plan"


class Reference(Struct, frozen=True, array_like=True, tag=10):
    """The plan of that number in `Plans.shared`."""

    number: int


class Selection(Struct, frozen=True, array_like=True, tag=11):
    """An Object that has `fewest` to `most` of its members at the indexes `optional`, and all others; of `pool`, it has
    `fewest_free` to `most_free`. In the order of `members`, or with `is_sorted`, of all names."""

    members: tuple[Member, ...]
    optional: tuple[int, ...]
    fewest: int
    most: int
    pool: tuple[Member, ...] = ()
    fewest_free: int = 0
    most_free: int = 0
    is_sorted: bool = False


Plan = Constant | Listed | Boolean | Number | Fake | Pieces | Object | Array | Either | Nullable | Reference | Selection


class Plans(Struct, frozen=True, array_like=True):
    """A plan and all that it refers to; an entry of `shared` refers only to entries before it."""

    root: Plan
    shared: tuple[tuple[int, Plan], ...] = ()


class PlanPart(Struct, frozen=True, array_like=True):
    """A plan, with the number in `Plans.shared` and the part of each plan that it refers to itself."""

    plan: Plan
    needs: tuple[tuple[int, int], ...] = ()


encode_plan_part = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(PlanPart)


def decode_plans(part: int, parts: Sequence[bytes]) -> Plans:
    """The plan that is the part of that number, with all that it refers to."""
    root = _decoder.decode(parts[part])
    shared: dict[int, Plan] = {}
    waiting = list(root.needs)
    while waiting:
        number, needed = waiting.pop()
        if number not in shared:
            found = _decoder.decode(parts[needed])
            shared[number] = found.plan
            waiting.extend(found.needs)
    # A plan gets its number after all that it refers to.
    return Plans(root.plan, tuple(sorted(shared.items())))
