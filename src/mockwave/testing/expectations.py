"""Expectations of tests on requests, how a request differs from one, and how failures describe that.

Of the requests that do not fit, the ones with the fewest differences are shown, which the test probably meant.
"""

import json as json_format
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote

from msgspec import UNSET, Struct

from mockwave.model import LogEntry

SHOWN_REQUESTS = 10
SHOWN_CHARACTERS = 200

_PLACEHOLDER = re.compile(r"\{[^{}]*\}|\*\*")


class Expectation(Struct, frozen=True):
    """Conditions on a request; None (UNSET for `json`, which may be null) holds for any."""

    method: str | None = None
    path: str | None = None
    status: int | None = None
    query: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    json: Any = UNSET
    body: str | None = None

    def find_differences(self, entry: LogEntry) -> list[str]:
        """The differences of the request, a line for each; none if it fits."""
        differences = []
        if self.method is not None and entry.request_method != self.method.upper():
            differences.append(f"method is {entry.request_method}, expected {self.method.upper()}")
        if self.path is not None and not fits_path(entry.request_path, self.path):
            differences.append(f"path is {entry.request_path}, expected {self.path}")
        if self.status is not None and entry.response_status_code != self.status:
            differences.append(f"status is {entry.response_status_code}, expected {self.status}")
        differences += self._compare_query(entry)
        differences += self._compare_headers(entry)
        differences += self._compare_body(entry)
        return differences

    def describe(self) -> str:
        words = [self.method.upper() if self.method else "any method", self.path or "any path"]
        words += [f"status {self.status}"] if self.status is not None else []
        words += [f"query {dict(self.query)}"] if self.query else []
        words += [f"headers {dict(self.headers)}"] if self.headers else []
        words += [f"json {shorten(write_json(self.json))}"] if self.json is not UNSET else []
        words += [f"body {shorten(repr(self.body))}"] if self.body is not None else []
        return " ".join(words)

    def _compare_query(self, entry: LogEntry) -> list[str]:
        query = "" if entry.request_query is UNSET else entry.request_query
        sent = parse_qs(query, keep_blank_values=True) if self.query else {}
        return [
            f"query parameter {name} is {', '.join(map(repr, sent[name])) if name in sent else 'absent'},"
            f" expected {value!r}"
            for name, value in (self.query or {}).items()
            if str(value) not in sent.get(name, ())
        ]

    def _compare_headers(self, entry: LogEntry) -> list[str]:
        sent = {name.lower(): value for name, value in entry.request_headers.items()}
        return [
            f"header {name} is {repr(sent[name.lower()]) if name.lower() in sent else 'absent'}, expected {value!r}"
            for name, value in (self.headers or {}).items()
            if sent.get(name.lower()) != value
        ]

    def _compare_body(self, entry: LogEntry) -> list[str]:
        body = "" if entry.request_body is UNSET else entry.request_body
        if self.body is not None and body != self.body:
            return [f"body is {shorten(repr(body))}, expected {shorten(repr(self.body))}"]
        if self.json is UNSET:
            return []
        try:
            sent = json_format.loads(body)
        except ValueError:
            return [f"body is not JSON: {shorten(repr(body))}" if body else "there is no body"]
        if is_same_json(sent, self.json):
            return []
        return [f"json is {shorten(write_json(sent))}, expected {shorten(write_json(self.json))}"]


def fits_path(sent: str, wanted: str) -> bool:
    """Whether a path, as sent, is the wanted one: literally, by its decoded text, or by a route's template."""
    if sent == wanted or unquote(sent) == wanted:
        return True
    pieces = _PLACEHOLDER.split(wanted)
    if len(pieces) == 1:
        return False
    found = _PLACEHOLDER.findall(wanted)
    pattern = re.escape(pieces[0])
    for placeholder, piece in zip(found, pieces[1:], strict=True):
        is_rest = placeholder == "**" or placeholder.endswith(":*}")
        pattern += (".*" if is_rest else "[^/]+") + re.escape(piece)
    return re.fullmatch(pattern, sent) is not None


def is_same_json(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal: 1 equals 1.0, but true does not equal 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(is_same_json(left[name], right[name]) for name in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(is_same_json, left, right))
    return bool(left == right)


def explain_count(wanted: Expectation, times: int | None, found: Sequence[LogEntry], log: Sequence[LogEntry]) -> str:
    """Explains why the number of requests is not the expected one, with the nearest requests."""
    expected = "at least one request" if times is None else f"{times} request{'' if times == 1 else 's'}"
    lines = [f"expected {expected} {wanted.describe()}, got {len(found)}"]
    if found and times is not None and len(found) > times:
        return "\n".join([*lines, describe_requests(found, "they are")])
    fitting = {entry.id for entry in found}
    others = [(wanted.find_differences(entry), entry) for entry in log if entry.id not in fitting]
    others.sort(key=lambda other: len(other[0]))
    if not others:
        return "\n".join([*lines, "there were no others" if found else "there was no request at all"])
    lines.append(f"nearest of {len(others)} others:" if len(others) > 1 else "the only other one:")
    for differences, entry in others[:SHOWN_REQUESTS]:
        lines.append(f"  {describe_request(entry)}")
        lines += [f"      {difference}" for difference in differences]
    return "\n".join(lines)


def describe_requests(entries: Sequence[LogEntry], title: str = "requests") -> str:
    """The last requests, a line each."""
    if not entries:
        return "there was no request at all"
    shown = [f"  {describe_request(entry)}" for entry in entries[-SHOWN_REQUESTS:]]
    left_out = len(entries) - len(shown)
    return "\n".join([f"{title}:", *([f"  … {left_out} earlier ones"] if left_out else []), *shown])


def describe_request(entry: LogEntry) -> str:
    query = "" if entry.request_query is UNSET else f"?{entry.request_query}"
    body = f" {shorten(entry.request_body)}" if entry.request_body else ""  # UNSET is false, too
    target = f"{entry.request_path}{shorten(query)}"
    return f"{entry.request_method} {target}{body} → {entry.response_status_code}"


def shorten(text: str) -> str:
    """The text on one line, cut off if it is long."""
    line = text.replace("\r", "\\r").replace("\n", "\\n")
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[:SHOWN_CHARACTERS]}…"


def write_json(value: Any) -> str:
    return json_format.dumps(value, ensure_ascii=False, default=repr)
