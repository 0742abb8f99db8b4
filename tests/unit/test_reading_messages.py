"""Operations on their way from the process that reads to the worker: what they share, and what they count as."""

import json
from typing import Any

import pytest

from mockwave.answers.imported import Operation
from mockwave.answers.parts import OutputTooLarge
from mockwave.openapi.specifications import begin_reading
from mockwave.reading.reading_messages import ROUTE_BYTES, pack_operations, unpack_operations

OK = {"responses": {"200": {"description": "d"}}}
METHODS = ("get", "put", "post", "delete", "patch")


def write(paths: dict[str, Any]) -> str:
    return json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})


def travel(text: str, limit_bytes: int | None = None) -> list[Operation]:
    """The operations of the document as a worker gets them."""
    parts: list[bytes] = []
    operations: list[Operation] = []
    for batch in pack_operations(begin_reading(text, output_limit_bytes=limit_bytes)):
        batch.parts.put_into(parts)
        operations += unpack_operations(batch.operations, parts)
    return operations


def test_operations_of_one_path_share_its_texts() -> None:
    """Each had copies of its own, so that a document of 2.5 MB of long paths took 128 MB of a worker."""
    item = {"servers": [{"url": "/v2"}], **dict.fromkeys(METHODS, OK)}
    operations = travel(write({f"/{'x' * 5000}": item, "/{id}": dict.fromkeys(METHODS, OK)}))
    assert [len({id(each.path) for each in found}) for found in (operations[:5], operations[5:])] == [1, 1]
    assert [len({id(each.path_key) for each in found}) for found in (operations[:5], operations[5:])] == [1, 1]
    assert {each.base_paths for each in operations[:5]} == {("/v2",)}
    assert len({id(each.base_paths) for each in operations[:5]}) == 1
    assert {each.base_paths for each in operations[5:]} == {None}


def test_operations_come_as_they_were_read() -> None:
    text = write({f"/{name}/{{id}}": dict.fromkeys(METHODS, OK) for name in range(40)})
    assert travel(text) == list(begin_reading(text).read_operations())


@pytest.mark.parametrize("limit_bytes", [199 * ROUTE_BYTES, 400 * ROUTE_BYTES])
def test_each_route_counts_as_made_of_the_document(limit_bytes: int) -> None:
    text = write({f"/{number}": {"get": OK} for number in range(200)})
    if limit_bytes < 200 * ROUTE_BYTES:
        with pytest.raises(OutputTooLarge):
            travel(text, limit_bytes)
    else:
        assert len(travel(text, limit_bytes)) == 200
