"""Schemas without the keywords that the validator refuses, found by trying: the rest is checked all the same.

What an import writes is never refused (`openapi/requests/request_nodes.py`). This is the net below: for what another
version has stored, and for what nobody has thought of.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from mockwave.validation.engine import build_validator

MAXIMUM_TRIED: Final = 200  # schemas compiled to find out what is refused
MAPS: Final = ("properties", "patternProperties", "dependentSchemas", "$defs")


class Mended(NamedTuple):
    """A schema that can be compiled, None if none was found, and what it had to be rid of."""

    schema: Any
    left_out: list[str]


def leave_out_refused(schema: Any) -> Mended:
    """A copy of `schema` without what is refused: each schema in it is tried alone, without those below it."""
    left_out: list[str] = []
    tried = 0
    for node, pointer in list(_schemas_in(schema, "")):
        own = {keyword: value for keyword, value in node.items() if not _holds_schemas(keyword, value)}
        if tried >= MAXIMUM_TRIED or takes(own):
            continue
        for keyword, value in own.items():
            tried += 1
            if not takes({keyword: value}):
                left_out.append(f"{pointer}/{keyword}")
                del node[keyword]
    if takes(schema):
        return Mended(schema, left_out)
    return Mended(None, [*left_out, "all of it"])


def _holds_schemas(keyword: str, value: Any) -> bool:
    if keyword in ("$ref", "enum", "const"):
        return keyword == "$ref"
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value))


def _schemas_in(node: Any, pointer: str) -> Iterator[tuple[dict[str, Any], str]]:
    waiting: list[tuple[Any, str]] = [(node, pointer)]
    while waiting:
        node, pointer = waiting.pop()
        if not isinstance(node, dict):
            continue
        yield node, pointer
        for keyword, value in node.items():
            below = f"{pointer}/{keyword}"
            if keyword in MAPS and isinstance(value, dict):
                waiting += [(each, f"{below}/{name}") for name, each in value.items()]
            elif _holds_schemas(keyword, value):
                nodes = value if isinstance(value, list) else [value]
                waiting += [(each, f"{below}/{index}" if nodes is value else below) for index, each in enumerate(nodes)]


def takes(schema: Any) -> bool:
    """Whether the validator takes `schema`."""
    try:
        build_validator(schema)
    except ValueError:
        return False
    return True
