"""What a custom route may say, beyond the types of its fields: MockRouteCreate in; RouteRecord, or every fault, out.

The rules are those of the wire: a status code that can end an exchange (RFC 9110 §15), field names and values that
cannot break out of a header section (§5.1, §5.5), and nothing that belongs to the connection (§7.6.1). Character
positions count from 0, as in `paths.py`.

A value goes out as ISO 8859-1 where it fits, else as UTF-8. `contentType` and a Content-Type among `responseHeaders`
are one thing: either may give it, both may if they agree, and it is kept as the content type. An empty one sends none.
A header may have a list of values, each sent by itself, in their order.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from msgspec import UNSET, Struct

from mockwave.bodies.header_values import MAXIMUM_HEADER_BYTES, MAXIMUM_HEADERS
from mockwave.http_grammar import TOKEN_CHARACTER
from mockwave.management.call_bodies import refuse_body
from mockwave.management.quoting import quote
from mockwave.management.shared_fields import fields_of_both, take_given
from mockwave.model import DEFAULT_CONTENT_TYPE, MockRouteCreate, Violation
from mockwave.paths import PathError, parse_path
from mockwave.pointers import escape_token
from mockwave.store.records import RouteRecord

_GIVEN_FIELDS = fields_of_both(MockRouteCreate, RouteRecord)

STATUS_CODES = range(200, 1000)
DELAYS_MS = range(10 * 60 * 1000 + 1)
MAXIMUM_PATH_CHARACTERS = 8192

_OF_THE_CONNECTION = "is a header of the connection, which the server manages by itself; leave it out"

FORBIDDEN_HEADERS: dict[str, str] = {
    "connection": _OF_THE_CONNECTION,
    "keep-alive": _OF_THE_CONNECTION,
    "proxy-connection": _OF_THE_CONNECTION,
    "te": _OF_THE_CONNECTION,
    "trailer": _OF_THE_CONNECTION,
    "transfer-encoding": _OF_THE_CONNECTION,
    "upgrade": _OF_THE_CONNECTION,
    "content-length": "is counted from responseBody; leave it out",
}

FORBIDDEN_CHARACTERS: dict[str, str] = {"\r": "line breaks", "\n": "line breaks", "\0": "NUL characters"}

_RESTRICTED_NAME = r"[0-9A-Za-z][0-9A-Za-z!#$&^_.+-]*"
_QUOTED = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\U0010ffff]|\\[\t -\x7e])*"'

HEADER_NAME = re.compile(rf"{TOKEN_CHARACTER}+")
# RFC 9110 §8.3.1, its names as RFC 6838 §4.2 restricts them.
MEDIA_TYPE = re.compile(
    rf"{_RESTRICTED_NAME}/{_RESTRICTED_NAME}(?:[ \t]*;[ \t]*(?:{TOKEN_CHARACTER}+=(?:{TOKEN_CHARACTER}+|{_QUOTED}))?)*"
)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_IN_NAME = re.compile(rf"(?!{TOKEN_CHARACTER}).", re.DOTALL)


class GivenHeader(Struct, frozen=True):
    """One value of a header, as `responseHeaders` gives it: by itself, or as the item `index` of a list."""

    name: str
    value: str
    index: int | None = None

    @property
    def place(self) -> str:
        return f"responseHeaders[{quote(self.name)}]" + ("" if self.index is None else f"[{self.index}]")

    @property
    def pointer(self) -> str:
        return f"responseHeaders/{escape_token(self.name)}" + ("" if self.index is None else f"/{self.index}")

    def fault(self, rule: str, message: str) -> Violation:
        return _fault(self.pointer, rule, message)


def read_route(body: MockRouteCreate, content: bytes, mock_server_id: str, route_id: str) -> RouteRecord:
    """The custom route that the body describes, `content` being the text of its responseBody. Raises Refusal with every
    fault."""
    count = sum(1 if isinstance(value, str) else len(value) for value in body.response_headers.values())
    headers = list(islice(_read_headers(body.response_headers), MAXIMUM_HEADERS))  # more are not looked at
    faults = [*_check_numbers(body), *_check_headers(body.response_headers, headers, count)]
    content_type, content_type_faults = _find_content_type(body, headers)
    faults += content_type_faults
    try:
        if len(body.path) > MAXIMUM_PATH_CHARACTERS:
            message = f"path: expected at most {MAXIMUM_PATH_CHARACTERS} characters, got {len(body.path)}"
            raise refuse_body([_fault("path", "maxLength", message), *faults])
        path_key = parse_path(body.path).key
    except PathError as error:
        raise refuse_body([_fault("path", error.rule, str(error)), *faults]) from error
    if faults:
        raise refuse_body(faults)
    return RouteRecord(
        **take_given(body, _GIVEN_FIELDS)
        | {
            "id": route_id,
            "mock_server_id": mock_server_id,
            "generated": False,
            "path_key": path_key,
            "headers": tuple((each.name, each.value) for each in headers if each.name.lower() != "content-type"),
            "body": content,
            "content_type": content_type,
            "delay_ms": body.delay,
        }
    )


def _check_numbers(body: MockRouteCreate) -> Iterator[Violation]:
    for field, value, allowed in (
        ("statusCode", body.status_code, STATUS_CODES),
        ("delay", body.delay, DELAYS_MS),
    ):
        if value not in allowed:
            expected = f"expected an integer from {allowed[0]} to {allowed[-1]}"
            hint = "; a 1xx status cannot end a response" if field == "statusCode" and 100 <= value < 200 else ""
            yield _fault(field, "range", f"{field}: {expected}, got {_show_number(value)}{hint}")


def _read_headers(given: Mapping[str, str | list[str]]) -> Iterator[GivenHeader]:
    """Each value by itself, in the order given."""
    for name, value in given.items():
        if isinstance(value, str):
            yield GivenHeader(name, value)
        else:
            yield from (GivenHeader(name, each, index) for index, each in enumerate(value))


def _check_headers(
    given: Mapping[str, str | list[str]], headers: Sequence[GivenHeader], count: int
) -> Iterator[Violation]:
    """What is wrong with them: the first of `count`, if those are too many to be sent."""
    if count > MAXIMUM_HEADERS:
        message = f"responseHeaders: expected at most {MAXIMUM_HEADERS} headers, got {count}"
        yield _fault("responseHeaders", "maxProperties", message)
    size_bytes = sum(len(each.name.encode()) + len(each.value.encode()) + 4 for each in headers)
    if size_bytes > MAXIMUM_HEADER_BYTES:
        message = f"responseHeaders: expected at most {MAXIMUM_HEADER_BYTES} bytes of headers, got {size_bytes}"
        yield _fault("responseHeaders", "maxLength", message)
        return
    for name in islice((name for name, values in given.items() if values == []), MAXIMUM_HEADERS):
        message = f"responseHeaders[{quote(name)}]: expected a value, or a list of at least one"
        yield _fault(f"responseHeaders/{escape_token(name)}", "minItems", message)
    for header in headers:
        yield from _check_header(header)


def _check_header(header: GivenHeader) -> Iterator[Violation]:
    name, place = header.name, header.place
    if not name:
        yield header.fault("name", f"{place}: a header needs a name")
    elif not HEADER_NAME.fullmatch(name):
        found = _NOT_IN_NAME.search(name)
        position = found.start() if found else 0
        message = f"{place}: header names cannot contain {quote(name[position])} (found one at character {position})"
        yield header.fault("name", message)
    elif name.lower() in FORBIDDEN_HEADERS:
        yield header.fault("forbidden", f"{place}: {FORBIDDEN_HEADERS[name.lower()]}")
    control = _CONTROL.search(header.value)
    if control is not None:
        what = FORBIDDEN_CHARACTERS.get(control[0], "control characters")
        message = f"{place}: header values cannot contain {what} (found one at character {control.start()})"
        yield header.fault("value", message)


def _find_content_type(body: MockRouteCreate, headers: Sequence[GivenHeader]) -> tuple[str, list[Violation]]:
    """The content type that the body asks for, and what is wrong with it."""
    given = [each for each in headers if each.name.lower() == "content-type"]
    if body.content_type is UNSET:
        content_type, field, pointer = DEFAULT_CONTENT_TYPE, "contentType", "contentType"
        if given:
            content_type, field, pointer = given[0].value, given[0].place, given[0].pointer
    else:
        content_type, field, pointer = body.content_type, "contentType", "contentType"
    faults = [
        each.fault(
            "contradiction",
            f"{each.place}: {quote(each.value)} contradicts {field} {quote(content_type)}; give one",
        )
        for each in given
        if each.value != content_type
    ]
    if content_type and not MEDIA_TYPE.fullmatch(content_type):
        expected = "expected a media type such as application/json, or an empty text to send no Content-Type"
        faults.append(_fault(pointer, "media-type", f"{field}: {expected}, got {quote(content_type)}"))
    return content_type, faults


def _show_number(value: int) -> str:
    return str(value) if abs(value) < 10**18 else "one of more than 18 digits"


def _fault(pointer: str, rule: str, message: str) -> Violation:
    return Violation(location="body", pointer=f"/{pointer}", rule=rule, message=message)
