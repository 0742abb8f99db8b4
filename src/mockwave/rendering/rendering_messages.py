"""What the process that renders templates is told, and what it answers: frames (`frames.py`) of msgpack.

A job is a RenderJob, then as many bytes as it says of the request's body; its answer is Rendered, Unrenderable or
Broken. Or it is a ReadJob, whose answer is Rendered with no texts, or Unrenderable.
"""

from msgspec import Struct

from mockwave.templates import Dialect


class GivenTemplate(Struct, array_like=True):
    """A template, which the process keeps by its text."""

    text: str
    dialect: Dialect


class SentRequest(Struct, array_like=True):
    """The request as it was sent, without its body: what a RequestView is made of."""

    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body_bytes: int | None
    client: str
    path_parameters: dict[str, str]


class RenderJob(Struct, array_like=True, tag=True):
    """Templates to render for one request. `random_seed` seeds what is made; `now` is in seconds since the epoch."""

    templates: list[GivenTemplate]
    request: SentRequest
    state: dict[str, str]
    random_seed: int
    now: float
    request_id: str


class ReadJob(Struct, array_like=True, tag=True):
    """Templates to read, to see whether they can be."""

    templates: list[GivenTemplate]


class Rendered(Struct, array_like=True, tag=True):
    """The text of each template, in their order, with the memory that the process has come to hold."""

    texts: list[str]
    resident_bytes: int


class Unrenderable(Struct, array_like=True, tag=True):
    """The template at `index` cannot be read or rendered (TemplateError)."""

    index: int
    line: int
    message: str


class Broken(Struct, array_like=True, tag=True):
    """The job was not done for a bug."""

    traceback: str


Job = RenderJob | ReadJob
Answer = Rendered | Unrenderable | Broken
