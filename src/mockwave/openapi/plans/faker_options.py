"""Options of json-schema-faker, as Prism reads them from `x-json-schema-faker` at the root of a document.

They shape values that are generated for each request. A name may be written in any case (`min-items`, `min_items`,
`minItems`). A value never violates its schema: an option that would contradict the schema gives way. An option that
cannot be honoured is reported, unless it has the value that asks for what is done anyway.

docs: github.com/json-schema-faker/json-schema-faker, "Available options"; prism: guides, "Configure JSON Schema Faker".
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from mockwave.openapi.document.report import Problems, describe
from mockwave.pointers import pointer_below

KEYWORD: Final = "x-json-schema-faker"
MAXIMUM_COUNT: Final = 10_000
YEARS_MS: Final = 10 * 365 * 86_400_000


class FakerOptions(Struct, frozen=True):
    """The options of one document; None, or the default, means that an option is not set.

    `probability` is the share of the optional members that an object has: exactly that many if it `is_fixed`, else up
    to that many. `earliest_ms` and `latest_ms` bound dates, since the epoch.
    """

    min_items: int = 0
    max_items: int | None = None
    min_length: int = 0
    max_length: int | None = None
    probability: float | None = None
    is_fixed: bool = True
    required_only: bool = False
    left_out: frozenset[str] = frozenset()
    omits_nulls: bool = False
    fills: bool = True
    sorts: bool = False
    uses_default: bool = False
    uses_examples: bool = False
    replaces_empty: bool = False
    most_repetitions: int = 8
    earliest_ms: float | None = None
    latest_ms: float | None = None


NO_OPTIONS: Final = FakerOptions()


def read_faker_options(document: dict[str, Any], problems: Problems) -> FakerOptions:
    """Reads the options at the root of the document."""
    declared = document.get(KEYWORD)
    if declared is None:
        return NO_OPTIONS
    if not isinstance(declared, dict):
        problems.add(f"/{KEYWORD}", f"expected an object of options, got {describe(declared)}; it is ignored")
        return NO_OPTIONS
    values: dict[str, Any] = {}
    for written, value in declared.items():
        pointer = pointer_below("", KEYWORD, written)
        name = as_camel_case(written)
        if name in FIELDS:
            field, read, expected = FIELDS[name]
            found = read(value)
            if found is not None:
                values[name] = field, found
            elif value is not None and value is not False:
                problems.add(pointer, f"{written} takes {expected}, got {describe(value)}; it is ignored")
        elif name not in OFF:
            problems.add(pointer, f"{written[:80]} is not an option of json-schema-faker; it is ignored")
        elif not any(value is each or value == each for each in OFF[name]):
            problems.add(pointer, f"{written} cannot be honoured; it is ignored")
    fields: dict[str, Any] = {}
    for field, found in values.values():
        fields[field] = fields[field] | found if isinstance(found, frozenset) and field in fields else found
    if values.get("alwaysFakeOptionals") == ("probability", 1.0):
        fields |= {"probability": 1.0, "is_fixed": True}
    return FakerOptions(**fields)


def as_camel_case(name: str) -> str:
    """`name` in camelCase, as Prism rewrites the names of options."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    return "".join(word.lower() if index == 0 else word.capitalize() for index, word in enumerate(words))


def _read_count(value: Any) -> int | None:
    is_count = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value == int(value)
    return min(int(value), MAXIMUM_COUNT) if is_count else None


def _read_most(value: Any) -> int | None:
    return _read_count(value) or None  # 0 means no limit there


def _read_part(value: Any) -> float | None:
    is_part = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if is_part else None


def _read_switch(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _read_always(value: Any) -> float | None:
    return 1.0 if value is True else None


def _read_names(value: Any) -> frozenset[str] | None:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return None
    return frozenset(value)


def _read_moment(value: Any) -> float | None:
    """A date as text, or a number of milliseconds from now."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
    is_offset = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e13
    return time.time() * 1000 + value if is_offset else None


# Name → field of FakerOptions, reader of the value, and expected value.
FIELDS: Final[dict[str, tuple[str, Callable[[Any], Any], str]]] = {
    "alwaysFakeOptionals": ("probability", _read_always, "true or false"),
    "defaultRandExpMax": ("most_repetitions", _read_count, "a count"),
    "fillProperties": ("fills", _read_switch, "true or false"),
    "fixedProbabilities": ("is_fixed", _read_switch, "true or false"),
    "ignoreProperties": ("left_out", _read_names, "a list of names"),
    "maxDateTime": ("latest_ms", _read_moment, "a date, or milliseconds from now"),
    "maxItems": ("max_items", _read_most, "a count"),
    "maxLength": ("max_length", _read_most, "a count"),
    "minDateTime": ("earliest_ms", _read_moment, "a date, or milliseconds from now"),
    "minItems": ("min_items", _read_count, "a count"),
    "minLength": ("min_length", _read_count, "a count"),
    "omitNulls": ("omits_nulls", _read_switch, "true or false"),
    "optionalsProbability": ("probability", _read_part, "a number from 0 to 1"),
    "pruneProperties": ("left_out", _read_names, "a list of names"),
    "replaceEmptyByRandomValue": ("replaces_empty", _read_switch, "true or false"),
    "requiredOnly": ("required_only", _read_switch, "true or false"),
    "sortProperties": ("sorts", _read_switch, "true or false"),
    "useDefaultValue": ("uses_default", _read_switch, "true or false"),
    "useExamplesValue": ("uses_examples", _read_switch, "true or false"),
}
# Name → values that ask for what is done anyway. The `render` options concern json-schema-faker's YAML only.
ANY_SWITCH: Final = (True, False, None)
OFF: Final[dict[str, tuple[Any, ...]]] = {
    "defaultInvalidTypeProduct": (None, False),
    "failOnInvalidFormat": (False, None),
    "failOnInvalidTypes": (False, None),
    "ignoreMissingRefs": (True, None),
    "locale": ("en", "en_US", "en-US", None),
    "maxRegexRetry": (None,),
    "random": (None,),
    "refDepthMax": (None,),
    "refDepthMin": (None, 0),
    "renderComment": ANY_SWITCH,
    "renderDescription": ANY_SWITCH,
    "renderTitle": ANY_SWITCH,
    "resolveJsonPath": (False, None),
    "reuseProperties": (False, None),
}
