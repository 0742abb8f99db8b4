"""Named examples of declared headers: `__example=two` selects them by name, as it selects the body's.

A header without an example of that name keeps its value, and so does a header whose example would exceed the bounds of
the header section.
"""

import msgspec

from mockwave.answers.variants import Variant
from mockwave.bodies.header_values import MAXIMUM_HEADER_BYTES, MAXIMUM_HEADERS, count_bytes


def has_header_example(variant: Variant, name: str) -> bool:
    """Whether a header of the response has an example of this name."""
    return any(key == name for header in variant.header_examples for key, _ in header.examples)


def with_header_examples(variant: Variant, name: str) -> Variant:
    """The response with the values of its headers' examples of this name."""
    headers = list(variant.headers)
    generated = list(variant.generated_headers)
    for header in reversed(variant.header_examples):  # from the end, so that the positions stay valid
        texts = dict(header.examples).get(name)
        if texts is None:
            continue
        end = header.first + header.count
        replaced = [(headers[header.first][0], text) for text in texts]
        changed = [*headers[: header.first], *replaced, *headers[end:]]
        if len(changed) > MAXIMUM_HEADERS or count_bytes(changed) > MAXIMUM_HEADER_BYTES:
            continue
        headers = changed
        moved = len(replaced) - header.count
        generated = [
            msgspec.structs.replace(each, first=each.first + moved) if each.first >= end else each for each in generated
        ]
    return msgspec.structs.replace(variant, headers=tuple(headers), generated_headers=tuple(generated))
