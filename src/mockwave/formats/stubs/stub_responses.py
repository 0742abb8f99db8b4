"""The responses of a stub, ready to be the answer of a route or the `then` of a rule.

Every reader makes its responses here, so that all formats keep the same rules: headers of the connection or of the
encoded bytes are dropped; a header that cannot be sent is left out, and the report names it; a repeated header keeps
all its values. A body in UTF-8 becomes text, any other base64.
"""

import base64
import re
from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct

from mockwave.formats.notes import Notes
from mockwave.response_fields import DELAYS_MS, FORBIDDEN_HEADERS, HEADER_NAME, MEDIA_TYPE, STATUS_CODES

# Of messages on the wire (RFC 9110 §7.6.1), and of bytes that a body no longer has once it is decoded.
OF_THE_WIRE: Final = frozenset((*FORBIDDEN_HEADERS, "content-encoding"))

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Headers = tuple[tuple[str, str], ...]
Delay = int | dict[str, Any]


class Response(Struct, kw_only=True):
    """A response. `delay` in ms, or a distribution as rules have it; `template`: the dialect in which body and headers
    are Liquid, empty where they are not; `repeat` and `weight` where it is one of several."""

    status_code: int = 200
    headers: Headers = ()
    body: bytes = b""
    content_type: str = ""
    delay: Delay = 0
    template: str = ""
    fault: str = ""
    throttle: dict[str, Any] | None = None
    repeat: int = 1
    weight: float = 1

    @property
    def is_plain(self) -> bool:
        """Whether the fields of a route can express all of it."""
        return isinstance(self.delay, int) and not (self.template or self.fault or self.throttle)

    def as_then(self) -> dict[str, Any]:
        """Returns the `then` of a rule."""
        if self.fault and self.fault in FAULTS_WITHOUT_ANSWER:
            return {"fault": self.fault, **({"delay": self.delay} if self.delay else {})}
        then: dict[str, Any] = {"statusCode": self.status_code}
        if self.headers:
            then["responseHeaders"] = group_headers(self.headers)
        text = as_utf8(self.body)
        if text is None:
            then["responseBase64"] = base64.b64encode(self.body).decode()
        elif text:
            then["responseBody"] = text
        then["contentType"] = self.content_type
        if self.delay:
            then["delay"] = self.delay
        if self.template:
            then["template"] = self.template
        if self.throttle:
            then["throttle"] = self.throttle
        if self.fault:
            then["fault"] = self.fault
        return then


# WireMock's names; these end the exchange before there is an answer.
FAULTS_WITHOUT_ANSWER: Final = frozenset(
    ("EMPTY_RESPONSE", "MALFORMED_RESPONSE_CHUNK", "RANDOM_DATA_THEN_CLOSE", "CONNECTION_RESET_BY_PEER", "HOLD")
)


def as_utf8(body: bytes) -> str | None:
    """Returns the body as text; None if it is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def encode_text(text: str) -> bytes:
    """Encodes text of a file as a body; half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace")


def group_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Groups headers by name: one value, or a list of the values of a repeated header."""
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}


def take_headers(pairs: Iterable[tuple[str, str]], pointer: str, notes: Notes) -> tuple[Headers, str]:
    """Returns the headers that can be sent, and the Content-Type among them ("" without one).

    Headers of the connection are dropped without a note: they do not describe the mock.
    """
    kept: list[tuple[str, str]] = []
    content_type = ""
    for name, value in pairs:
        lowered = name.strip().lower()
        if lowered in OF_THE_WIRE or name.startswith(":") or not name.strip():
            continue
        if not HEADER_NAME.fullmatch(name.strip()):
            notes.leave_out(pointer, f"the header {name[:80]!r} has no name that can be sent")
        elif _CONTROL.search(value):
            notes.leave_out(pointer, f"the value of the header {name[:80]!r} holds control characters")
        elif lowered != "content-type":
            kept.append((name.strip(), value))
        elif value and not MEDIA_TYPE.fullmatch(value.strip()):
            notes.leave_out(pointer, f"the Content-Type {value[:80]!r} is not a media type; none is sent")
        else:
            content_type = value.strip()
    return tuple(kept), content_type


def take_status(status: int | None, pointer: str, notes: Notes) -> int | None:
    """Returns the status if it can end a response; otherwise None, with a note."""
    if status in STATUS_CODES:
        return status
    notes.leave_out(pointer, f"a response needs a status from {STATUS_CODES[0]} to {STATUS_CODES[-1]}, got {status}")
    return None


def take_delay(delay_ms: float | None, pointer: str, notes: Notes) -> int:
    """Returns the delay in ms, within bounds."""
    if delay_ms is None or delay_ms <= 0:
        return 0
    if delay_ms > DELAYS_MS[-1]:
        notes.change(pointer, f"a delay is at most {DELAYS_MS[-1]} ms; it was cut to that")
        return DELAYS_MS[-1]
    return round(delay_ms)
