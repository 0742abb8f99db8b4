"""Arrays as static values: items that show what is allowed, and as many more as are required."""

from typing import Any, Final

from mockwave.openapi.schemas.equality import ValueSet
from mockwave.openapi.schemas.schema import Schema
from mockwave.openapi.values.empty_values import make_emptiest
from mockwave.openapi.values.made_values import MAXIMUM_NODES, USUAL_NODES, Made, TooLargeError
from mockwave.openapi.values.values import StaticValues

MAXIMUM_ITEMS: Final = 2_500  # most items that an array may require


def build_array(values: StaticValues, schema: Schema) -> Made | None:
    """Builds the array for `schema`; None if not enough items can be made."""
    most = MAXIMUM_NODES if schema.max_items is None else schema.max_items
    shown = max(len(schema.prefix_items), 1 if schema.items else 0)
    shown += schema.min_contains if schema.contains and not schema.prefix_items and not schema.items else 0
    count = min(most, max(schema.min_items, 0 if values.is_out_of_room() else shown))
    if schema.contains:
        count = min(most, max(count, len(schema.prefix_items) + schema.min_contains))
    if count > MAXIMUM_ITEMS:
        raise TooLargeError
    items: list[Any] = []
    size, fits = 1, True
    different = ValueSet([])  # keys of the items, if they must differ
    for index in range(count):
        made = _make_item(values, schema, index, different)
        if made is None or (not made.fits and index >= schema.min_items):
            break
        items.append(made.value)
        if schema.unique_items:
            different.add(made.value)
        size += made.size
        fits = fits and made.fits
        if size > USUAL_NODES and values.room is None:
            raise TooLargeError
    if len(items) >= schema.min_items:
        return Made(items, size, fits)
    if schema.unique_items and items:
        values.problems.add(schema.pointer, f"no {schema.min_items} different items were found for this array")
        return Made(items, size, False)
    return None


def _make_item(values: StaticValues, schema: Schema, index: int, before: ValueSet) -> Made | None:
    if index < len(schema.prefix_items):
        item = values.schemas.merge(tuple(schema.prefix_items[index]))
    elif schema.contains and index - len(schema.prefix_items) < schema.min_contains:
        item = values.schemas.merge((*schema.items, *schema.contains))
    else:
        item = values.schemas.item(schema)
    if not schema.unique_items or not index:
        made = values.make_merged(item)
        if made is None and index >= schema.min_items:
            emptiest = make_emptiest(item, values.variant)
            return None if emptiest is None or emptiest.value is None else emptiest
        return made
    for further in range(index, 3 * index + 8):
        made = values.make_variant(item, further)
        if made is None or made.value not in before:
            return made
    return None
