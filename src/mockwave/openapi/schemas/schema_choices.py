"""The order in which a schema's types and the alternatives of its `oneOf`, `anyOf` and `if` are tried."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from mockwave.openapi.schemas.schema import Choice, Schema

MAXIMUM_CHOICES: Final = 16
ONLY_CHOICE: Final[tuple[Choice, ...]] = ((),)  # if there are no alternatives

# The type that a keyword implies in a schema without `type`; the first match counts.
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


def kinds_of(schema: Schema, variant: int = 0) -> Sequence[str]:
    """The types to make, in order; null is the last resort, unless the schema demands nothing at all."""
    if schema.types is not None and len(schema.types) == 1:
        return schema.types
    if schema.types is not None:
        kinds = [name for name in schema.types if name != "null"]
    else:
        kinds = [kind for kind, says in IMPLIED_TYPES if says(schema)][:1]
        if not kinds and variant:  # one null is shown; values that have to differ from it are numbers
            kinds = ["integer"]
    return [*kinds, "null"] if schema.allows_null or not kinds else kinds


def choices_of(schema: Schema) -> Iterable[Choice]:
    """The alternatives to try: the first of each set, then each other one of each set in turn."""
    return _try_alternatives(schema.alternatives) if schema.alternatives else ONLY_CHOICE


def _try_alternatives(alternatives: Iterable[int]) -> Iterator[Choice]:
    yield ()
    tried = 0
    for index, count in enumerate(alternatives):
        for other in range(1, count):
            tried += 1
            if tried > MAXIMUM_CHOICES:
                return
            yield (*(0,) * index, other)
