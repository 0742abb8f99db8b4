"""CRUD routes of Mockoon: their answers to GET, from the data bucket as it is in the file.

The list is the bucket; an item is found by the value of its key (`crudKey`, a dotted path; `id` by default).
"""

import json
from typing import Any, Final

import msgspec

from mockwave.formats.handlebars.syntax import has_tags, path_steps
from mockwave.formats.stubs.stub_responses import Response, encode_text
from mockwave.formats.tree_values import text_of

MAXIMUM_ITEMS: Final = 1_000


def read_crud(bucket: str | None, response: Response, key: Any) -> list[tuple[str, Response]] | None:
    """Returns the answers by item key, and the list's without a key; None for a bucket that cannot be read."""
    if bucket is None or has_tags(bucket):
        return None
    try:
        value = json.loads(bucket)
    except (ValueError, RecursionError):
        return None
    items = value if isinstance(value, list) else []
    counts = (("X-Total-Count", str(len(items))), ("X-Filtered-Count", str(len(items)))) if items else ()
    answers = [("", _with_body(response, value, counts))]
    steps = path_steps(text_of(key) or "id")
    for item in items[:MAXIMUM_ITEMS]:
        found = item
        for step in steps:
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, str | int) and str(found) and "/" not in str(found):
            answers.append((str(found), _with_body(response, item, ())))
    return answers


def _with_body(response: Response, value: Any, headers: tuple[tuple[str, str], ...]) -> Response:
    return msgspec.structs.replace(
        response,
        headers=(*response.headers, *headers),
        body=encode_text(json.dumps(value, ensure_ascii=False)),
        content_type=response.content_type or "application/json",
    )
