"""Examples that are nothing but a reference (`example: {$ref: "#/…"}`).

An example is data, in which `$ref` has no meaning (OpenAPI 3.1 §4.8.14): only `examples` can refer, to Example Objects.
Yet authors write this and mean the target, so if there is one, it is taken, and reported. The target may be an Example
Object, which stands for its value, or a schema, which stands for its example.
"""

from typing import Any, Final

from mockwave.openapi.document.references import Located, References, walk_pointer
from mockwave.openapi.document.report import Problems

MAXIMUM_STEPS: Final = 20
SCHEMAS: Final = ("/components/schemas/", "/definitions/")
EXAMPLES: Final = ("/components/examples/", "/x-examples/")
VALUES: Final = ("value", "dataValue", "example")


def is_reference_alone(value: Any) -> bool:
    """Whether the example `value` is nothing but a reference into the document."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    reference = value.get("$ref")
    return isinstance(reference, str) and reference.startswith("#/")


def resolve_example(value: Any, pointer: str, references: References, problems: Problems) -> Any:
    """Returns the value for which the example `value`, at `pointer`, stands."""
    if not is_reference_alone(value):
        return value
    node = value
    for _ in range(MAXIMUM_STEPS):
        target = walk_pointer(references.document, node["$ref"][1:])
        if target is None:
            break
        node = _value_of(target)
        if not is_reference_alone(node):
            problems.add(pointer, f"an example cannot be a $ref; the target of {value['$ref']!r} is taken")
            return node
    problems.add(pointer, f"the example is a $ref, {value['$ref']!r}, that leads to nothing; it is taken as it is")
    return value


def _value_of(target: Located) -> Any:
    """The value for which a place stands if an example refers to it."""
    node = target.node
    if isinstance(node, dict) and target.pointer.startswith((*EXAMPLES, *SCHEMAS)):
        parent = target.pointer.rpartition("/")[0]
        if f"{parent}/" in (*EXAMPLES, *SCHEMAS):
            return next((node[keyword] for keyword in VALUES if keyword in node), node)
    return node
