"""A media type with more examples than a worker can decode in one step."""

import json

from mockwave.answers.variants import decode_variants
from mockwave.openapi import read_specification
from mockwave.openapi.operations.operations import MAXIMUM_EXAMPLES


def test_examples_beyond_the_most_of_a_media_type_are_left_out_and_reported() -> None:
    """36,000 of them held up a worker's loop for 43 ms, at the first request that named one."""
    examples = {f"e{number}": {"value": number} for number in range(MAXIMUM_EXAMPLES + 2)}
    response = {"description": "d", "content": {"application/json": {"examples": examples}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": response}}}},
    }
    imported = read_specification(json.dumps(document))
    (variant,) = decode_variants(imported.operations[0].variants, imported.parts)
    assert [body.name for body in variant.contents[0].bodies] == list(examples)[:MAXIMUM_EXAMPLES]
    (problem,) = imported.report.problems
    assert problem.pointer.endswith(f"/examples/e{MAXIMUM_EXAMPLES}/value") or problem.pointer.endswith(
        f"/examples/e{MAXIMUM_EXAMPLES}"
    )
