"""Plan → generator: a tree of functions, built once; each call writes the JSON text of a new value.

No Python object is made for a JSON value: each function returns its piece of the text, and an object is one template
with a hole for each member. Everything known beforehand (names, quotes, counts) is already in the functions. All of
them draw from one source of randomness, so the sequence of values follows from its seed.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from mockwave.dynamic.fakers import FAKERS, is_plain
from mockwave.dynamic.stored_plans import (
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
    Pieces,
    Plan,
    Plans,
    Reference,
    Selection,
)
from mockwave.dynamic.words import LOREM

Write = Callable[[], str]

NULL_CHANCE = 0.1
MAXIMUM_VARIED = 200
"""The most characters of a string that are drawn one by one, or word by word; a longer string repeats them, so that
even a megabyte, the most, is made in some milliseconds."""
LONGEST_WORD = max(map(len, LOREM)) + 1
TRIES = 200  # attempts at an item that differs from the previous ones


class Generator:
    """Makes the values of one plan, one after another."""

    def __init__(self, plans: Plans, random: Random) -> None:
        self._write = _Compiler(plans, random).compile(plans.root)

    def make_text(self) -> str:
        """The next value, as JSON text."""
        return self._write()

    def make_body(self) -> bytes:
        """The next value, as JSON in UTF-8."""
        return self._write().encode()


def write_value(value: Any) -> str:
    """`value` as JSON text."""
    return msgspec.json.encode(value).decode()


class _Compiler:
    """Builds the functions for one Plans."""

    def __init__(self, plans: Plans, random: Random) -> None:
        self._random = random
        self._shared: dict[int, Write] = {}
        for number, plan in plans.shared:
            self._shared[number] = self.compile(plan)

    def compile(self, plan: Plan) -> Write:
        return COMPILERS[type(plan)](self, plan)

    def constant(self, plan: Constant) -> Write:
        text = plan.text
        return lambda: text

    def listed(self, plan: Listed) -> Write:
        pick, texts, count = self._random.random, plan.texts, len(plan.texts)
        return lambda: texts[int(pick() * count)]

    def boolean(self, plan: Boolean) -> Write:
        pick = self._random.random
        return lambda: "true" if pick() < 0.5 else "false"

    def number(self, plan: Number) -> Write:
        pick, base, step, choices = self._random.random, plan.base, plan.step, plan.count + 1
        if not plan.digits:
            return lambda: str(base + step * int(pick() * choices))
        scale = 10**plan.digits
        return lambda: "%.15g" % ((base + step * int(pick() * choices)) / scale)

    def fake(self, plan: Fake) -> Write:
        make = FAKERS[plan.name](self._random, *plan.arguments)
        shortest, longest = plan.shortest, plan.longest
        if shortest or longest is not None:
            make = self._fit(make, shortest, longest)
        if not is_plain(plan.name, plan.arguments):
            return lambda: write_value(make())
        if isinstance(make(), str):
            return lambda: f'"{make()}"'
        return lambda: write_value(make())

    def _fit(self, make: Callable[[], Any], shortest: int, longest: int | None) -> Callable[[], Any]:
        several = self._random.choices

        def fitting() -> Any:
            text = make()
            if not isinstance(text, str):
                return text
            varied = min(shortest, MAXIMUM_VARIED)
            while len(text) < varied:
                words = several(LOREM, k=(varied - len(text)) // LONGEST_WORD + 1)
                text = " ".join([text, *words] if text else words)
            if len(text) < shortest:
                return repeat_to(f"{text} ", shortest)
            return text if longest is None else text[:longest]

        return fitting

    def pieces(self, plan: Pieces) -> Write:
        pick, several = self._random.random, self._random.choices
        writers = []
        for piece in plan.pieces:
            # Each piece is escaped separately, so that the pieces can be joined.
            alphabet = [write_value(character)[1:-1] for character in piece.characters]
            writers.append(_piece_writer(alphabet, piece.shortest, piece.longest, pick, several))
        return lambda: '"' + "".join([write() for write in writers]) + '"'

    def object(self, plan: Object) -> Write:
        holes = [self.compile(member.plan) for member in plan.members]
        template = ",".join([_name_text(member) + "%s" for member in plan.members])
        closed = "{" + template + "}"
        if not plan.pool:
            return lambda: closed % tuple([write() for write in holes])
        random, pool = self._random, [(_name(member), self.compile(member.plan)) for member in plan.pool]
        fewest, spread = plan.fewest, plan.most - plan.fewest + 1

        def write_open() -> str:
            chosen = random.sample(pool, fewest + int(random.random() * spread))
            parts = [template % tuple([write() for write in holes])] if holes else []
            parts += [name + write() for name, write in chosen]
            return "{" + ",".join(parts) + "}"

        return write_open

    def selection(self, plan: Selection) -> Write:
        random, free = self._random, range(len(plan.members), len(plan.members) + len(plan.pool))
        parts = [(_name(member), self.compile(member.plan)) for member in (*plan.members, *plan.pool)]
        optional, kept = plan.optional, frozenset(range(len(plan.members))) - frozenset(plan.optional)
        spread, spread_free = plan.most - plan.fewest + 1, plan.most_free - plan.fewest_free + 1
        order = list(range(len(parts)))
        if plan.is_sorted:
            order.sort(key=lambda index: sort_key((*plan.members, *plan.pool)[index].name))

        def write() -> str:
            chosen = kept.union(random.sample(optional, plan.fewest + int(random.random() * spread)))
            chosen = chosen.union(random.sample(free, plan.fewest_free + int(random.random() * spread_free)))
            return "{" + ",".join([parts[index][0] + parts[index][1]() for index in order if index in chosen]) + "}"

        return write

    def array(self, plan: Array) -> Write:
        pick, fewest, spread = self._random.random, plan.fewest, plan.most - plan.fewest + 1
        first, item = [self.compile(each) for each in plan.first], self.compile(plan.item)
        if plan.is_unique:
            return self._unique_array(plan, first, item)
        if not first:
            return lambda: "[" + ",".join([item() for _ in range(fewest + int(pick() * spread))]) + "]"

        def write() -> str:
            texts = [each() for each in first]
            texts += [item() for _ in range(fewest + int(pick() * spread))]
            return "[" + ",".join(texts) + "]"

        return write

    def _unique_array(self, plan: Array, first: list[Write], item: Write) -> Write:
        random, fewest, spread = self._random, plan.fewest, plan.most - plan.fewest + 1
        listed = plan.item.texts if isinstance(plan.item, Listed) and not first else None
        if listed is not None:
            return lambda: "[" + ",".join(random.sample(listed, fewest + int(random.random() * spread))) + "]"

        def write() -> str:
            texts = dict.fromkeys([each() for each in first])
            wanted = len(first) + fewest + int(random.random() * spread)
            for _ in range(TRIES * wanted):
                if len(texts) >= wanted:
                    break
                texts[item()] = None
            return "[" + ",".join(texts) + "]"

        return write

    def either(self, plan: Either) -> Write:
        pick, writers, count = self._random.random, [self.compile(each) for each in plan.plans], len(plan.plans)
        return lambda: writers[int(pick() * count)]()

    def nullable(self, plan: Nullable) -> Write:
        pick, write = self._random.random, self.compile(plan.plan)
        return lambda: "null" if pick() < NULL_CHANCE else write()

    def reference(self, plan: Reference) -> Write:
        return self._shared[plan.number]


def repeat_to(text: str, length: int) -> str:
    """`text` repeated to this many characters."""
    return (text * (length // len(text) + 1))[:length]


def sort_key(name: str) -> tuple[Any, ...]:
    """The key that sorts names as people sort words: signs, digits, letters, lower case before upper."""
    letters = [(2 if each.isalpha() else 1 if each.isdigit() else 0, each.casefold()) for each in name]
    return letters, name.swapcase()


def _name(member: Member) -> str:
    return write_value(member.name) + ":"


def _name_text(member: Member) -> str:
    return _name(member).replace("%", "%%")


def _piece_writer(
    alphabet: list[str], shortest: int, longest: int, pick: Callable[[], float], several: Callable[..., list[str]]
) -> Write:
    if shortest == longest and len(alphabet) == 1:
        text = alphabet[0] * shortest
        return lambda: text
    if longest > MAXIMUM_VARIED:
        return _long_piece_writer(alphabet, shortest, longest, pick, several)
    if shortest == longest:
        return lambda: "".join(several(alphabet, k=shortest))
    spread = longest - shortest + 1
    return lambda: "".join(several(alphabet, k=shortest + int(pick() * spread)))


def _long_piece_writer(
    alphabet: list[str], shortest: int, longest: int, pick: Callable[[], float], several: Callable[..., list[str]]
) -> Write:
    def write() -> str:
        count = shortest + int(pick() * (longest - shortest + 1))
        varied = several(alphabet, k=min(count, MAXIMUM_VARIED))
        # Cut at whole characters: one may be an escape.
        return "".join((varied * (count // MAXIMUM_VARIED + 1))[:count])

    return write


COMPILERS: dict[type, Callable[[_Compiler, Any], Write]] = {
    Constant: _Compiler.constant,
    Listed: _Compiler.listed,
    Boolean: _Compiler.boolean,
    Number: _Compiler.number,
    Fake: _Compiler.fake,
    Pieces: _Compiler.pieces,
    Object: _Compiler.object,
    Array: _Compiler.array,
    Either: _Compiler.either,
    Nullable: _Compiler.nullable,
    Reference: _Compiler.reference,
    Selection: _Compiler.selection,
}
