"""Query strings: from `name=value` pairs, with percent-escapes and `+` decoded (WHATWG URL, urlencoded parsing), to
typed values.

Unknown parameters are ignored; known ones may be given once. Every fault is reported, with the location `query` and the
parameter's name as pointer.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from mockwave.http_grammar import TOKEN_CHARACTER
from mockwave.model import FAULT_NAMES, LogQuery, Violation
from mockwave.pointers import escape_token
from mockwave.problems import Refusal
from mockwave.quoting import quote, summarise
from mockwave.timestamps import read_instant

MAXIMUM_ITEMS = 1000
"""The most items of a page."""
MAXIMUM_OFFSET = 2**63 - 1
MAXIMUM_TEXT_CHARACTERS = 1000
MAXIMUM_SLOW_MS = 999_999_999


class PageQuery(Struct, frozen=True):
    """Which items of a list are wanted; with `limit` None, all from `offset` on."""

    limit: int | None = None
    offset: int = 0

    @property
    def count_with_next(self) -> int:
        """How many items to read to know whether another page follows; -1 for all."""
        return -1 if self.limit is None else self.limit + 1


class RouteQuery(PageQuery, frozen=True):
    """Which routes are wanted: of a `method`, with the `text` in their path, `unused` ones only; whether their `usage`
    is shown; and whether what they answer is left out (`brief`)."""

    method: str | None = None
    text: str = ""
    unused: bool = False
    usage: bool = False
    brief: bool = False


class FigureQuery(Struct, frozen=True):
    """Since when figures are wanted (None: the last quarter of an hour), and in which steps."""

    since_us: int | None = None
    step_s: int = 5


class StateQuery(Struct, frozen=True, kw_only=True):
    """Which state of rules is wanted; None for any. An empty key is that of rules without one."""

    limit: int = 50
    offset: int = 0
    kind: str | None = None
    name: str | None = None
    key: str | None = None
    route_id: str | None = None


# From a text to the fields of a LogQuery or PageQuery; ValueError says what was expected.
FieldReader = Callable[[str], dict[str, Any]]


def read_query(query: bytes, names: Iterable[str]) -> dict[str, str]:
    """Reads the values of those parameters `names` that are present. Raises Refusal if one repeats or is not UTF-8."""
    if not query:
        return {}
    known = frozenset(names)
    values: dict[str, str] = {}
    repeated: set[str] = set()
    violations = []
    for pair in query.split(b"&"):
        name_bytes, _, value_bytes = pair.partition(b"=")
        name = _decode(name_bytes).decode(errors="replace")
        if name not in known:
            continue
        if name in values and name not in repeated:
            repeated.add(name)
            violations.append(_violation(name, "repeated", f"{name}: given more than once; give it once"))
        try:
            values[name] = _decode(value_bytes).decode()
        except UnicodeDecodeError:
            violations.append(_violation(name, "encoding", f"{name}: its percent-escapes are not UTF-8 text"))
            values[name] = ""
    if violations:
        raise _refuse(violations)
    return values


def read_log_query(query: bytes) -> LogQuery:
    """The query of `GET …/logs`. Raises Refusal with every fault."""
    return LogQuery(**_read_fields(query, LOG_PARAMETERS))


def read_page_query(query: bytes) -> PageQuery:
    """The query of a list in pages. Raises Refusal with every fault."""
    return PageQuery(**_read_fields(query, PAGE_PARAMETERS))


def read_route_query(query: bytes) -> RouteQuery:
    """The query of `GET …/routes`. Raises Refusal with every fault."""
    return RouteQuery(**_read_fields(query, ROUTE_PARAMETERS))


def read_figure_query(query: bytes) -> FigureQuery:
    """The query of `GET …/figures`. Raises Refusal with every fault."""
    return FigureQuery(**_read_fields(query, FIGURE_PARAMETERS))


_TOKEN = re.compile(TOKEN_CHARACTER + "{1,100}")
_STATUS = re.compile(r"([1-9])([0-9][0-9]|xx)", re.IGNORECASE)


def read_state_query(query: bytes) -> StateQuery:
    """The query of `GET …/state`. Raises Refusal with every fault."""
    return StateQuery(**_read_fields(query, STATE_PAGE_PARAMETERS))


def read_state_choice(query: bytes) -> StateQuery:
    """The query of `DELETE …/state`. It also raises Refusal for an unknown parameter, since the state that it was meant
    to spare would be lost."""
    named = {_decode(pair.partition(b"=")[0]).decode(errors="replace") for pair in query.split(b"&") if pair}
    unknown = sorted(named - STATE_PARAMETERS.keys())
    if unknown:
        known = ", ".join(STATE_PARAMETERS)
        raise _refuse(
            [_violation(name, "unknown", f"{name[:100]}: is unknown here; known are {known}") for name in unknown[:20]]
        )
    return StateQuery(**_read_fields(query, STATE_PARAMETERS))


def _read_integer(name: str, lowest: int, highest: int) -> FieldReader:
    def read(text: str) -> dict[str, Any]:
        if not re.fullmatch(r"-?[0-9]{1,30}", text) or not lowest <= int(text) <= highest:
            raise ValueError(f"expected an integer from {lowest} to {highest}")
        return {name: int(text)}

    return read


def _read_method(text: str) -> dict[str, Any]:
    if not _TOKEN.fullmatch(text):
        raise ValueError("expected an HTTP method")
    return {"method": text.upper()}


def _read_path(text: str) -> dict[str, Any]:
    if not text.startswith("/"):
        raise ValueError("expected a path that starts with /, or the start of one with * at its end")
    return {"path": text}


def _read_kind(text: str) -> dict[str, Any]:
    if text not in ("scenario", "rule"):
        raise ValueError("expected scenario or rule")
    return {"kind": text}


def _read_status(text: str) -> dict[str, Any]:
    found = _STATUS.fullmatch(text)
    if found is None:
        raise ValueError("expected a status code such as 404, or a class of them such as 4xx")
    if found[2].lower() == "xx":
        status_class = int(found[1]) * 100
        return {"status_from": status_class, "status_to": status_class + 100}
    return {"status_from": int(text), "status_to": int(text) + 1}


def _read_boolean(name: str) -> FieldReader:
    def read(text: str) -> dict[str, Any]:
        if text not in ("true", "false"):
            raise ValueError("expected true or false")
        return {name: text == "true"}

    return read


def _read_slower_than(text: str) -> dict[str, Any]:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,20})?([eE]-?[0-9]{1,3})?", text) or float(text) > MAXIMUM_SLOW_MS:
        raise ValueError(f"expected milliseconds, such as 250, up to {MAXIMUM_SLOW_MS}")
    return {"slower_than_us": round(float(text) * 1000)}


def _read_text(text: str) -> dict[str, Any]:
    if not 0 < len(text) <= MAXIMUM_TEXT_CHARACTERS:
        raise ValueError(f"expected 1 to {MAXIMUM_TEXT_CHARACTERS} characters")
    return {"text": text}


def _read_step(text: str) -> dict[str, Any]:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 86_400:
        raise ValueError("expected seconds, from 1 to 86400")
    return {"step_s": int(text)}


def _read_fault(text: str) -> dict[str, Any]:
    if text not in (*FAULT_NAMES, "*"):
        raise ValueError(f"expected * for any, or one of {', '.join(FAULT_NAMES)}")
    return {"fault": text}


PAGE_PARAMETERS: dict[str, FieldReader] = {
    "limit": _read_integer("limit", 1, MAXIMUM_ITEMS),
    "offset": _read_integer("offset", 0, MAXIMUM_OFFSET),
}

STATE_PARAMETERS: dict[str, FieldReader] = {
    "kind": _read_kind,
    "name": lambda text: {"name": text},
    "key": lambda text: {"key": text},
    "routeId": lambda text: {"route_id": text},
}

STATE_PAGE_PARAMETERS: dict[str, FieldReader] = {**PAGE_PARAMETERS, **STATE_PARAMETERS}

ROUTE_PARAMETERS: dict[str, FieldReader] = {
    **PAGE_PARAMETERS,
    "method": _read_method,
    "q": _read_text,
    "unused": _read_boolean("unused"),
    "usage": _read_boolean("usage"),
    "brief": _read_boolean("brief"),
}

LOG_PARAMETERS: dict[str, FieldReader] = {
    **PAGE_PARAMETERS,
    "method": _read_method,
    "path": _read_path,
    "routeId": lambda text: {"route_id": text},
    "matched": _read_boolean("matched"),
    "rule": lambda text: {"rule": text},
    "fault": _read_fault,
    "status": _read_status,
    "since": lambda text: {"since_us": read_instant(text)},
    "until": lambda text: {"until_us": read_instant(text)},
    "slowerThan": _read_slower_than,
    "text": _read_text,
}

FIGURE_PARAMETERS: dict[str, FieldReader] = {
    "since": lambda text: {"since_us": read_instant(text)},
    "step": _read_step,
}


def _read_fields(query: bytes, parameters: Mapping[str, FieldReader]) -> dict[str, Any]:
    """Reads the fields of these parameters from the query. Raises Refusal with every fault."""
    fields: dict[str, Any] = {}
    violations = []
    for name, text in read_query(query, parameters).items():
        try:
            fields |= parameters[name](text)
        except ValueError as fault:
            violations.append(_violation(name, "format", f"{name}: {fault}, got {quote(text)}"))
    if violations:
        raise _refuse(violations)
    return fields


def _decode(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _violation(name: str, rule: str, message: str) -> Violation:
    return Violation(location="query", pointer=f"/{escape_token(name)}", rule=rule, message=message)


def _refuse(violations: list[Violation]) -> Refusal:
    return Refusal(400, "invalid-query", summarise(violations, "the query"), violations)
