"""The fields that a written response may have: a status code, headers, a content type, a delay.

The rules are those of the wire: a status code that can end an exchange (RFC 9110 §15), field names and values that
cannot break out of a header section (§5.1, §5.5), and nothing that belongs to the connection (§7.6.1). Character
positions count from 0, as in `paths.py`.

A custom route is such a response, and so is each answer of a rule: `at` is the JSON pointer of the object with the
fields. A value goes out as ISO 8859-1 if it fits, else as UTF-8. `contentType` and a Content-Type among
`responseHeaders` are one thing: either may be given, or both if they agree, and it is kept as the content type. An
empty one sends none. A header may have a list of values, each sent separately, in their order.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from msgspec import UNSET, Struct, UnsetType

from mockwave.bodies.header_values import MAXIMUM_HEADER_BYTES, MAXIMUM_HEADERS
from mockwave.http_grammar import TOKEN_CHARACTER
from mockwave.model import DEFAULT_CONTENT_TYPE, Violation
from mockwave.pointers import escape_token, show_pointer
from mockwave.quoting import quote

STATUS_CODES = range(200, 1000)
DELAYS_MS = range(10 * 60 * 1000 + 1)

_OF_THE_CONNECTION = "is a header of the connection, which the server sets itself; leave it out"

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
# Whatever is not a control character, a quote or a backslash: a class of what it is takes milliseconds to compile.
_QUOTED = r'"(?:[^\x00-\x08\x0a-\x1f"\\\x7f]|\\[\t -\x7e])*"'

HEADER_NAME = re.compile(rf"{TOKEN_CHARACTER}+")
# RFC 9110 §8.3.1, its names as RFC 6838 §4.2 restricts them.
MEDIA_TYPE = re.compile(
    rf"{_RESTRICTED_NAME}/{_RESTRICTED_NAME}(?:[ \t]*;[ \t]*(?:{TOKEN_CHARACTER}+=(?:{TOKEN_CHARACTER}+|{_QUOTED}))?)*"
)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_IN_NAME = re.compile(rf"(?!{TOKEN_CHARACTER}).", re.DOTALL)


class GivenHeader(Struct, frozen=True):
    """One value of a header in `responseHeaders`: a single value, or the item `index` of a list."""

    at: str
    name: str
    value: str
    index: int | None = None

    @property
    def place(self) -> str:
        return f"{_headers_place(self.at)}[{quote(self.name)}]" + ("" if self.index is None else f"[{self.index}]")

    @property
    def pointer(self) -> str:
        pointer = f"{self.at}/responseHeaders/{escape_token(self.name)}"
        return pointer if self.index is None else f"{pointer}/{self.index}"

    def fault(self, rule: str, message: str) -> Violation:
        return _fault(self.pointer, rule, message)


def check_status_code(value: int, at: str) -> Iterator[Violation]:
    hint = "; a 1xx status cannot end a response" if 100 <= value < 200 else ""
    yield from _check_number(value, STATUS_CODES, f"{at}/statusCode", hint)


def check_delay(value: int, at: str) -> Iterator[Violation]:
    yield from _check_number(value, DELAYS_MS, f"{at}/delay")


def read_headers(given: Mapping[str, str | list[str]], at: str) -> list[GivenHeader]:
    """Each value separately, in the given order; if there are more than can be sent, only the first, since the sender
    chooses their number."""
    return list(islice(_each_header(given, at), MAXIMUM_HEADERS))


def _each_header(given: Mapping[str, str | list[str]], at: str) -> Iterator[GivenHeader]:
    for name, value in given.items():
        if isinstance(value, str):
            yield GivenHeader(at, name, value)
        else:
            yield from (GivenHeader(at, name, each, index) for index, each in enumerate(value))


def check_headers(given: Mapping[str, str | list[str]], headers: Sequence[GivenHeader], at: str) -> Iterator[Violation]:
    """What is wrong with the headers. If there are too many to be sent, only the first are checked."""
    pointer, place = f"{at}/responseHeaders", _headers_place(at)
    count = sum(1 if isinstance(value, str) else len(value) for value in given.values())
    if count > MAXIMUM_HEADERS:
        message = f"{place}: expected at most {MAXIMUM_HEADERS} headers, got {count}"
        yield _fault(pointer, "maxProperties", message)
    size_bytes = sum(len(each.name.encode()) + len(each.value.encode()) + 4 for each in headers)
    if size_bytes > MAXIMUM_HEADER_BYTES:
        message = f"{place}: expected at most {MAXIMUM_HEADER_BYTES} bytes of headers, got {size_bytes}"
        yield _fault(pointer, "maxLength", message)
        return
    for name in islice((name for name, values in given.items() if values == []), MAXIMUM_HEADERS):
        message = f"{place}[{quote(name)}]: expected a value, or a list of at least one"
        yield _fault(f"{pointer}/{escape_token(name)}", "minItems", message)
    for header in headers:
        yield from _check_header(header)


def find_content_type(
    content_type: str | UnsetType, headers: Sequence[GivenHeader], at: str
) -> tuple[str, list[Violation]]:
    """Returns the content type that the field and the headers name, and what is wrong with it."""
    pointer = f"{at}/contentType"
    place = show_pointer(pointer)
    given = [each for each in headers if each.name.lower() == "content-type"][:MAXIMUM_HEADERS]
    if content_type is UNSET:
        content_type = DEFAULT_CONTENT_TYPE
        if given:
            content_type, place, pointer = given[0].value, given[0].place, given[0].pointer
    faults = [
        each.fault(
            "contradiction",
            f"{each.place}: {quote(each.value)} contradicts {place} {quote(content_type)}; give one",
        )
        for each in given
        if each.value != content_type
    ]
    if content_type and not MEDIA_TYPE.fullmatch(content_type):
        expected = "expected a media type such as application/json, or an empty text to send no Content-Type"
        faults.append(_fault(pointer, "media-type", f"{place}: {expected}, got {quote(content_type)}"))
    return content_type, faults


def without_content_type(headers: Sequence[GivenHeader]) -> tuple[tuple[str, str], ...]:
    """The headers without Content-Type."""
    return tuple((each.name, each.value) for each in headers if each.name.lower() != "content-type")


def show_number(value: int) -> str:
    return str(value) if abs(value) < 10**18 else "one of more than 18 digits"


def _check_number(value: int, allowed: range, pointer: str, hint: str = "") -> Iterator[Violation]:
    if value not in allowed:
        expected = f"expected an integer from {allowed[0]} to {allowed[-1]}"
        yield _fault(pointer, "range", f"{show_pointer(pointer)}: {expected}, got {show_number(value)}{hint}")


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


def _headers_place(at: str) -> str:
    return show_pointer(f"{at}/responseHeaders")


def _fault(pointer: str, rule: str, message: str) -> Violation:
    return Violation(location="body", pointer=pointer, rule=rule, message=message)
