"""jsonschema-rs, set up as request validation wants it: offline, with formats, its regular expressions bounded."""

import base64
import binascii
from functools import cache
from typing import TYPE_CHECKING, Any

from mockwave.patterns.bounded import BACKTRACK_LIMIT, LARGEST_BYTES

if TYPE_CHECKING:
    import jsonschema_rs


def build_validator(schema: bytes | dict[str, Any]) -> "jsonschema_rs.Validator":
    """The validator of a schema (2020-12), as JSON text or decoded; ValueError if it is not one."""
    return build_draft_validator("Draft202012Validator", schema.decode() if isinstance(schema, bytes) else schema)


def build_draft_validator(draft: str, schema: Any) -> "jsonschema_rs.Validator":
    """The validator of a schema of the `draft`, by the name of its class; ValueError if it is not one."""
    # 30 ms and 8 MiB, which only workers pay that check a request.
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
    """RFC 4648 §4, which `format: byte` asks for."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
