"""One question to both servers: does a request fit a condition?

A `Case` is a condition as mockwave writes it and requests to try it on. `translate` writes the condition as WireMock
does: other names for the parts of a request, the same operators.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from msgspec import Struct

WIREMOCK_NAMES: Final = {
    "query": "queryParameters",
    "headers": "headers",
    "cookies": "cookies",
    "form": "formParameters",
    "body": "bodyPatterns",
    "multipart": "multipartPatterns",
    "basicAuth": "basicAuth",
    "client": "clientIp",
    "pathParameters": "pathParameters",
}
FORM_TYPE: Final = "application/x-www-form-urlencoded"
BOUNDARY: Final = "frontier"

Value = str | Sequence[str] | None
"""A value, several values of one name, or none."""


class Request(Struct, frozen=True, kw_only=True):
    shown: str
    """How the request is named in a report."""
    method: str = "POST"
    path_end: str = ""
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


class Case(Struct, frozen=True, kw_only=True):
    when: Mapping[str, Any]
    requests: Sequence[Request]


def translate(when: Mapping[str, Any]) -> dict[str, Any]:
    """The condition as a WireMock request pattern, without method and path."""
    found = {WIREMOCK_NAMES[name]: given for name, given in when.items()}
    if "multipartPatterns" in found:
        found["multipartPatterns"] = [_translate_part(part) for part in found["multipartPatterns"]]
    return found


def _translate_part(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"bodyPatterns" if name == "body" else name: given for name, given in part.items()}


# One value at a place of a request


def put(place: str, matcher: Mapping[str, Any], values: Sequence[Value]) -> Case:
    """A matcher on one place, tried on each of the values that can stand there."""
    when: dict[str, Any] = {"body": [matcher]} if place == "body" else {place: {"X": matcher}}
    requests = [PLACES[place](each) for each in values if place not in SINGLE or isinstance(each, str | None)]
    return Case(when=when, requests=requests)


def _listed(value: Value) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def in_query(value: Value) -> Request:
    pairs = [("X", each) for each in _listed(value)]
    return Request(shown=f"query {value!r}", query=urlencode(pairs, quote_via=quote))


def in_headers(value: Value) -> Request:
    return Request(shown=f"header {value!r}", headers=[("X", each) for each in _listed(value)])


def in_cookies(value: Value) -> Request:
    return Request(shown=f"cookie {value!r}", headers=[("Cookie", f"X={each}") for each in _listed(value)])


def in_form(value: Value) -> Request:
    body = urlencode([("X", each) for each in _listed(value)]).encode()
    return Request(shown=f"form {value!r}", headers=[("Content-Type", FORM_TYPE)], body=body)


def in_body(value: Value) -> Request:
    body = "".join(_listed(value))
    return Request(shown=f"body {value!r}", headers=[("Content-Type", "text/plain; charset=utf-8")], body=body.encode())


PLACES: Final = {
    "query": in_query,
    "headers": in_headers,
    "cookies": in_cookies,
    "form": in_form,
    "body": in_body,
}
SINGLE: Final = ("cookies", "body")
"""Places with one value."""


# Whole requests


def with_basic(credentials: str) -> Request:
    return Request(shown=f"Authorization {credentials}", headers=[("Authorization", credentials)])


def with_parts(*parts: tuple[str, str]) -> Request:
    """A multipart form: each part by its head, without the closing empty line, and its content."""
    lines = "".join(f"--{BOUNDARY}\r\n{head}\r\n\r\n{content}\r\n" for head, content in parts)
    return Request(
        shown=f"parts {parts!r}",
        headers=[("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")],
        body=f"{lines}--{BOUNDARY}--\r\n".encode(),
    )
