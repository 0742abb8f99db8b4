"""How schemas are composed of others: the rules of `$ref`, `allOf`, `anyOf`, `oneOf`, `not` and `if`.

JSON Schema 2020-12 Core §8.2.3 and §10.2, and the discriminators of OpenAPI 3.1 §4.8.25.
"""

from typing import Any, Final

from mockwave.openapi.document.references import Located
from mockwave.openapi.schemas.keyword_values import read_alternatives, read_discriminator, read_schema, read_text
from mockwave.openapi.schemas.merging import Merging, Rule


def _absorb_reference(merging: Merging, value: Any, part: Located) -> None:
    reference = read_text(value)
    merging.schema.is_recurrent = True
    target = merging.references.look_up(reference, part.pointer)
    if target is not None:
        merging.absorb(target)


def _members(value: Any, part: Located, keyword: str) -> list[Located]:
    place = f"{part.pointer}/{keyword}"
    return [Located(node, f"{place}/{index}") for index, node in enumerate(read_alternatives(value))]


def _absorb_all_of(merging: Merging, value: Any, part: Located) -> None:
    for member in _members(value, part, "allOf"):
        merging.absorb(member)


def _absorb_any_of(merging: Merging, value: Any, part: Located) -> None:
    _absorb_alternatives(merging, _members(value, part, "anyOf"), part)


def _absorb_one_of(merging: Merging, value: Any, part: Located) -> None:
    members = _members(value, part, "oneOf")
    merging.schema.needs_check = merging.schema.needs_check or len(members) > 1
    _absorb_alternatives(merging, members, part)


def _absorb_alternatives(merging: Merging, members: list[Located], part: Located) -> None:
    discriminator = part.node.get("discriminator")
    if isinstance(discriminator, dict) and isinstance(discriminator.get("propertyName"), str):
        index = len(merging.schema.alternatives)
        chosen = members[merging.choice[index] % len(members) if index < len(merging.choice) else 0].node
        if isinstance(chosen, dict) and isinstance(chosen.get("$ref"), str):
            name = merging.discriminators.find(discriminator, chosen["$ref"])
            merging.schema.discriminators.setdefault(discriminator["propertyName"], name)
    merging.absorb_one_of([(member,) for member in members])


def _absorb_discriminator(merging: Merging, value: Any, part: Located) -> None:
    """A discriminator of a base schema: its value names the component being made."""
    discriminator = read_discriminator(value)
    if "oneOf" in part.node or "anyOf" in part.node or not merging.component:
        return
    name = merging.discriminators.find(discriminator, f"#{merging.component}")
    merging.schema.discriminators.setdefault(discriminator["propertyName"], name)


def _absorb_not(merging: Merging, value: Any, part: Located) -> None:
    read_schema(value)
    merging.schema.needs_check = True
    if isinstance(value, dict) and set(value) == {"required"} and isinstance(value["required"], list):
        merging.schema.excluded.update(name for name in value["required"][:1] if isinstance(name, str))


def _absorb_if(merging: Merging, value: Any, part: Located) -> None:
    condition = Located(read_schema(value), f"{part.pointer}/if")
    then = Located(part.node.get("then", True), f"{part.pointer}/then")
    otherwise = Located(part.node.get("else", True), f"{part.pointer}/else")
    merging.schema.needs_check = True
    merging.absorb_one_of([(condition, then), (otherwise,)])


COMPOSITION_RULES: Final[dict[str, Rule]] = {
    "$ref": _absorb_reference,
    "$dynamicRef": _absorb_reference,
    "allOf": _absorb_all_of,
    "anyOf": _absorb_any_of,
    "oneOf": _absorb_one_of,
    "not": _absorb_not,
    "if": _absorb_if,
    "discriminator": _absorb_discriminator,
}
