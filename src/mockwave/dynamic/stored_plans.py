"""Plans: everything that a generator needs to make values of one schema, as compact MessagePack.

A plan is complete: keywords are resolved, alternatives listed, circles cut. A plan that several places share is named
by a Reference; `Plans` has everything that its root needs, so that it can be compiled alone. Invariant: a Reference
always names an entry of the same `Plans`, and references form no circle, so every value is finite. On their way to the
mocks they are parts (`answers/parts.py`), one for each shared plan.
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
    """A value of the faker `name` with `arguments`; its text is cut or filled to a length from `shortest` to
    `longest`."""

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
    """A string of pieces, one after another, for a plain pattern."""

    pieces: tuple[Piece, ...]


class Member(Struct, frozen=True, array_like=True):
    """A member of an object."""

    name: str
    plan: "Plan"


class Object(Struct, frozen=True, array_like=True, tag=6):
    """An object of all `members`, and of `fewest` to `most` undeclared ones out of `pool`."""

    members: tuple[Member, ...]
    pool: tuple[Member, ...] = ()
    fewest: int = 0
    most: int = 0


class Array(Struct, frozen=True, array_like=True, tag=7):
    """An array of the values of `first`, then of `fewest` to `most` values of `item`; all different with
    `is_unique`."""

    first: tuple["Plan", ...]
    item: "Plan"
    fewest: int
    most: int
    is_unique: bool = False


class Either(Struct, frozen=True, array_like=True, tag=8):
    """One of several plans; never empty."""

    plans: tuple["Plan", ...]


class Nullable(Struct, frozen=True, array_like=True, tag=9):
    """The value of `plan`, or sometimes null."""

    plan: "Plan"


class Reference(Struct, frozen=True, array_like=True, tag=10):
    """The plan of that number in `Plans.shared`."""

    number: int


class Selection(Struct, frozen=True, array_like=True, tag=11):
    """An Object with `fewest` to `most` of its members at the indexes `optional`, all its other members, and
    `fewest_free` to `most_free` of `pool`. They stand in the order of `members`, or sorted by name with `is_sorted`."""

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
    """A plan and all plans to which it refers; an entry of `shared` refers only to earlier entries. `encoded_bytes` are
    those of the parts from which all of them were decoded."""

    root: Plan
    shared: tuple[tuple[int, Plan], ...] = ()
    encoded_bytes: int = 0


class PlanPart(Struct, frozen=True, array_like=True):
    """A plan, with the number in `Plans.shared` and the part of each plan to which it refers directly."""

    plan: Plan
    needs: tuple[tuple[int, int], ...] = ()


encode_plan_part = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(PlanPart)


def decode_plans(part: int, parts: Sequence[bytes]) -> Plans:
    """Decodes the plan in the part of this number, with all plans to which it refers."""
    root = _decoder.decode(parts[part])
    encoded_bytes = len(parts[part])
    shared: dict[int, Plan] = {}
    waiting = list(root.needs)
    while waiting:
        number, needed = waiting.pop()
        if number not in shared:
            found = _decoder.decode(parts[needed])
            shared[number] = found.plan
            encoded_bytes += len(parts[needed])
            waiting.extend(found.needs)
    # A plan gets its number after the plans to which it refers.
    return Plans(root.plan, tuple(sorted(shared.items())), encoded_bytes)
