"""Discriminators of requests, written as what each alternative demands of the discriminating property (OpenAPI 3.1
§4.8.25)."""

from typing import Any, Final

NAMING_PLACES: Final = ("schemas", "definitions", "$defs")  # schemas below it have names; elsewhere they have positions


def discriminate(node: dict[str, Any], alternatives: list[Any], written: list[Any]) -> list[Any]:
    """Returns `written` with the values by which the discriminator of `node` selects each alternative.

    An alternative has the name of its schema and those in `mapping`. An alternative without a name, because it is
    written inline or refers to an inline schema, stays as it is.
    """
    discriminator = node.get("discriminator")
    name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
    if not isinstance(name, str) or not isinstance(discriminator, dict):
        return written
    names = DiscriminatorNames(discriminator.get("mapping"))
    narrowed: dict[str, Any] = {}
    for index, (alternative, schema) in enumerate(zip(alternatives, written, strict=True)):
        reference = alternative.get("$ref") if isinstance(alternative, dict) else None
        values = names.names_of(reference) if isinstance(reference, str) else []
        if not values:
            narrowed[str(index)] = schema
            continue
        # An alternative that is named twice would never be the only one.
        narrowed[str(reference)] = {"allOf": [schema, {"required": [name], "properties": {name: {"enum": values}}}]}
    return list(narrowed.values())


class DiscriminatorNames:
    """The values of a discriminating property for each schema, by the `mapping` of its discriminator."""

    def __init__(self, mapping: Any) -> None:
        self._by_target: dict[str, list[str]] = {}
        self._by_name: dict[str, list[str]] = {}
        for value, target in mapping.items() if isinstance(mapping, dict) else ():
            if isinstance(target, str):
                self._by_target.setdefault(target, []).append(value)
                self._by_name.setdefault(target.rpartition("/")[2], []).append(value)

    def names_of(self, reference: str) -> list[str]:
        """The values for the schema that `reference` names."""
        place, _, own_name = reference.rpartition("/")
        if place.rpartition("/")[2] not in NAMING_PLACES:
            return self._by_target.get(reference, [])
        return list(dict.fromkeys([own_name, *self._by_name.get(own_name, ())]))
