"""mockwave's OpenAPI document, `openapi.yaml`: the contract and its additions."""

import functools
from importlib import resources

import msgspec

from mockwave.management.calls import Call
from mockwave.management.exchange import JSON_MEDIA_TYPE, Answer, answer_bytes


async def show_contract(call: Call) -> Answer:
    return answer_bytes(200, JSON_MEDIA_TYPE, read_contract())


@functools.cache
def read_contract() -> bytes:
    """The document as JSON, read at its first request, which few servers get."""
    # Imported here, so that a worker that only serves mocks does not load the reader.
    from mockwave.openapi.document.document import read_document

    text = resources.files("mockwave").joinpath("openapi.yaml").read_text(encoding="utf-8")
    return msgspec.json.encode(read_document(text))
