"""The process that renders templates: jobs on standard input, answers on standard output, one job at a time.

It lives under RLIMIT_AS and, for each job, under a timer of CPU time, which ends it. It ends with its standard input,
at the latest with its parent. It keeps the most recently used templates.
"""

import traceback
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import BinaryIO, Final

import msgspec

from mockwave.processes.job_service import serve_jobs
from mockwave.processes.job_streams import open_job_streams
from mockwave.processes.process_limits import limit_cpu, read_resident_bytes
from mockwave.rendering.rendering_messages import (
    Answer,
    Broken,
    GivenTemplate,
    Job,
    ReadJob,
    Rendered,
    RenderJob,
    Unrenderable,
)
from mockwave.rules.request_view import RequestView
from mockwave.templates import Template, TemplateContext, TemplateError, load_engine

CPU_LIMIT_S: Final = 10.0
"""The CPU time for one job; parsing the longest template takes four seconds of it."""
MAXIMUM_KEPT: Final = 256
MAXIMUM_KEPT_CHARACTERS: Final = 4_000_000


class RenderingProcess:
    """Answers jobs, and keeps templates that it has parsed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Template] = OrderedDict()
        self._kept_characters = 0

    def answer(self, job: Job, source: BinaryIO) -> Iterator[Answer]:
        """Answers a job, whose body, if it has one, is next in `source`."""
        body = None
        if isinstance(job, RenderJob) and job.request.body_bytes is not None:
            body = source.read(job.request.body_bytes)
        limit_cpu(CPU_LIMIT_S)
        yield self._answer(job, body)

    def _answer(self, job: Job, body: bytes | None) -> Answer:
        index = 0
        texts: list[str] = []
        try:
            context = None if isinstance(job, ReadJob) else read_context(job, body)
            for given in job.templates:
                template = self._find(given)
                template.check()
                if context is not None:
                    texts.append(template.render(context))
                index += 1
            return Rendered(texts, read_resident_bytes())
        except TemplateError as error:
            return Unrenderable(index, error.line, error.message)
        except MemoryError:
            return Unrenderable(index, 0, "the template takes more memory than there is for one")
        except Exception:
            return Broken(traceback.format_exc(limit=-12))

    def _find(self, given: GivenTemplate) -> Template:
        key = given.text, given.dialect
        template = self._kept.get(key)
        if template is not None:
            self._kept.move_to_end(key)
            return template
        template = self._kept[key] = Template(given.text, given.dialect)
        self._kept_characters += len(given.text)
        while len(self._kept) > 1 and (
            len(self._kept) > MAXIMUM_KEPT or self._kept_characters > MAXIMUM_KEPT_CHARACTERS
        ):
            _, forgotten = self._kept.popitem(last=False)
            self._kept_characters -= len(forgotten.text)
        return template


def read_context(job: RenderJob, body: bytes | None) -> TemplateContext:
    """The context in which the templates of a job are rendered."""
    sent = job.request
    view = RequestView(
        method=sent.method,
        path=sent.path,
        query=sent.query,
        headers=sent.headers,
        body=body,
        client=sent.client,
        path_parameters=sent.path_parameters,
        request_id=job.request_id,
    )
    return TemplateContext(
        view, job.state, Random(job.random_seed), datetime.fromtimestamp(job.now, UTC), job.request_id
    )


def main() -> None:
    """Serves jobs. The arguments are those of `job_streams.py`."""
    source, sink = open_job_streams()
    load_engine()
    serve_jobs(source, sink, msgspec.msgpack.Decoder(Job).decode, RenderingProcess().answer)


if __name__ == "__main__":
    main()
