"""Keys, which tell clients apart, so that each has separate counters and states.

A key names one place of a request: a header, cookie, query parameter, path parameter or JSONPath, or the client's
address. Its value is cut to the size of a key in the shared state, a long one with a digest, so that clients cannot use
more room; it is b"" for a missing value.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from mockwave.bodies.header_values import is_field_name
from mockwave.model import Violation
from mockwave.pointers import pointer_below
from mockwave.rules.conditions.condition import clip
from mockwave.rules.conditions.json_queries import read_path
from mockwave.rules.conditions.matchers import begin_reading
from mockwave.rules.conditions.operators import Reading, text_of
from mockwave.rules.request_view import NotJson, RequestView
from mockwave.rules.step_budget import OutOfSteps
from mockwave.state.states import fit_key

FindText = Callable[[RequestView], str | None]


class Key:
    """A key; this base class is the same for all requests. `needs_body` if the key is in the body."""

    __slots__ = ("_find", "needs_body")

    def __init__(self, find: FindText | None = None, *, needs_body: bool = False) -> None:
        self._find = find
        self.needs_body = needs_body

    def of(self, view: RequestView) -> bytes:
        """The key's value in the form of the shared state; b"" if there is none."""
        text = None if self._find is None else self._find(view)
        return b"" if text is None else fit_key(text)


NO_KEY: Final = Key()


def compile_key(key: Any, *, at: str, path_parameters: Collection[str] | None, faults: list[Violation]) -> Key:
    """Compiles `key`, whose pointer in the body is `at`. Faults are appended to `faults`.

    `path_parameters` are the names of the route's parameters; None if unknown.
    """
    reading = begin_reading(faults)
    if key == "client":
        return Key(lambda view: view.client or None)
    if not isinstance(key, dict):
        reading.refuse_type(at, 'an object with a place, like {"header": "X-Session"}, or "client"', key)
        return NO_KEY
    if len(key) != 1:
        reading.refuse(at, "oneOf", f"a key names one place: {', '.join(READERS)}")
        return NO_KEY
    ((kind, name),) = key.items()
    below = pointer_below(at, kind)
    read = READERS.get(kind)
    if read is None:
        reading.refuse_unknown(below, kind, "key", list(READERS))
        return NO_KEY
    if not isinstance(name, str) or not name:
        reading.refuse(below, "type", "expected a name, not an empty text")
        return NO_KEY
    return read(reading, name, below, path_parameters)


def _read_header(reading: Reading, name: str, at: str, known: Collection[str] | None) -> Key:
    if not is_field_name(name):
        reading.refuse(at, "never", f"no header can be called {clip(name)!r}")
    raw = name.lower().encode("utf-8", "replace")
    return Key(lambda view: _join(view.values_of_header(raw)))


def _read_cookie(reading: Reading, name: str, at: str, known: Collection[str] | None) -> Key:
    if not is_field_name(name):
        reading.refuse(at, "never", f"no cookie can be called {clip(name)!r}")
    return Key(lambda view: view.find_cookie(name))


def _read_query(reading: Reading, name: str, at: str, known: Collection[str] | None) -> Key:
    return Key(lambda view: _join(view.query_values.get(name, ())))


def _read_path_parameter(reading: Reading, name: str, at: str, known: Collection[str] | None) -> Key:
    if known is not None and name not in known:
        there = f"it has {', '.join(sorted(known))}" if known else "it has none"
        reading.refuse(at, "unknown", f"the route has no path parameter {clip(name)!r}; {there}")
    return Key(lambda view: view.path_parameters.get(name))


def _read_json_path(reading: Reading, name: str, at: str, known: Collection[str] | None) -> Key:
    path = read_path(reading, name, at)
    if path is None:
        return NO_KEY

    def find(view: RequestView) -> str | None:
        try:
            found = path.find(view.json, view.steps)
        except (NotJson, OutOfSteps):
            return None
        return "\n".join(map(text_of, found)) if found and found != [None] else None

    return Key(find, needs_body=True)


def _join(values: Sequence[str]) -> str | None:
    """Joins repeated values to one key."""
    return "\n".join(values) if values else None


Read = Callable[[Reading, str, str, Collection[str] | None], Key]

READERS: Final[dict[str, Read]] = {
    "header": _read_header,
    "cookie": _read_cookie,
    "query": _read_query,
    "pathParameter": _read_path_parameter,
    "jsonPath": _read_json_path,
}
