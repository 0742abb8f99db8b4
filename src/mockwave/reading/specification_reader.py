"""Reads specifications in a process of their own, so that no document can slow down, exhaust or crash a worker.

One process per worker, started at the first job, kept warm for the next, and ended when idle, when it has grown large,
or when a job went wrong in it. Jobs wait for each other. Whatever happens to the process, the caller gets an Import or
a SpecificationError that says what to do: a document beyond a limit is ReadingLimitExceeded, and so is a process that
the kernel killed for one; a crash is a SpecificationError. The frames are those of `reading_messages`.
"""

import asyncio
import contextlib
import logging
import signal
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import msgspec

from mockwave.answers.exported_servers import WrittenFile
from mockwave.answers.imported import Import, Operation, Problem, SpecificationError
from mockwave.answers.imported_servers import ImportedServer, ImportOptions
from mockwave.answers.parts import MAXIMUM_PART_BYTES
from mockwave.answers.sampled_requests import SampledRequest, SampleWish
from mockwave.pauses import Pauses
from mockwave.processes.frames import cut_into_slices, frame_head, make_frame
from mockwave.processes.job_runner import JobFailed, JobRunner, ProcessUnavailable
from mockwave.processes.process_limits import count_kernel_kills, limited_memory
from mockwave.processes.warm_process import receive_answer, sending
from mockwave.reading.readers import ReadMocks, ReadText
from mockwave.reading.reading_limits import Limit, ReadingInterrupted, ReadingLimitExceeded
from mockwave.reading.reading_messages import (
    OUTPUT_FACTOR,
    Again,
    Answer,
    AnyJob,
    Batch,
    Compressed,
    Done,
    ExportAnswer,
    ExportDone,
    ExportJob,
    Failed,
    FileText,
    ImportAnswer,
    ImportDone,
    ImportJob,
    Job,
    SampleAnswer,
    SampleJob,
    ServerHead,
    ServerRoutes,
    ServerText,
    unpack_operation,
)
from mockwave.reading.source_texts import NotAString, SourceText
from mockwave.settings import MAX_SPECIFICATION_BYTES

MEMORY_LIMIT_BYTES: Final = 1 << 30
CPU_LIMIT_S: Final = 30
SAMPLE_CPU_LIMIT_S: Final = 5
WALL_LIMIT_S: Final = 90.0  # the process has a low priority: busy cores stretch its time
LEAST_OUTPUT_BYTES: Final = 64 << 20  # that may come out of any document; of a large one more (`OUTPUT_FACTOR`)
IDLE_S: Final = 60.0
HALVED_BYTES: Final = 16 << 20
"""A text from this size on is read by two processes at once. On any machine: values of schemas that hold each other
depend on which is met first, so those of a half are not always those of the whole."""
MAXIMUM_EXPORT_BYTES: Final = 256 << 20
PIECE_BYTES: Final = 1 << 17

Result = TypeVar("Result")

logger = logging.getLogger(__name__)

decode_answer: Callable[[bytes], Answer] = msgspec.msgpack.Decoder(Answer).decode
decode_import_answer: Callable[[bytes], ImportAnswer] = msgspec.msgpack.Decoder(ImportAnswer).decode
decode_export_answer: Callable[[bytes], ExportAnswer] = msgspec.msgpack.Decoder(ExportAnswer).decode
decode_sample_answer: Callable[[bytes], SampleAnswer] = msgspec.msgpack.Decoder(SampleAnswer).decode
encode_job = msgspec.msgpack.Encoder().encode


class SpecificationReader:
    """Reads texts into Imports, one at a time, each under limits of memory, CPU time and time."""

    def __init__(
        self,
        *,
        memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
        cpu_limit_s: int = CPU_LIMIT_S,
        wall_limit_s: float = WALL_LIMIT_S,
        size_limit_bytes: int = MAX_SPECIFICATION_BYTES,
        least_output_bytes: int = LEAST_OUTPUT_BYTES,
        idle_s: float = IDLE_S,
        halved_bytes: int = HALVED_BYTES,
    ) -> None:
        self._memory_limit_bytes = limited_memory(memory_limit_bytes)
        self._is_memory_limited_outside = self._memory_limit_bytes < memory_limit_bytes
        self._cpu_limit_s = cpu_limit_s
        self._wall_limit_s = wall_limit_s
        self._size_limit_bytes = size_limit_bytes
        self._least_output_bytes = least_output_bytes
        self._halved_bytes = halved_bytes
        self._turn = asyncio.Lock()
        self._runner = JobRunner(
            "mockwave.reading.reading_process",
            "the process that reads specifications",
            memory_bytes=self._memory_limit_bytes,
            wall_s=wall_limit_s,
            idle_s=idle_s,
            start_s=0,
        )

    async def prepare(self) -> None:
        """Start the process, which takes a quarter of a second, while its text is still on the way."""
        async with self._turn:
            with contextlib.suppress(ProcessUnavailable):  # whoever reads will be told
                await self._runner.prepare()

    async def read(self, source: SourceText, *, use_examples: bool, pauses: Pauses | None = None) -> ReadText:
        """The Import of the text, which is sent with pauses. Raises SpecificationError, or its kind
        ReadingLimitExceeded; NotAString."""
        self._refuse_size(source)
        job = Job(
            source.form,
            use_examples,
            self._cpu_limit_s,
            self._size_limit_bytes,
            self._halved_bytes,
            self._least_output_bytes,
        )
        return await self._do(job, source, pauses, lambda process: self._receive(process, source))

    async def read_mocks(
        self, source: SourceText, options: ImportOptions, engine_faults: Sequence[str], *, pauses: Pauses | None = None
    ) -> ReadMocks:
        """The servers that a file of mocks describes, which may be compressed, or an archive. Raises as `read`."""
        self._refuse_size(source)
        job = ImportJob(
            options, tuple(engine_faults), self._cpu_limit_s, self._size_limit_bytes, self._least_output_bytes
        )
        return await self._do(job, source, pauses, self._receive_mocks)

    async def write_file(self, lines: Sequence[bytes], *, pauses: Pauses | None = None) -> WrittenFile:
        """The file that the lines of a mock server stand for. Raises SpecificationError."""
        job = ExportJob(self._cpu_limit_s, MAXIMUM_EXPORT_BYTES)
        return await self._do(job, SourceText("plain", lines), pauses, self._receive_file)

    async def sample_request(self, wish: SampleWish) -> SampledRequest:
        """A valid request for a route. Raises SpecificationError."""
        source = SourceText("plain", [encode_job(wish)])
        job = SampleJob(SAMPLE_CPU_LIMIT_S, self._size_limit_bytes)
        return await self._do(job, source, None, self._receive_request)

    def _refuse_size(self, source: SourceText) -> None:
        """Raises ReadingLimitExceeded where the text is too long to be sent at all."""
        if source.form == "plain" and sum(map(len, source.pieces)) > self._size_limit_bytes:
            raise self._exceeded("size")

    async def _do(
        self,
        job: AnyJob,
        source: SourceText,
        pauses: Pauses | None,
        receive: Callable[[Process], Awaitable[tuple[Result, int]]],
    ) -> Result:
        """What is received of the job."""
        async with self._turn:
            kernel_kills = count_kernel_kills()
            try:
                result = await self._runner.run(
                    lambda process, _: self._exchange(process, job, source, pauses, receive)
                )
            except ProcessUnavailable as unavailable:
                raise cannot_be_read(unavailable) from unavailable.reason
            except JobFailed as failed:
                raise self._explain_end(failed, kernel_kills) from None
        if isinstance(result, Exception):
            raise result
        return result

    async def close(self) -> None:
        """End the process, and with it the job in progress."""
        await self._runner.close()

    @property
    def process_id(self) -> int | None:
        """The process id of the reading process; None while there is none."""
        return self._runner.process_id

    def _exceeded(self, limit: Limit, time: str = "") -> ReadingLimitExceeded:
        """`time`: which of the limits of time it was, if it was not that of CPU time."""
        outside = " of the server's own process (ulimit -v)" if self._is_memory_limited_outside else ""
        reasons: dict[Limit, str] = {
            "time": f"reading the document takes more than {time or f'{self._cpu_limit_s} s of CPU time'}, "
            "which is the limit",
            "memory": f"reading the document takes more than {self._memory_limit_bytes >> 20} MiB of memory, which is "
            f"the limit{outside}",
            "size": f"the document takes more than {self._size_limit_bytes} bytes, which is the limit",
            "part": f"one body made of the document takes more than {MAXIMUM_PART_BYTES >> 20} MiB, which is the limit",
            "output": f"what is made of the document takes more than {OUTPUT_FACTOR} times its size and more than "
            f"{self._least_output_bytes >> 20} MiB, which is the limit (--max-import-bytes)",
        }
        way_out = (
            "start the server with a higher one" if limit == "memory" and outside else "split it or leave parts out"
        )
        return ReadingLimitExceeded(limit, f"{reasons[limit]}; {way_out}")

    async def _exchange(
        self,
        process: Process,
        job: AnyJob,
        source: SourceText,
        pauses: Pauses | None,
        receive: Callable[[Process], Awaitable[tuple[Result, int]]],
    ) -> tuple[Result | Exception, int | None]:
        """What comes of the job, be it the fault of a text, and the memory that the process has come to hold; None
        where it may not be kept."""
        async with sending(self._send_job(process, job, source, pauses)):
            try:
                return await receive(process)
            except ReadingLimitExceeded as exceeded:
                return exceeded, None
            except (SpecificationError, NotAString) as fault:
                return fault, 0

    async def _receive(self, process: Process, source: SourceText) -> tuple[ReadText, int]:
        compressed = list(source.pieces) if source.form == "zlib" else []
        operations: tuple[list[Operation], list[Operation]] = [], []  # of each half
        parts: list[bytes] = []
        while True:
            answer = decode_answer(await receive_answer(process))
            match answer:
                case Compressed():
                    compressed.append(answer.data)
                case Batch():
                    answer.parts.put_into(parts)
                    operations[answer.half].extend(unpack_operation(packed, parts) for packed in answer.operations)
                case Again():
                    operations, parts = ([], []), []
                case Done():
                    imported = Import(
                        answer.dialect,
                        answer.title,
                        answer.base_paths,
                        [*operations[0], *operations[1]],
                        parts,
                        answer.report,
                        answer.keys,
                    )
                    return ReadText(imported, b"".join(compressed)), answer.resident_bytes
                case Failed():
                    raise self._failure(answer)

    async def _receive_mocks(self, process: Process) -> tuple[ReadMocks, int]:
        servers: list[ImportedServer] = []
        texts: list[list[bytes]] = []
        while True:
            answer = decode_import_answer(await receive_answer(process))
            match answer:
                case ServerHead():
                    servers.append(answer.server)
                    texts.append([])
                case ServerRoutes():
                    servers[-1].routes.extend(answer.routes)
                case ServerText():
                    texts[-1].append(answer.data)
                case ImportDone():
                    return ReadMocks(
                        servers, [b"".join(pieces) for pieces in texts], answer.notes
                    ), answer.resident_bytes
                case Failed():
                    raise self._failure(answer)

    async def _receive_file(self, process: Process) -> tuple[WrittenFile, int]:
        pieces: list[bytes] = []
        while True:
            answer = decode_export_answer(await receive_answer(process))
            match answer:
                case FileText():
                    pieces.append(answer.data)
                case ExportDone():
                    file = WrittenFile(
                        content=b"".join(pieces),
                        media_type=answer.media_type,
                        ending=answer.ending,
                        left_out=answer.left_out,
                    )
                    return file, answer.resident_bytes
                case Failed():
                    raise self._failure(answer)

    async def _receive_request(self, process: Process) -> tuple[SampledRequest, int]:
        answer = decode_sample_answer(await receive_answer(process))
        if isinstance(answer, Failed):
            raise self._failure(answer)
        return answer.request, answer.resident_bytes

    async def _send_job(self, process: Process, job: AnyJob, source: SourceText, pauses: Pauses | None) -> None:
        stdin = process.stdin
        assert stdin is not None
        stdin.write(make_frame(encode_job(job)))
        for piece in cut_into_slices(source.pieces, PIECE_BYTES):
            stdin.write(frame_head(len(piece)))
            stdin.write(piece)
            await stdin.drain()
            if pauses is not None:
                await pauses.let_others_run()
        stdin.write(make_frame(b""))
        await stdin.drain()

    def _failure(self, answer: Failed) -> Exception:
        if answer.is_no_string:
            return NotAString()
        if answer.limit:
            return self._exceeded(answer.limit)
        if answer.fault:
            logger.error("reading a specification failed:\n%s", answer.fault)
            message = "the document could not be read for a fault of mockwave itself, which is in the server's log"
            return SpecificationError([Problem("", message)])
        return SpecificationError(answer.problems)

    def _explain_end(self, failed: JobFailed, kernel_kills: int) -> SpecificationError:
        """Why the process ended in the middle of a job, or was ended; `kernel_kills`: those before it began."""
        if failed.status is None:
            return self._exceeded("time", f"{self._wall_limit_s:g} s in all")
        if failed.status == -signal.SIGKILL and count_kernel_kills() == kernel_kills:
            return ReadingInterrupted("the process that read the document was killed by somebody; send it again")
        if failed.limit is not None:
            return self._exceeded(failed.limit)
        logger.error("the process that reads specifications ended %s", failed.how)
        if self._is_memory_limited_outside:  # where even starting may fail, in any way
            return self._exceeded("memory")
        # Its stack is set aside when it starts, so that it is not for want of memory.
        message = f"the process that read the document ended {failed.how}: a fault of mockwave; its log tells more"
        return SpecificationError([Problem("", message)])


def cannot_be_read(unavailable: ProcessUnavailable) -> SpecificationError:
    """What is told of a document for which there is no process."""
    if unavailable.reason is None:
        message = "the server is stopping; send the specification again later"
    else:
        message = f"the process that reads specifications cannot be started ({unavailable.reason}); try again later"
    return SpecificationError([Problem("", message)])
