"""Fields that two structs name alike are passed on by name: from a body to a record, and from a record to an answer. A
new field of this kind needs no line here, only in the structs."""

from typing import Any

from msgspec import UNSET, Struct


def fields_of_both(first: type[Struct], second: type[Struct]) -> tuple[str, ...]:
    return tuple(name for name in first.__struct_fields__ if name in second.__struct_fields__)


def take_given(body: Struct, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields that the body has."""
    return {name: value for name in names if (value := getattr(body, name)) is not UNSET}


def take_shown(record: Struct, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields that an answer shows; None is not shown."""
    return {name: UNSET if (value := getattr(record, name)) is None else value for name in names}
