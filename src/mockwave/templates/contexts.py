"""The names that a template can use: the request, the states, the time, generated values. Each is made at its first
use.

    request.method  path  url  pathParameters  pathSegments  query  headers  cookies  body  json  form  client  id
    req.headers  queryParams  pathSegments  body  body.<field>          the request by the names of the Insomnia app
    state.<scenario>      now      faker.<name>      random.<kind>

A missing value is nothing, which writes no text. A repeated field writes its first value, and all values are its items.
The login secret of the Insomnia app is hidden.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Final, Protocol

from mockwave.templates.app_fakers import APP_FAKERS
from mockwave.templates.faker_values import CHANCES, Made, find_any_faker
from mockwave.templates.template_limits import Meter
from mockwave.templates.template_texts import one_or_several

SECRET_HEADERS: Final = frozenset((b"x-session-id",))
APP_BODY_CHARACTERS: Final = 1_000_000
"""The Insomnia app's server shows this much of a body to its templates."""
NOTHING: Final[Mapping[str, str]] = {}
JSON_BYTES_PER_STEP: Final = 100
TEXT_BYTES_PER_STEP: Final = 5_000
QUERY_BYTES_PER_STEP: Final = 20


class SeenRequest(Protocol):
    """A request as templates see it (RequestView of rules/). `body` is None if it was not kept.

    Each of the properties is read at most once; `json` raises ValueError for a body that is not JSON.
    """

    method: str
    path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes | None
    client: str
    path_parameters: Mapping[str, str]

    def count_content(self, most: int) -> int:
        """How many bytes the body has, unpacked; more than `most` where it is more than that."""

    @property
    def content(self) -> bytes: ...
    @property
    def path_text(self) -> str: ...
    @property
    def path_segments(self) -> Sequence[str]: ...
    @property
    def query_values(self) -> Mapping[str, list[str]]: ...
    @property
    def cookies(self) -> Mapping[str, str]: ...
    @property
    def form(self) -> Mapping[str, list[str]]: ...
    @property
    def text(self) -> str: ...
    @property
    def json(self) -> Any: ...


class TemplateContext:
    """The context of one render.

    `random` is the source of generated values; seed it to get the same values again. If `now` is None, it is the time
    of the render.
    """

    __slots__ = ("now", "random", "request_id", "state", "view")

    def __init__(
        self,
        view: SeenRequest,
        state: Mapping[str, str] = NOTHING,
        random: Random | None = None,
        now: datetime | None = None,
        request_id: str = "",
    ) -> None:
        self.view = view
        self.state = state
        self.random = random
        self.now = now
        self.request_id = request_id

    def source(self) -> Random:
        """The source of randomness, which is too costly to be made for templates without generated values."""
        if self.random is None:
            self.random = Random()
        return self.random


Makers = Mapping[str, Callable[[TemplateContext, Meter], Any]]


class Named(dict[str, Any]):
    """Values by name, each made at its first use. As a value itself it is nothing."""

    __slots__ = ("_context", "_makers", "_meter")

    def __init__(self, makers: Makers, context: TemplateContext, meter: Meter) -> None:
        self._makers = makers
        self._context = context
        self._meter = meter

    def __missing__(self, name: str) -> Any:
        value = self[name] = self._makers[name](self._context, self._meter)
        return value

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return ""


class Headers(Mapping[str, str]):
    """The header fields, by name in any case."""

    __slots__ = ("_fields", "_meter")

    def __init__(self, context: TemplateContext, meter: Meter) -> None:
        self._fields = context.view.headers
        self._meter = meter

    def __getitem__(self, name: str) -> str:
        self._meter.spend(1 + len(self._fields) // 20)
        wanted = name.lower().encode("latin-1", "replace")
        found = [value for field, value in self._fields if field == wanted]
        if not found or wanted in SECRET_HEADERS:
            raise KeyError(name)
        return one_or_several([value.decode("latin-1") for value in found])

    def __iter__(self) -> Iterator[str]:
        self._meter.spend(1 + len(self._fields) // 5)
        names = dict.fromkeys(name for name, _ in self._fields if name not in SECRET_HEADERS)
        return iter([name.decode("latin-1") for name in names])

    def __len__(self) -> int:
        return len(list(iter(self)))


class AppBody(str):
    """`req.body`: the text of the body, and its fields, if it has any."""

    __slots__ = ("_context",)
    _context: TemplateContext

    def __new__(cls, context: TemplateContext, meter: Meter) -> "AppBody":
        self = super().__new__(cls, body_text(context, meter)[:APP_BODY_CHARACTERS])
        self._context = context
        meter.spend(len(self) // QUERY_BYTES_PER_STEP)
        return self

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            raise TypeError
        value = read_json(self._context)
        if isinstance(value, dict):
            return value[key]
        return one_or_several(self._context.view.form[key])


def body_text(context: TemplateContext, meter: Meter) -> str:
    """The text of the body; nothing if it was not kept."""
    view = context.view
    if view.body is None:
        return ""
    meter.spend(len(view.content) // TEXT_BYTES_PER_STEP)
    return view.text


def body_json(context: TemplateContext, meter: Meter) -> Any:
    """The body as JSON, None where it is not."""
    meter.spend(len(context.view.content) // JSON_BYTES_PER_STEP)
    return read_json(context)


def read_json(context: TemplateContext) -> Any:
    if not context.view.content:
        return None
    try:
        return context.view.json
    except ValueError:
        return None


def body_form(context: TemplateContext, meter: Meter) -> dict[str, str]:
    """The fields of a form."""
    content = context.view.content
    meter.spend(len(content) // QUERY_BYTES_PER_STEP)
    return {name: one_or_several(values) for name, values in context.view.form.items()} if content else {}


def query_fields(context: TemplateContext, meter: Meter) -> dict[str, str]:
    """The fields of the query."""
    meter.spend(len(context.view.query) // QUERY_BYTES_PER_STEP)
    return {name: one_or_several(values) for name, values in context.view.query_values.items()}


def request_url(context: TemplateContext, meter: Meter) -> str:
    """Path and query."""
    query = context.view.query.decode("latin-1")
    return f"{context.view.path_text}?{query}" if query else context.view.path_text


REQUEST: Final[Makers] = {
    "method": lambda context, _: context.view.method,
    "path": lambda context, _: context.view.path_text,
    "url": request_url,
    "pathParameters": lambda context, _: context.view.path_parameters,
    "pathSegments": lambda context, _: context.view.path_segments,
    "query": query_fields,
    "headers": Headers,
    "cookies": lambda context, _: context.view.cookies,
    "body": body_text,
    "json": body_json,
    "form": body_form,
    "client": lambda context, _: context.view.client,
    "id": lambda context, _: context.request_id,
}
APP_REQUEST: Final[Makers] = {
    "headers": Headers,
    "queryParams": query_fields,
    "pathSegments": lambda context, _: context.view.path_segments,
    "body": AppBody,
}
LIQUID_NAMES: Final[Makers] = {
    "request": lambda context, meter: Named(REQUEST, context, meter),
    "req": lambda context, meter: Named(APP_REQUEST, context, meter),
    "state": lambda context, _: context.state,
    "now": lambda context, _: context.now or datetime.now(UTC),
    "faker": lambda context, meter: Made(context.source(), meter, find_any_faker),
    "random": lambda context, meter: Made(context.source(), meter, CHANCES.get),
}
APP_NAMES: Final[Makers] = {
    "req": lambda context, meter: Named(APP_REQUEST, context, meter),
    "faker": lambda context, meter: Made(context.source(), meter, APP_FAKERS.get),
}
NAMES: Final[dict[str, Makers]] = {"liquid": LIQUID_NAMES, "insomnia": APP_NAMES}
