"""mockwave's own OpenAPI document, `openapi.yaml`: the contract and what is added to it."""

import functools
from importlib import resources

import msgspec

from mockwave.management.calls import Call
from mockwave.management.exchange import JSON_MEDIA_TYPE, Answer, answer_bytes


async def show_contract(call: Call) -> Answer:
    return answer_bytes(200, JSON_MEDIA_TYPE, read_contract())


@functools.cache
def read_contract() -> bytes:
    """The document as JSON. Read when it is first asked for: few servers ever are."""
    # A worker that only serves mocks loads nothing of the reader.
    from mockwave.openapi.document.document import read_document

    text = resources.files("mockwave").joinpath("openapi.yaml").read_text(encoding="utf-8")
    return msgspec.json.encode(read_document(text))
