"""The messages to and from the process that renders templates: frames (`frames.py`) of msgpack.

A job is a RenderJob, then the bytes of the request's body that it announces; its answer is Rendered, Unrenderable or
Broken. Or it is a ReadJob, whose answer is Rendered without texts, or Unrenderable.
"""

from msgspec import Struct

from mockwave.templates import Dialect


class GivenTemplate(Struct, array_like=True):
    """A template; the process keeps it by its text."""

    text: str
    dialect: Dialect


class SentRequest(Struct, array_like=True):
    """The request as it was sent, without its body, for a RequestView."""

    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body_bytes: int | None
    client: str
    path_parameters: dict[str, str]


class RenderJob(Struct, array_like=True, tag=True):
    """Templates to render for one request. `random_seed` seeds generated values; `now` is in seconds since the
    epoch."""

    templates: list[GivenTemplate]
    request: SentRequest
    state: dict[str, str]
    random_seed: int
    now: float
    request_id: str


class ReadJob(Struct, array_like=True, tag=True):
    """Templates to parse, to see whether that works."""

    templates: list[GivenTemplate]


class Rendered(Struct, array_like=True, tag=True):
    """The text of each template, in order, with the memory of the process."""

    texts: list[str]
    resident_bytes: int


class Unrenderable(Struct, array_like=True, tag=True):
    """The template at `index` cannot be parsed or rendered (TemplateError)."""

    index: int
    line: int
    message: str


class Broken(Struct, array_like=True, tag=True):
    """The job failed because of a bug."""

    traceback: str


Job = RenderJob | ReadJob
Answer = Rendered | Unrenderable | Broken
