"""The process that reads Specifications: jobs on standard input, answers on standard output, one job at a time.

`reading_messages` defines the frames. Batches go out while the document is read, so that both processes work and
nothing is held twice. The process lives under RLIMIT_AS and, for each job, under a timer; it ends with its standard
input, at the latest with its parent. It imports as little as possible, since its start is part of the first import's
time. A large document is read in halves if possible (`openapi/halves.py`), the second half in another process.
"""

import faulthandler
import gc
import signal
import sys
import threading
import traceback
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import BinaryIO, Final

import msgspec

from mockwave.answers.imported import Problem, SpecificationError
from mockwave.answers.parts import OutputTooLarge
from mockwave.formats.recognition import convert_to_openapi
from mockwave.openapi.document.report import MAXIMUM_PROBLEMS, TOO_DEEP, Problems
from mockwave.openapi.halves import CannotBeHalved, Halves, find_halves
from mockwave.openapi.specifications import Reading, begin_half, begin_reading
from mockwave.processes.frames import cut_into_slices, frame_head, read_frame
from mockwave.processes.job_streams import open_job_streams
from mockwave.processes.process_limits import limit_cpu, read_resident_bytes
from mockwave.reading.reading_messages import (
    BATCH_BYTES,
    Again,
    Answer,
    AnyJob,
    Batch,
    Compressed,
    Done,
    ExportAnswer,
    ExportJob,
    Failed,
    ImportAnswer,
    ImportJob,
    Job,
    SampleAnswer,
    SampleJob,
    pack_operations,
    read_pieces,
)
from mockwave.reading.second_half import SecondHalf
from mockwave.reading.source_texts import NotAString, compress_text, unpack_source

STACK_BYTES: Final = 16 << 20
COMPRESSION_STACK_BYTES: Final = 1 << 18  # the default of 8 MiB would count as memory
RECURSION_LIMIT: Final = 5000


def serve_jobs(source: BinaryIO, sink: BinaryIO) -> None:
    """Answers jobs until `source` ends."""
    decode_job = msgspec.msgpack.Decoder(AnyJob).decode
    encode = msgspec.msgpack.Encoder().encode
    while (frame := read_frame(source)) is not None:
        job = decode_job(frame)
        limit_cpu(job.cpu_limit_s)
        answers = answer_job(job, source) if isinstance(job, Job) else answer_other_job(job, source)
        for answer in answers:
            payload = answer if isinstance(answer, bytes) else encode(answer)
            sink.write(frame_head(len(payload)))
            sink.write(payload)
        sink.flush()
        gc.collect()


def answer_job(job: Job, source: BinaryIO) -> Iterator[Answer | bytes]:
    """Yields the answers to one job, whose text is next in `source`; whatever happens, the last one says how the job
    ended."""
    try:
        text = unpack_source(job.form, read_pieces(source))
        if len(text) > job.size_limit_bytes:
            yield Failed([], limit="size")
            return
        second = begin_second_half(text, job)
        compression = None if job.form == "zlib" else Compression(text)
        done = None if second is None else (yield from read_in_halves(*second, job))
        if done is None:
            done = yield from read_whole(text, job)
        if compression is not None:
            yield from map(Compressed, cut_into_slices([compression.finish()], BATCH_BYTES))
        yield done
    except SpecificationError as error:
        yield Failed(shorten(error.problems))
    except OutputTooLarge as error:
        yield Failed([], limit="part" if error.is_one_part else "output")
    except NotAString:
        yield Failed([], is_no_string=True)
    except MemoryError:
        yield Failed([], limit="memory")
    except Exception:
        yield Failed([], fault=traceback.format_exc(limit=-12))


def answer_other_job(
    job: ImportJob | ExportJob | SampleJob, source: BinaryIO
) -> Iterator[ImportAnswer | ExportAnswer | SampleAnswer]:
    """Yields the answers to a job about a file of mocks, or about a request, like `answer_job`."""
    try:
        data = b"".join(read_pieces(source))
        if len(data) > job.size_limit_bytes:
            yield Failed([], limit="size")
            return
        # Imported here: most processes never see a file of mocks, or make a request.
        if isinstance(job, ImportJob):
            from mockwave.reading.import_jobs import do_import

            yield from do_import(job, data)
        elif isinstance(job, SampleJob):
            from mockwave.reading.sample_jobs import do_sample

            yield from do_sample(data)
        else:
            from mockwave.reading.export_jobs import do_export

            yield from do_export(data)
    except SpecificationError as error:
        yield Failed(shorten(error.problems))
    except OutputTooLarge as error:
        yield Failed([], limit="part" if error.is_one_part else "output")
    except RecursionError:
        yield Failed([Problem("", TOO_DEEP)])
    except MemoryError:
        yield Failed([], limit="memory")
    except Exception:
        yield Failed([], fault=traceback.format_exc(limit=-12))


def read_whole(text: bytes, job: Job) -> Generator[Batch, None, Done]:
    """Yields all operations of the text. Raises SpecificationError."""
    limit_bytes = job.limit_output(len(text))
    reading = begin_reading(
        text, use_examples=job.use_examples, output_limit_bytes=limit_bytes, convert=convert_to_openapi
    )
    routes = 0
    for batch in pack_operations(reading):
        routes += len(batch.operations)
        yield batch
    return finish_reading(reading, routes)


def begin_second_half(text: bytes, job: Job) -> tuple[SecondHalf, Halves] | None:
    """Returns the halves of the text, if it is large enough and can be halved, and a process that has begun the second.

    The process is forked before there is a thread.
    """
    if len(text) < job.halved_bytes:
        return None
    try:
        halves = find_halves(text)
        return SecondHalf(halves, job), halves
    except (CannotBeHalved, OSError):
        return None


def read_in_halves(second: SecondHalf, halves: Halves, job: Job) -> Generator[Batch | bytes | Again, None, Done | None]:
    """Reads the operations of both halves; None, after Again, if the whole has to be read, perhaps for its faults."""
    try:
        limit_bytes = job.limit_output(len(halves.text)) // 2
        reading = begin_half(halves, 0, use_examples=job.use_examples, output_limit_bytes=limit_bytes)
        routes = 0
        for batch in pack_operations(reading):
            routes += len(batch.operations)
            yield batch
            yield from second.read_batches(to_the_last=False)
        yield from second.read_batches(to_the_last=True)
        done = second.finish()
    except (CannotBeHalved, OutputTooLarge, SpecificationError):
        yield Again()
        return None
    finally:
        second.close()
    reading.add_findings(done.findings)
    return finish_reading(reading, routes + done.routes)


def shorten(problems: list[Problem]) -> list[Problem]:
    """As many of the problems as anyone may want to read."""
    problems_of_one = Problems()
    for problem in problems[:MAXIMUM_PROBLEMS]:
        problems_of_one.add(problem.pointer, problem.message)
    problems_of_one.add_all([], len(problems) - MAXIMUM_PROBLEMS if len(problems) > MAXIMUM_PROBLEMS else 0)
    return problems_of_one.as_list()


def finish_reading(reading: Reading, routes: int) -> Done:
    """The last answer, when all operations are sent and this many are routes."""
    report = reading.report(routes)
    return Done(reading.dialect, reading.title, reading.base_paths, report, read_resident_bytes(), reading.keys)


class Compression:
    """Compresses the text for storage on another core while this one reads."""

    def __init__(self, text: bytes) -> None:
        self._compressed = b""
        self._thread = threading.Thread(target=self._compress, args=(text,), daemon=True)
        self._thread.start()

    def _compress(self, text: bytes) -> None:
        with suppress(MemoryError):  # raised again in `finish`
            self._compressed = compress_text(text)

    def finish(self) -> bytes:
        """Waits for it. Raises MemoryError."""
        self._thread.join()
        if not self._compressed:
            raise MemoryError
        return self._compressed


def serve_with_stack(sink: BinaryIO) -> None:
    """Serves jobs on a stack that is reserved at once. A stack that grows on demand would crash the process by a signal
    when the memory limit leaves no room."""
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=serve_jobs, args=(sys.stdin.buffer, sink))
    thread.start()
    threading.stack_size(COMPRESSION_STACK_BYTES)
    thread.join()


def main() -> None:
    """Serves jobs. The arguments are those of `job_streams.py`."""
    _, sink = open_job_streams()
    sys.setrecursionlimit(RECURSION_LIMIT)
    # Logs where a crash happens. Native code aborts when memory runs out: that is nothing to log.
    faulthandler.enable()
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    # Trees of documents have no cycles; looking for some doubles the time to read a large one.
    gc.disable()
    serve_with_stack(sink)


if __name__ == "__main__":
    main()
