"""Fields that two structs name alike: what a body gives, a record keeps and an answer shows is handed on by its name.
Another such field takes nothing here but its lines in the structs."""

from typing import Any

from msgspec import UNSET, Struct


def fields_of_both(first: type[Struct], second: type[Struct]) -> tuple[str, ...]:
    return tuple(name for name in first.__struct_fields__ if name in second.__struct_fields__)


def take_given(body: Struct, names: tuple[str, ...]) -> dict[str, Any]:
    """Those of the fields that the body gives."""
    return {name: value for name in names if (value := getattr(body, name)) is not UNSET}


def take_shown(record: Struct, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields as an answer has them: None is not shown."""
    return {name: UNSET if (value := getattr(record, name)) is None else value for name in names}
