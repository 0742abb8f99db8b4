"""Examples that are a reference alone (`example: {$ref: "#/…"}`).

An example is data, in which `$ref` is a word like any other (OpenAPI 3.1 §4.8.14): only Example Objects can be
referred to, from `examples`. Yet authors write this and mean what it leads to, so where it leads to something, that is
taken, and reported. What it leads to may be an Example Object, which stands for its value, or a schema, for its
example.
"""

from typing import Any, Final

from mockwave.openapi.document.references import Located, References, walk_pointer
from mockwave.openapi.document.report import Problems

MAXIMUM_STEPS: Final = 20
SCHEMAS: Final = ("/components/schemas/", "/definitions/")
EXAMPLES: Final = ("/components/examples/", "/x-examples/")
VALUES: Final = ("value", "dataValue", "example")


def is_reference_alone(value: Any) -> bool:
    """Whether the example `value` is a reference into the document, and nothing else."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    reference = value.get("$ref")
    return isinstance(reference, str) and reference.startswith("#/")


def resolve_example(value: Any, pointer: str, references: References, problems: Problems) -> Any:
    """What the example `value`, at `pointer`, stands for."""
    if not is_reference_alone(value):
        return value
    node = value
    for _ in range(MAXIMUM_STEPS):
        target = walk_pointer(references.document, node["$ref"][1:])
        if target is None:
            break
        node = _value_of(target)
        if not is_reference_alone(node):
            problems.add(pointer, f"an example cannot be a $ref; what {value['$ref']!r} leads to is taken")
            return node
    problems.add(pointer, f"the example is a $ref, {value['$ref']!r}, that leads to nothing; it is taken as it is")
    return value


def _value_of(target: Located) -> Any:
    """The value that a place stands for where an example refers to it."""
    node = target.node
    if isinstance(node, dict) and target.pointer.startswith((*EXAMPLES, *SCHEMAS)):
        parent = target.pointer.rpartition("/")[0]
        if f"{parent}/" in (*EXAMPLES, *SCHEMAS):
            return next((node[keyword] for keyword in VALUES if keyword in node), node)
    return node
