"""Demands on objects: the rules of their members and of the names of members.

JSON Schema 2020-12 Core §10.3.2 and §10.2.2.4, Validation §6.5 and §9.4 (`writeOnly`, which describes a member), and
`dependencies`, a single keyword before 2019-09.
"""

from typing import Any, Final

from mockwave.openapi.document.references import Located
from mockwave.openapi.schemas.keyword_rules import lower_field, raise_field
from mockwave.openapi.schemas.keyword_values import (
    read_additional,
    read_flag,
    read_name_lists,
    read_names,
    read_schema,
    read_schema_map,
)
from mockwave.openapi.schemas.merging import Merging, Rule
from mockwave.openapi.schemas.schema import Closure
from mockwave.pointers import escape_token, pointer_below


def _absorb_properties(merging: Merging, value: Any, part: Located) -> None:
    properties = merging.schema.properties
    pointer = f"{part.pointer}/properties"
    for name, node in read_schema_map(value).items():
        place = Located(node, f"{pointer}/{escape_token(name)}")
        if name in properties:
            properties[name].append(place)
        else:
            properties[name] = [place]


def _absorb_required(merging: Merging, value: Any, part: Located) -> None:
    merging.schema.required.update(dict.fromkeys(read_names(value)))


def _absorb_additional(merging: Merging, value: Any, part: Located) -> None:
    if read_additional(value) is True:
        return
    names = part.node.get("properties")
    patterns = part.node.get("patternProperties")
    merging.schema.closures.append(
        Closure(
            names=frozenset(names if isinstance(names, dict) else ()),
            patterns=tuple(patterns if isinstance(patterns, dict) else ()),
            additional=Located(value, f"{part.pointer}/additionalProperties"),
        )
    )


def _absorb_pattern_properties(merging: Merging, value: Any, part: Located) -> None:
    for pattern, node in read_schema_map(value).items():
        place = Located(node, pointer_below(part.pointer, "patternProperties", pattern))
        merging.schema.pattern_properties.append((pattern, place))


def _absorb_property_names(merging: Merging, value: Any, part: Located) -> None:
    merging.schema.property_names.append(Located(read_schema(value), f"{part.pointer}/propertyNames"))
    merging.schema.needs_check = True


def _absorb_dependent_required(merging: Merging, value: Any, part: Located) -> None:
    schema = merging.schema
    for name, dependents in read_name_lists(value).items():
        # Optional properties are made too, so the properties that depend on them are as good as required.
        if name in schema.properties or name in schema.required:
            schema.required.update(dict.fromkeys(dependents))
    schema.needs_check = True


def _absorb_dependent_schemas(merging: Merging, value: Any, part: Located) -> None:
    keyword = "dependencies" if part.node.get("dependencies") is value else "dependentSchemas"
    for name, node in read_schema_map(value).items():
        if isinstance(node, list):
            _absorb_dependent_required(merging, {name: node}, part)
        elif name in merging.schema.properties or name in merging.schema.required:
            merging.absorb(Located(node, pointer_below(part.pointer, keyword, name)))
    merging.schema.needs_check = True


def _absorb_write_only(merging: Merging, value: Any, part: Located) -> None:
    merging.schema.write_only = read_flag(value) or merging.schema.write_only


OBJECT_RULES: Final[dict[str, Rule]] = {
    "properties": _absorb_properties,
    "required": _absorb_required,
    "additionalProperties": _absorb_additional,
    "patternProperties": _absorb_pattern_properties,
    "propertyNames": _absorb_property_names,
    "minProperties": raise_field("min_properties"),
    "maxProperties": lower_field("max_properties"),
    "dependentRequired": _absorb_dependent_required,
    "dependentSchemas": _absorb_dependent_schemas,
    "dependencies": _absorb_dependent_schemas,
    "writeOnly": _absorb_write_only,
}
