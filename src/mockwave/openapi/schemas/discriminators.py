"""Discriminators (OpenAPI 3.1 §4.8.25): which value of the discriminating property stands for which schema."""

from typing import Any

from mockwave.openapi.schemas.equality import is_among
from mockwave.openapi.schemas.schema import Schema


def read_mapping(discriminator: dict[str, Any]) -> dict[Any, tuple[int, str]]:
    """For each target of a discriminator's `mapping`, the first value that leads to it, and how many values come
    before."""
    mapping = discriminator.get("mapping")
    targets: dict[Any, tuple[int, str]] = {}
    for position, (value, target) in enumerate(mapping.items() if isinstance(mapping, dict) else ()):
        if isinstance(target, str):
            targets.setdefault(target, (position, str(value)))
    return targets


def discriminating_value(targets: dict[Any, tuple[int, str]], reference: str) -> str:
    """The value of the discriminating property for the schema that `reference` names, among all targets of the mapping
    (OpenAPI 3.1 §4.8.25)."""
    name = reference.rsplit("/", 1)[-1]
    found = [targets[each] for each in (reference, name) if each in targets]
    return min(found)[1] if found else name


class DiscriminatorValues:
    """The values of one document's discriminating properties; each mapping is read once."""

    def __init__(self) -> None:
        self._targets: dict[int, dict[Any, tuple[int, str]]] = {}  # by the identity of the mapping

    def find(self, discriminator: dict[str, Any], reference: str) -> str:
        """The value of the discriminating property for the schema that `reference` names."""
        node = discriminator.get("mapping")  # unlike the discriminator itself, it is always a part of the document
        targets = self._targets.get(id(node))
        if targets is None:
            targets = self._targets[id(node)] = read_mapping(discriminator)
        return discriminating_value(targets, reference)


def find_discriminator(schema: Schema, name: str, member: Schema) -> str | None:
    """The value of the member `name` of `schema`, if it discriminates between alternatives and names one; else None."""
    value = schema.discriminators.get(name)
    if value is None or not (member.values is None or is_among(value, member.values)):
        return None
    return value if member.types is None or "string" in member.types else None
