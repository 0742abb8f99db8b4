"""Renders templates in a separate process, so that none can slow down, exhaust or crash a worker.

Each worker has one process, started at the first job and kept warm, at which mock servers take turns (`turns.py`):
costly templates of one delay the others by at most one job. Whatever happens to the process, the caller gets the texts,
a TemplateError, or a Refusal with 503 if too many wait.
"""

import asyncio
import logging
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from random import SystemRandom

import msgspec

from mockwave.processes.job_limits import IDLE_S, JobLimits
from mockwave.processes.job_runner import JobFailed
from mockwave.processes.job_turns import JobTurns
from mockwave.processes.warm_process import receive_answer, send_job
from mockwave.rendering.rendering_messages import (
    Answer,
    Broken,
    GivenTemplate,
    ReadJob,
    Rendered,
    RenderJob,
    SentRequest,
    Unrenderable,
)
from mockwave.templates import Template, TemplateContext, TemplateError, engine_is_loaded, load_engine

logger = logging.getLogger(__name__)

decode_answer: Callable[[bytes], Answer] = msgspec.msgpack.Decoder(Answer).decode
encode_job = msgspec.msgpack.Encoder().encode

BUSY = "rendering-busy", "too many templates wait to be rendered; send it again later"


class Renderer:
    """Renders templates one request at a time."""

    def __init__(self, limits: JobLimits | None = None, idle_s: float = IDLE_S) -> None:
        self._jobs = JobTurns(
            limits or JobLimits(),
            "mockwave.rendering.rendering_process",
            "the process that renders templates",
            idle_s=idle_s,
            busy=BUSY,
        )
        self._seeds = SystemRandom()
        self._loading: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int | None:
        """The process id of the rendering process, or None."""
        return self._jobs.process_id

    async def render(self, owner: str, templates: Sequence[Template], context: TemplateContext) -> list[str]:
        """Renders the templates for one request to `owner`, a mock server.

        Raises TemplateError, and Refusal with 503 if too many wait.
        """
        self._load_engine()
        view = context.view
        body = view.body
        job = RenderJob(
            [GivenTemplate(template.text, template.dialect) for template in templates],
            SentRequest(
                view.method,
                view.path,
                view.query,
                list(view.headers),
                None if body is None else len(body),
                view.client,
                dict(view.path_parameters),
            ),
            dict(context.state),
            self._seeds.getrandbits(63) if context.random is None else context.random.getrandbits(63),
            time.time() if context.now is None else context.now.timestamp(),
            context.request_id,
        )
        rendered = await self._take_turn(owner, job, body or b"")
        return rendered.texts

    async def check(self, owner: str, template: Template) -> TemplateError | None:
        """Says what is wrong with the template, if anything. Raises Refusal with 503 if too many wait."""
        try:
            await self._take_turn(owner, ReadJob([GivenTemplate(template.text, template.dialect)]), b"")
        except TemplateError as fault:
            return fault
        return None

    async def close(self) -> None:
        """Ends the process, and with it the job in progress."""
        await self._jobs.close()

    def _load_engine(self) -> None:
        """Loads the template engine in the worker itself, for short templates."""
        if self._loading is None and not engine_is_loaded():
            self._loading = asyncio.ensure_future(asyncio.to_thread(load_engine))

    async def _take_turn(self, owner: str, job: RenderJob | ReadJob, body: bytes) -> Rendered:
        try:
            answer = await self._jobs.run(owner, len(body), lambda process: exchange(process, job, body))
        except JobFailed as failed:
            if failed.limit is not None:
                raise TemplateError(0, f"the template takes more {failed.limit} than there is for one") from None
            logger.error("the process that renders templates ended %s", failed.how)
            message = "the template was not rendered: the process that renders templates ended"
            raise TemplateError(0, message) from None
        match answer:
            case Rendered():
                return answer
            case Unrenderable():
                raise TemplateError(answer.line, answer.message)
            case Broken():
                logger.error("rendering a template failed:\n%s", answer.traceback)
                raise TemplateError(
                    0, "the template was not rendered because of a fault of mockwave, which is in its log"
                )


async def exchange(process: Process, job: RenderJob | ReadJob, body: bytes) -> tuple[Answer, int | None]:
    """Returns the process's answer, and its memory in bytes, if it says so."""
    await send_job(process, encode_job(job), body)
    answer = decode_answer(await receive_answer(process))
    match answer:
        case Rendered():
            return answer, answer.resident_bytes
        case Unrenderable():
            return answer, 0
        case Broken():
            return answer, None
