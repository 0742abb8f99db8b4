"""LogEntries as the app shows them: a HAR 1.2 log, oldest entry first, each with a time of its own.

The app's list goes by `startedDateTime`, so no two may have the same: where two requests came in one microsecond, the
later one is a microsecond later. Sizes are those of the request as far as the log knows them.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from mockwave.model import LogEntry
from mockwave.problems import STATUS_TEXTS
from mockwave.timestamps import read_instant, show_time_us

SHOWN_ENTRIES: Final = 1_000
SHOWN_HEADER_BYTES: Final = 4 << 20
"""Of all entries of an answer: those beyond are shown without their headers, the oldest first."""
MAXIMUM_QUERY_FIELDS: Final = 100


def newest_entries(lists: Sequence[Sequence[LogEntry]]) -> list[LogEntry]:
    """The newest of these lists, oldest first; each of them is newest first."""
    entries = [entry for entries in lists for entry in entries]
    entries.sort(key=lambda entry: (entry.timestamp, entry.id))
    return entries[-SHOWN_ENTRIES:]


def har_entries(entries: Sequence[LogEntry], base_url: str) -> Iterable[dict[str, Any]]:
    """The entries, which are oldest first, of a mock whose URL is `base_url`."""
    room = SHOWN_HEADER_BYTES - sum(map(_header_bytes, entries))
    started_us = 0
    for entry in entries:
        shows_headers = room >= 0
        room += 0 if shows_headers else _header_bytes(entry)
        started_us = max(started_us + 1, read_instant(entry.timestamp))
        yield _har_entry(entry, base_url, started_us, shows_headers=shows_headers)


def har_log(entries: Sequence[bytes]) -> bytes:
    """The log of these entries, each JSON already."""
    return b'{"log":{"version":"1.2","creator":{"name":"mockwave","version":"1"},"entries":[%s]}}' % b",".join(entries)


def _har_entry(entry: LogEntry, base_url: str, started_us: int, *, shows_headers: bool) -> dict[str, Any]:
    headers = dict(entry.request_headers) if shows_headers else {}
    query = entry.request_query or ""
    content_length = entry.request_headers.get("content-length", "")
    captured = entry.request_body or ""
    return {
        "startedDateTime": show_time_us(started_us),
        "clientIPAddress": entry.client_address or "",
        "time": entry.response_time_ms or 0,
        "request": {
            "method": entry.request_method,
            "url": f"{base_url}{entry.request_path}" + (f"?{query}" if query else ""),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
            "queryString": [
                {"name": name, "value": value}
                for name, value in parse_qsl(query, keep_blank_values=True, separator="&")[:MAXIMUM_QUERY_FIELDS]
            ],
            "headersSize": _header_bytes(entry),
            "bodySize": int(content_length) if _is_length(content_length) else len(captured.encode()),
        },
        "response": {
            "status": entry.response_status_code,
            "statusText": STATUS_TEXTS.get(entry.response_status_code, ""),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": {"size": -1, "mimeType": ""},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": entry.response_time_ms or 0, "receive": 0},
    }


def _header_bytes(entry: LogEntry) -> int:
    """The size of the head of the request: its first line, its fields, and the line after them."""
    query = len(entry.request_query or "")
    first_line = len(entry.request_method) + len(entry.request_path) + query + bool(query) + len("  HTTP/1.1\r\n")
    return first_line + sum(len(name) + len(value) + 4 for name, value in entry.request_headers.items()) + 2


def _is_length(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
