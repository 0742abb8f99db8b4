"""The app's description of a route: the response of a HAR entry in; a RouteRecord, or a reason, out.

It is read as all versions of the app mean it: missing and null keys have their defaults, disabled headers and headers
without a name are left out, and cookies that a Set-Cookie header sets are not sent twice. A header that a response
cannot set, such as Content-Length, is left out with a note. Every other fault is refused, with its place.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from mockwave.bodies.header_values import MAXIMUM_HEADER_BYTES, MAXIMUM_HEADERS, count_bytes, is_field_name
from mockwave.problems import Refusal
from mockwave.quoting import quote
from mockwave.response_fields import FORBIDDEN_HEADERS, STATUS_CODES, show_number
from mockwave.templates import has_tags

_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<place>[^`]*)`)?$", re.DOTALL)

Headers = list[tuple[str, str]]


class AppHeader(Struct):
    name: str | None = None
    value: str | None = None
    disabled: bool | None = None


class AppCookie(Struct, rename="camel"):
    name: str | None = None
    value: str | None = None
    path: str | None = None
    domain: str | None = None
    expires: str | None = None
    http_only: bool | None = None
    secure: bool | None = None


class AppContent(Struct, rename="camel"):
    text: str | None = None
    mime_type: str | None = None
    encoding: str | None = None


class AppResponse(Struct):
    """HAR 1.2 §response, as far as it describes a mock."""

    status: int | None = None
    headers: list[AppHeader] | None = None
    cookies: list[AppCookie] | None = None
    content: AppContent | None = None


class ReadResponse(Struct, frozen=True):
    """The answer of a route, with its body as it is or as a template."""

    status_code: int
    headers: tuple[tuple[str, str], ...]
    content_type: str
    body: bytes
    is_template: bool
    notes: tuple[str, ...]


def read_response(content: bytes) -> ReadResponse:
    """Reads the response in the body of an upsert. Raises Refusal (400)."""
    try:
        response = msgspec.json.decode(content, type=AppResponse)
    except msgspec.ValidationError as error:
        raise refuse(_show_mismatch(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refuse(f"the body is not JSON: {error}") from None
    notes: list[str] = []
    status = response.status
    if not status:
        status = 200
        notes.append("no status was given: it answers 200")
    if status not in STATUS_CODES:
        expected = f"expected a number from {STATUS_CODES[0]} to {STATUS_CODES[-1]}"
        raise refuse(f"status: {expected}, got {show_number(status)}")
    given = response.content or AppContent()
    headers = _read_headers(response.headers or [], notes)
    content_type = next((value for name, value in headers if name.lower() == "content-type"), given.mime_type or "")
    headers = [(name, value) for name, value in headers if name.lower() != "content-type"]
    headers += _read_cookies(response.cookies or [], headers)
    if _CONTROL.search(content_type):
        raise refuse("content.mimeType: a Content-Type cannot contain control characters")
    if len(headers) > MAXIMUM_HEADERS:
        raise refuse(f"headers: expected at most {MAXIMUM_HEADERS}, got {len(headers)}")
    if count_bytes(headers) > MAXIMUM_HEADER_BYTES:
        raise refuse(f"headers: expected at most {MAXIMUM_HEADER_BYTES} bytes of them, got {count_bytes(headers)}")
    body = _read_body(given)
    is_template = has_tags(given.text or "") and not given.encoding
    return ReadResponse(status, tuple(headers), content_type, body, is_template, tuple(notes))


def _read_headers(given: Iterable[AppHeader], notes: list[str]) -> Headers:
    headers: Headers = []
    for index, header in enumerate(given):
        name, value = header.name or "", header.value or ""
        if not name or header.disabled:
            continue
        if not is_field_name(name):
            raise refuse(f"headers[{index}].name: {quote(name)} cannot be the name of a header")
        control = _CONTROL.search(value)
        if control is not None:
            where = f"(found one at character {control.start()})"
            raise refuse(f"headers[{index}].value: the value of {name} cannot contain control characters {where}")
        if name.lower() in FORBIDDEN_HEADERS:
            notes.append(f"the header {name} is the server's own, and was left out")
            continue
        headers.append((name, value))
    return headers


def _read_cookies(given: Iterable[AppCookie], headers: Headers) -> Headers:
    """Set-Cookie headers for the cookies that no header sets (RFC 6265 §4.1)."""
    known = {value.partition("=")[0].strip() for name, value in headers if name.lower() == "set-cookie"}
    made: Headers = []
    for index, cookie in enumerate(given):
        if not cookie.name or cookie.name in known:
            continue
        attributes = [
            ("Path", cookie.path),
            ("Domain", cookie.domain),
            ("Expires", cookie.expires),
        ]
        parts = [f"{cookie.name}={cookie.value or ''}", *(f"{name}={value}" for name, value in attributes if value)]
        parts += ["HttpOnly"] * bool(cookie.http_only) + ["Secure"] * bool(cookie.secure)
        text = "; ".join(parts)
        if not is_field_name(cookie.name) or _CONTROL.search(text):
            raise refuse(f"cookies[{index}]: {quote(cookie.name)} cannot be set as a cookie")
        made.append(("Set-Cookie", text))
    return made


def _read_body(content: AppContent) -> bytes:
    text = content.text or ""
    if content.encoding == "base64":
        try:
            return b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise refuse("content.text: expected base64, as content.encoding says") from None
    return text.encode()


def _show_mismatch(message: str) -> str:
    """msgspec's message with the place first."""
    found = _PLACE.fullmatch(message)
    what, place = (found["what"], found["place"]) if found else (message, None)
    what = what[:1].lower() + what[1:].replace(" | null", "")
    for name, plain in PLAIN_TYPES.items():
        what = what.replace(f"`{name}`", plain)
    return f"{place.lstrip('.')}: {what}" if place else f"the body: {what}"


PLAIN_TYPES: Final = {
    "int": "a whole number",
    "float": "a number with a fraction",
    "str": "a text",
    "object": "an object",
    "array": "a list",
    "bool": "true or false",
    "null": "null",
}


def refuse(message: str) -> Refusal:
    return Refusal(400, "invalid-body", message)
