"""Demands on arrays: the rules of their items.

JSON Schema 2020-12 Core §10.3.1 and Validation §6.4, and `items` as a tuple, from before 2020-12.
"""

from typing import Any, Final

from mockwave.openapi.document.references import Located
from mockwave.openapi.schemas.keyword_rules import lower_field, raise_field
from mockwave.openapi.schemas.keyword_values import read_flag, read_prefix, read_schema
from mockwave.openapi.schemas.merging import Merging, Rule
from mockwave.pointers import pointer_below


def _absorb_items(merging: Merging, value: Any, part: Located) -> None:
    if isinstance(value, list):  # a tuple, before 2020-12
        _absorb_prefix_items(merging, value, part)
        if isinstance(part.node.get("additionalItems"), dict | bool):
            merging.schema.items.append(Located(part.node["additionalItems"], f"{part.pointer}/additionalItems"))
        return
    merging.schema.items.append(Located(read_schema(value), f"{part.pointer}/items"))


def _absorb_prefix_items(merging: Merging, value: Any, part: Located) -> None:
    read_prefix(value)
    keyword = "prefixItems" if part.node.get("prefixItems") is value else "items"
    known = merging.schema.prefix_items
    for index, node in enumerate(value):
        if index == len(known):
            known.append([])
        known[index].append(Located(node, pointer_below(part.pointer, keyword, index)))


def _absorb_unique(merging: Merging, value: Any, part: Located) -> None:
    merging.schema.unique_items = read_flag(value) or merging.schema.unique_items


def _absorb_contains(merging: Merging, value: Any, part: Located) -> None:
    merging.schema.contains.append(Located(read_schema(value), f"{part.pointer}/contains"))
    merging.schema.needs_check = True


ARRAY_RULES: Final[dict[str, Rule]] = {
    "items": _absorb_items,
    "prefixItems": _absorb_prefix_items,
    "contains": _absorb_contains,
    "minContains": raise_field("min_contains"),
    "minItems": raise_field("min_items"),
    "maxItems": lower_field("max_items"),
    "uniqueItems": _absorb_unique,
}
