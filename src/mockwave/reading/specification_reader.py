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
from mockwave.processes.frames import cut_into_slices, frame_head, make_frame, receive_frame
from mockwave.processes.process_limits import LIMIT_SIGNALS, count_kernel_kills, limited_memory
from mockwave.processes.warm_process import WarmProcess
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
LARGE_BYTES: Final = 200 << 20  # a process that holds more than this is not kept
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
        self._process = WarmProcess("mockwave.reading.reading_process", self._memory_limit_bytes, idle_s)
        self._kernel_kills = 0  # when the job began
        self._is_closed = False

    async def prepare(self) -> None:
        """Start the process, which takes a quarter of a second, while its text is still on the way."""
        async with self._turn:
            if self._is_closed:
                return
            with contextlib.suppress(SpecificationError):  # whoever reads will be told
                await self._wake_process()
            self._process.rest()

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
        """What is received of the job, with the memory that the process holds after it."""
        async with self._turn:
            if self._is_closed:
                raise SpecificationError([Problem("", "the server is stopping; send the specification again later")])
            process = await self._wake_process()
            is_kept = False
            self._kernel_kills = count_kernel_kills()
            try:
                async with asyncio.timeout(self._wall_limit_s):
                    result, resident_bytes = await self._run_job(process, job, source, pauses, receive)
                is_kept = resident_bytes <= LARGE_BYTES
                return result
            except TimeoutError:
                raise self._exceeded("time", f"{self._wall_limit_s:g} s in all") from None
            except (EOFError, ConnectionError):
                raise await self._explain_end(process) from None
            except (SpecificationError, NotAString) as error:
                is_kept = not isinstance(error, ReadingLimitExceeded)
                raise
            finally:
                if is_kept and process.returncode is None and not self._is_closed:
                    self._process.rest()
                else:
                    self._process.end()

    async def close(self) -> None:
        """End the process, and with it the job in progress."""
        self._is_closed = True
        await self._process.close()

    @property
    def process_id(self) -> int | None:
        """The process id of the reading process; None while there is none."""
        return self._process.process_id

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

    async def _wake_process(self) -> Process:
        try:
            process, _ = await self._process.wake()
        except OSError as error:
            logger.exception("the process that reads specifications cannot be started")
            message = f"the process that reads specifications cannot be started ({error}); try again later"
            raise SpecificationError([Problem("", message)]) from error
        return process

    async def _run_job(
        self,
        process: Process,
        job: AnyJob,
        source: SourceText,
        pauses: Pauses | None,
        receive: Callable[[Process], Awaitable[tuple[Result, int]]],
    ) -> tuple[Result, int]:
        """What comes of the job, and the memory that the process has come to hold."""
        feeding = asyncio.ensure_future(self._send_job(process, job, source, pauses))
        try:
            return await receive(process)
        finally:
            feeding.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await feeding

    async def _receive(self, process: Process, source: SourceText) -> tuple[ReadText, int]:
        compressed = list(source.pieces) if source.form == "zlib" else []
        operations: tuple[list[Operation], list[Operation]] = [], []  # of each half
        parts: list[bytes] = []
        while True:
            answer = decode_answer(await self._read_frame(process))
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
            answer = decode_import_answer(await self._read_frame(process))
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
            answer = decode_export_answer(await self._read_frame(process))
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
        answer = decode_sample_answer(await self._read_frame(process))
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

    async def _read_frame(self, process: Process) -> bytes:
        """The next answer, encoded. Raises EOFError if the process ended before it."""
        stdout = process.stdout
        assert stdout is not None
        return await receive_frame(stdout)

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

    async def _explain_end(self, process: Process) -> SpecificationError:
        """Why the process ended in the middle of a job."""
        status = await process.wait()
        if self._is_closed:
            return SpecificationError([Problem("", "the server is stopping; send the specification again later")])
        if status == -signal.SIGKILL and count_kernel_kills() == self._kernel_kills:
            return ReadingInterrupted("the process that read the document was killed by somebody; send it again")
        limit = LIMIT_SIGNALS.get(-status)
        if limit is not None:
            return self._exceeded(limit)
        how = f"by signal {-status} ({signal.strsignal(-status)})" if status < 0 else f"with status {status}"
        logger.error("the process that reads specifications ended %s", how)
        if self._is_memory_limited_outside:  # where even starting may fail, in any way
            return self._exceeded("memory")
        # Its stack is set aside when it starts, so that it is not for want of memory.
        message = f"the process that read the document ended {how}: a fault of mockwave; its log tells more"
        return SpecificationError([Problem("", message)])
