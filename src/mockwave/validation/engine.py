"""jsonschema-rs, set up as request validation wants it: offline, with formats, its regular expressions bounded."""

import base64
import binascii
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import jsonschema_rs

BACKTRACK_LIMIT: Final = 50_000  # about a millisecond


def build_validator(draft: int, schema: bytes | dict[str, Any]) -> "jsonschema_rs.Validator":
    """The validator of a schema, as JSON text or decoded; ValueError where it is none. `draft`: 4 or 2020."""
    # 30 ms and 8 MiB, which only workers pay that check a request.
    import jsonschema_rs

    kind = jsonschema_rs.Draft4Validator if draft == 4 else jsonschema_rs.Draft202012Validator
    return kind(
        schema.decode() if isinstance(schema, bytes) else schema,
        offline=True,
        validate_formats=True,
        formats={"byte": is_base64},
        pattern_options=regex_options(),
    )


@cache
def regex_options() -> "jsonschema_rs.FancyRegexOptions":
    import jsonschema_rs  # as above

    return jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT)


def is_base64(text: str) -> bool:
    """RFC 4648 §4, which `format: byte` asks for."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
