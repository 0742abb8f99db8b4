"""LogEntry → RequestView: a request on record, as conditions see it.

What the log does not keep, a condition cannot tell: secrets stand as `[redacted]`, bodies are there with
`captureBodies` alone, compressed ones if they are whole, and of a repeated header the values are one, joined. Of a body
that is cut, what its rest may change cannot be told.
"""

from collections.abc import Mapping

from msgspec import UNSET

from mockwave._matcher import Match, Matcher
from mockwave.bodies.content_codings import read_codings
from mockwave.model import LogEntry
from mockwave.paths import parse_path
from mockwave.rules.request_view import RequestView

MAXIMUM_KEPT = 1024
LONGEST_KEPT_BYTES = 65536
"""Of a body; it may end a character earlier (MAX_PART_BYTES of the ring)."""

RoutePaths = Mapping[str, str]
"""Route id → path."""


class LoggedRequests:
    """Makes views of a server's entries; `paths` are those of its routes, for the path parameters."""

    def __init__(self, paths: RoutePaths) -> None:
        self._paths = paths
        self._matchers: dict[str, Matcher[str]] = {}

    def view(self, entry: LogEntry) -> RequestView:
        view = RequestView(
            method=entry.request_method,
            path=entry.request_path.encode(),
            query=b"" if entry.request_query is UNSET else entry.request_query.encode(),
            headers=[(name.encode(), value.encode()) for name, value in entry.request_headers.items()],
            body=find_body(entry),
            client="" if entry.client_address is UNSET else entry.client_address,
            path_parameters=self._find_parameters(entry),
            request_id=entry.id,
        )
        view.is_cut = entry.truncated is True and view.body is not None and len(view.body) > LONGEST_KEPT_BYTES - 4
        return view

    def _find_parameters(self, entry: LogEntry) -> Mapping[str, str]:
        path = None if entry.route_id is UNSET else self._paths.get(entry.route_id)
        if path is None or "{" not in path:
            return {}
        matcher = self._matchers.get(path)
        if matcher is None:
            if len(self._matchers) >= MAXIMUM_KEPT:
                self._matchers.clear()
            matcher = self._matchers[path] = Matcher([("GET", parse_path(path), path)])
        sent = entry.request_path.encode()
        # The route's path may stand below a base path of its document, whose length is unknown.
        while sent:
            found = matcher.match("GET", sent)
            if isinstance(found, Match):
                return found.parameters()
            start = sent.find(b"/", 1)
            sent = b"" if start < 0 else sent[start:]
        return {}


def find_body(entry: LogEntry) -> bytes | None:
    """The bytes of the body; None where they were not kept, or cannot be told by what was."""
    if entry.request_body is UNSET:
        return None
    codings = next((value for name, value in entry.request_headers.items() if name.lower() == "content-encoding"), "")
    if not read_codings(codings):
        return entry.request_body.encode()
    if entry.truncated is True:
        return None
    try:
        return entry.request_body.encode("latin-1")  # as the log shows what is not text
    except UnicodeEncodeError:
        return entry.request_body.encode()
