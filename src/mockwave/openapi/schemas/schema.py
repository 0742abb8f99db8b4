"""The Schema: the demands of all schema nodes at one place on a value, flat, and its parts.

Its fields are the intersection of the keywords of those nodes. `schemas.py` makes it, by the rules of
`schema_keywords.py`; the makers of values, plans and checks read it.
"""

from typing import Any, NamedTuple

from msgspec import Struct, field

from mockwave.openapi.document.references import Located

Place = tuple[Located, ...]  # the nodes that govern one place in a value
Choice = tuple[int, ...]  # for each set of alternatives, in the order met, the index of the absorbed one
Key = tuple[int, ...]  # identities of the nodes at a place, `$ref`s followed


class Bound(NamedTuple):
    """One end of a range of numbers."""

    value: float
    is_exclusive: bool


class Hint(Struct):
    """A value that the document suggests: its `rank` by keyword, and whether it is for the whole Schema."""

    value: Any
    rank: int
    is_whole: bool


class Closure(Struct):
    """The demand of a node with `additionalProperties` on names that it does not declare: a schema, or False."""

    names: frozenset[str]
    patterns: tuple[str, ...]
    additional: Located


class Schema(Struct, eq=False):
    """The demands on one place. `types` is None for any type; `is_never` marks a contradiction; `place` is its origin.

    `needs_check` says that some keywords demand more than the fields express, so a made value must be checked.
    """

    key: Key
    pointer: str
    place: Place
    is_reference: bool = False
    is_recurrent: bool = False  # a reference leads to it or into it, so it may stand inside itself
    is_plain: bool = False  # a scalar that does not depend on its place (`plain_scalars.py`)
    is_never: bool = False
    needs_check: bool = False
    write_only: bool = False
    types: tuple[str, ...] | None = None
    values: list[Any] | None = None
    hints: list[Hint] = field(default_factory=list)
    alternatives: list[int] = field(default_factory=list)

    format: str = ""
    patterns: list[str] = field(default_factory=list)
    min_length: int = 0
    max_length: int | None = None

    minimum: Bound | None = None
    maximum: Bound | None = None
    multiples: list[float] = field(default_factory=list)

    properties: dict[str, list[Located]] = field(default_factory=dict)
    required: dict[str, None] = field(default_factory=dict)
    excluded: set[str] = field(default_factory=set)
    discriminators: dict[str, str] = field(default_factory=dict)
    closures: list[Closure] = field(default_factory=list)
    pattern_properties: list[tuple[str, Located]] = field(default_factory=list)
    property_names: list[Located] = field(default_factory=list)
    min_properties: int = 0
    max_properties: int | None = None

    prefix_items: list[list[Located]] = field(default_factory=list)
    items: list[Located] = field(default_factory=list)
    contains: list[Located] = field(default_factory=list)
    min_contains: int = 1
    min_items: int = 0
    max_items: int | None = None
    unique_items: bool = False

    contributors: int = 0  # nodes that demand some structure

    # Filled in at first use: the names of the declared members, and the nodes that govern each of them and the
    # items (`Schemas`).
    names: tuple[str, ...] | None = None
    members: dict[str, "Schema | None"] = field(default_factory=dict)
    item: "Schema | None" = None

    @property
    def declared_names(self) -> tuple[str, ...]:
        """The distinct names of the members that are declared or required, in order."""
        if self.names is None:
            self.names = tuple(dict.fromkeys((*self.properties, *self.required)))
        return self.names

    def surely_takes(self, listed: Any) -> bool:
        """Whether `listed`, which is among `values` and has one of the types, conforms without a check. A string does
        if nothing else limits strings and there is no other alternative than the absorbed one."""
        return isinstance(listed, str) and not (
            self.needs_check or self.patterns or self.min_length or self.max_length is not None
        )

    @property
    def allows_null(self) -> bool:
        return self.types is None or "null" in self.types
