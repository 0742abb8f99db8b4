"""Objects as static values: the declared members, and further members that are allowed or required."""

from collections.abc import Iterator
from typing import Any, Final

from mockwave.openapi.schemas.discriminators import find_discriminator
from mockwave.openapi.schemas.pattern_strings import make_string as make_matching_string
from mockwave.openapi.schemas.schema import Schema
from mockwave.openapi.values.empty_values import make_emptiest
from mockwave.openapi.values.made_values import MAXIMUM_NODES, USUAL_NODES, Made, TooLargeError
from mockwave.openapi.values.scalars import make_string
from mockwave.openapi.values.values import StaticValues

MEMBERS_OF_A_MAP: Final = 2


def build_object(values: StaticValues, schema: Schema) -> Made | None:
    """Builds the object for `schema`, with all members that can be made and have room."""
    members: dict[str, Any] = {}
    size, fits = 1, True
    optional_left = MAXIMUM_NODES
    if schema.max_properties is not None:
        optional_left = max(0, schema.max_properties - len(schema.required))
    required, known = schema.required, schema.members
    is_small = values.room is not None
    is_out_of_room = values.is_out_of_room()
    # 1. Declared members: the required ones always, the others while there is room.
    for name in schema.declared_names:
        is_required = name in required
        if not is_required and (
            is_out_of_room or optional_left == 0 or name in schema.excluded or (is_small and size >= USUAL_NODES)
        ):
            continue
        demands = known[name] if name in known else values.schemas.member(schema, name)
        if demands is None:
            # additionalProperties forbids a required member: no object conforms, with or without it.
            if not is_required:
                continue
            demands, fits = values.schemas.merge(tuple(schema.properties.get(name, ()))), False
        member = _make_member(values, schema, name, demands, is_required)
        if member is None:
            fits = fits and not (is_required and not demands.write_only)
            continue
        if not member.fits and not is_required:
            continue
        members[name] = member.value
        size += member.size
        fits = fits and member.fits
        optional_left -= not is_required
    # 2. Members under other names, if the schema needs some.
    if schema.closures or schema.pattern_properties or schema.min_properties:
        for name, member in _free_members(values, schema, members):
            members[name] = member.value
            size += member.size
            fits = fits and member.fits
    if size > USUAL_NODES and values.room is None:
        raise TooLargeError
    # 3. Suggestions of the document take precedence over made values.
    if values.use_examples:
        for hint in reversed(schema.hints):
            if isinstance(hint.value, dict):
                members.update(hint.value)
    most = len(members) if schema.max_properties is None else schema.max_properties
    return Made(members, size, fits and schema.min_properties <= len(members) <= most)


def _make_member(values: StaticValues, schema: Schema, name: str, member: Schema, is_required: bool) -> Made | None:
    if member.write_only:
        return None
    discriminator = find_discriminator(schema, name, member) if name in schema.discriminators else None
    if discriminator is not None:
        return Made(discriminator, 1)
    made = values.make_plain(member) if member.is_plain and not values.variant else values.make_merged(member)
    return make_emptiest(member, values.variant) if made is None and is_required else made


def _free_members(values: StaticValues, schema: Schema, members: dict[str, Any]) -> Iterator[tuple[str, Made]]:
    """Members beyond the declared ones: two for a map, one for each pattern of an object without properties, and as
    many as `minProperties` requires."""
    limit = MAXIMUM_NODES if schema.max_properties is None else schema.max_properties
    is_map = any(isinstance(closure.additional.node, dict) and closure.additional.node for closure in schema.closures)
    wanted = max(MEMBERS_OF_A_MAP if is_map else 0, schema.min_properties - len(members))
    if not members and not is_map:
        wanted = max(wanted, len(schema.pattern_properties))
    if schema.min_properties <= len(members) and values.is_out_of_room():
        return
    count = len(members)
    for name in _free_names(values, schema, wanted):
        if wanted <= 0 or count >= limit:
            return
        member = values.schemas.member(schema, name) if name not in members else None
        if member is None:
            continue
        made = values.make_merged(member)
        if made is not None and (made.fits or count < schema.min_properties):
            yield name, made
            count += 1
            wanted -= 1


def _free_names(values: StaticValues, schema: Schema, wanted: int) -> Iterator[str]:
    if wanted <= 0:
        return
    if schema.property_names:
        names_schema = values.schemas.merge(tuple(schema.property_names))
        if names_schema.values is not None:
            yield from (name for name in names_schema.values if isinstance(name, str))
        else:
            for variant in range(2 * wanted):
                name = make_string(names_schema, variant)
                if name is not None:
                    yield name
    for pattern, _ in schema.pattern_properties:
        shortest = make_matching_string([pattern], 0, None)
        if shortest is not None:
            yield shortest
            for longer in range(1, wanted):
                name = make_matching_string([pattern], len(shortest) + longer, None)
                name = name or make_matching_string([pattern], len(shortest), None, longer)
                if name is not None:
                    yield name
    if not schema.property_names:
        yield from (f"property{number}" for number in range(1, min(wanted, MAXIMUM_NODES) + 3))
