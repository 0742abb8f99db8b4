"""jsonschema-rs, set up for request validation: offline, with formats, and with bounded regular expressions."""

import base64
import binascii
from functools import cache
from typing import TYPE_CHECKING, Any

from mockwave.patterns.bounded import BACKTRACK_LIMIT, LARGEST_BYTES

if TYPE_CHECKING:
    import jsonschema_rs


def build_validator(schema: bytes | dict[str, Any]) -> "jsonschema_rs.Validator":
    """Builds the validator of a schema (2020-12), given as JSON text or decoded. Raises ValueError for an invalid
    one."""
    return build_draft_validator("Draft202012Validator", schema.decode() if isinstance(schema, bytes) else schema)


def build_draft_validator(draft: str, schema: Any) -> "jsonschema_rs.Validator":
    """Builds the validator of a schema of the `draft`, by the name of its class. Raises ValueError for an invalid
    one."""
    # Imported here: it takes 30 ms and 8 MiB, which only workers that check requests should pay.
    import jsonschema_rs

    validator: jsonschema_rs.Validator = getattr(jsonschema_rs, draft)(
        schema,
        offline=True,
        validate_formats=True,
        formats={"byte": is_base64},
        pattern_options=regex_options(),
    )
    return validator


@cache
def regex_options() -> "jsonschema_rs.FancyRegexOptions":
    import jsonschema_rs  # as above

    return jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT, size_limit=LARGEST_BYTES)


def is_base64(text: str) -> bool:
    """Whether the text is Base64 (RFC 4648 §4), as `format: byte` demands."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
