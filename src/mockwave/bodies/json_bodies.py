"""Values as JSON, as JSON.stringify writes it (compact, UTF-8, 1.0 as 1), and scalars as their JSON text for forms,
headers, XML and plain text."""

import json
import re
from typing import Any

import msgspec


class BodyError(ValueError):
    """The value cannot be written in the media type; the message says why."""


# The ends of floats, as msgspec writes them, that JSON.stringify would write as integers. A string may look the same;
# then trimming changes nothing. There are two patterns, since each begins with a character that is fast to search for.
_WHOLE_FLOAT = re.compile(rb"\.0(?:[,\]}]|\Z)")
_LARGE_FLOAT = re.compile(rb"e\+?[0-9]+(?:[,\]}]|\Z)")


def write_json(value: Any) -> bytes:
    """Writes `value` as JSON.stringify would."""
    try:
        text = msgspec.json.encode(value)
        has_whole_float = _WHOLE_FLOAT.search(text) or _LARGE_FLOAT.search(text)
        return msgspec.json.encode(_trim(value)) if has_whole_float else text
    except RecursionError:
        raise BodyError("it is nested too deeply") from None
    except (ValueError, TypeError, OverflowError):  # half a surrogate pair has no UTF-8
        return json.dumps(value, separators=(",", ":")).encode()


def _trim(value: Any) -> Any:
    """`value` with whole floats as integers, as JavaScript writes them."""
    if isinstance(value, dict):
        return {name: _trim(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_trim(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value


def write_text(value: Any) -> str:
    """Writes a scalar as plain text, and any other value as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else write_json(value).decode()
