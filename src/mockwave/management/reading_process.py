"""The process that reads specifications: jobs on standard input, answers on standard output, one job at a time.

Frames are four bytes of length (big endian) and msgpack. A job is a Job, then the text in pieces, then an empty frame.
An answer is any number of Batches, then the text as it is stored, where it did not come so, in Compressed frames, then
Done; or Failed. What several operations share (`openapi/parts.py`) travels once, in the first Batch that needs it.
Batches go out while the document is read, so that both processes work and nothing is held twice. The process lives
under RLIMIT_AS and, a job, under a timer; it ends with its standard input, and with its parent at the latest. It
imports as little as it can: starting it is part of the time that the first import takes.
"""

import gc
import os
import resource
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from mockwave.management.reading_limits import Limit
from mockwave.openapi import ImportReport, Operation, Problem, SpecificationError
from mockwave.openapi.parts import NO_PART
from mockwave.openapi.specifications import Reading, begin_reading
from mockwave.source_texts import Form, NotAString, compress_text, cut_into_slices, unpack_source

LENGTH: Final = struct.Struct(">I")
NICENESS: Final = 10
STACK_BYTES: Final = 1 << 18  # of the thread that compresses; the usual 8 MiB would count as memory
RECURSION_LIMIT: Final = 5000
BATCH_OPERATIONS: Final = 50  # so that decoding a Batch never holds up an event loop
BATCH_BYTES: Final = 1 << 16
PR_SET_PDEATHSIG: Final = 1


class Job(Struct, array_like=True, tag=True):
    """A text to read, which follows in pieces of this form; bounds on its bytes in UTF-8 and on CPU time."""

    form: Form
    use_examples: bool
    cpu_limit_s: int
    size_limit_bytes: int


class Compressed(Struct, array_like=True, tag=True):
    """A piece of the text as it is stored."""

    data: bytes


# Method, path, path key, pointer, status code, headers, content type, part of the body, variants.
PackedOperation = tuple[str, str, str, str, int, tuple[tuple[str, str], ...], str, int, bytes]


class Batch(Struct, array_like=True, tag=True):
    """Some operations in their order, and the parts that no Batch before had."""

    parts: list[bytes]
    operations: list[PackedOperation]


class Done(Struct, array_like=True, tag=True):
    """All operations are sent; the rest of the Import, and the memory that the process has come to hold."""

    dialect: str
    title: str
    base_paths: tuple[str, ...]
    report: ImportReport
    resident_bytes: int


class Failed(Struct, array_like=True, tag=True):
    """The text was not read: its `problems`; or `limit`, the limit reached; or it is no JSON string, having come as
    one; or `fault`, the traceback of a bug."""

    problems: list[Problem]
    limit: Limit | None = None
    is_no_string: bool = False
    fault: str = ""


Answer = Compressed | Batch | Done | Failed


def serve_jobs(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer jobs until `source` ends."""
    decode_job = msgspec.msgpack.Decoder(Job).decode
    encode = msgspec.msgpack.Encoder().encode
    while (frame := read_frame(source)) is not None:
        job = decode_job(frame)
        limit_cpu(job.cpu_limit_s)
        for answer in answer_job(job, source):
            payload = encode(answer)
            sink.write(LENGTH.pack(len(payload)))
            sink.write(payload)
        sink.flush()
        gc.collect()


def read_frame(source: BinaryIO) -> bytes | None:
    """The next frame of `source`; None at its end."""
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return source.read(LENGTH.unpack(head)[0])


def read_pieces(source: BinaryIO) -> Iterator[bytes]:
    """The pieces of the text that is next in `source`, to its end."""
    while piece := read_frame(source):
        yield piece


def answer_job(job: Job, source: BinaryIO) -> Iterator[Answer]:
    """The answers to one job, whose text is next in `source`: whatever happens, one that says how it ended."""
    try:
        encoded = unpack_source(job.form, read_pieces(source))
        if len(encoded) > job.size_limit_bytes:
            yield Failed([], limit="size")
            return
        compression = None if job.form == "zlib" else Compression(encoded)
        reading = begin_reading(encoded, use_examples=job.use_examples)
        del encoded
        routes = 0
        for batch in pack_operations(reading):
            routes += len(batch.operations)
            yield batch
        if compression is not None:
            yield from map(Compressed, cut_into_slices([compression.finish()], BATCH_BYTES))
        report = reading.report(routes)
        yield Done(reading.dialect, reading.title, reading.base_paths, report, read_resident_bytes())
    except SpecificationError as error:
        yield Failed(error.problems)
    except NotAString:
        yield Failed([], is_no_string=True)
    except MemoryError:
        yield Failed([], limit="memory")
    except Exception:
        yield Failed([], fault=traceback.format_exc(limit=-12))


class Compression:
    """The text as it is stored, in the making: another core does that while this one reads."""

    def __init__(self, text: bytes) -> None:
        self._compressed = b""
        self._thread = threading.Thread(target=self._compress, args=(text,), daemon=True)
        self._thread.start()

    def _compress(self, text: bytes) -> None:
        with suppress(MemoryError):  # told where it is waited for
            self._compressed = compress_text(text)

    def finish(self) -> bytes:
        """Waits for it. Raises MemoryError."""
        self._thread.join()
        if not self._compressed:
            raise MemoryError
        return self._compressed


def pack_operations(reading: Reading) -> Iterator[Batch]:
    """The operations of a document in Batches small enough to be decoded between two requests."""
    batch, size = Batch([], []), 0
    for operation in reading.read_operations():
        parts = reading.parts.take()
        batch.parts += parts
        size += sum(map(len, parts)) + len(operation.variants)
        batch.operations.append(
            (
                operation.method,
                operation.path,
                operation.path_key,
                operation.pointer,
                operation.status_code,
                operation.headers,
                operation.content_type,
                operation.body_part,
                operation.variants,
            )
        )
        if len(batch.operations) == BATCH_OPERATIONS or size >= BATCH_BYTES:
            yield batch
            batch, size = Batch([], []), 0
    if batch.operations:
        yield batch


def unpack_operation(packed: PackedOperation, parts: list[bytes]) -> Operation:
    """The operation that was packed, its body among `parts`."""
    method, path, path_key, pointer, status_code, headers, content_type, body_part, variants = packed
    body = b"" if body_part == NO_PART else parts[body_part]
    return Operation(method, path, path_key, pointer, status_code, headers, content_type, body, body_part, variants)


def read_resident_bytes() -> int:
    """The memory that this process holds."""
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def limit_cpu(seconds: int) -> None:
    """Let the kernel end this process after `seconds` more of CPU time, by SIGPROF.

    RLIMIT_CPU can only say at which time of the process, which the kernel counts by ticks: where jobs are short it may
    count a tenth more than it tells (`getrusage`), so that an old process would end at the start of a job.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory(bytes_: int) -> None:
    """Let allocations beyond `bytes_` of address space fail."""
    resource.setrlimit(resource.RLIMIT_AS, (bytes_, bytes_))


def die_with_parent() -> None:
    """Be killed when the parent ends: its death closes standard input, but a job in progress does not read it."""
    import ctypes  # 10 ms of start-up, spent after the imports above have found nothing wrong

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Serve jobs. Arguments: the limit of memory in bytes, the parent's process id."""
    memory_limit_bytes, parent = int(sys.argv[1]), int(sys.argv[2])
    die_with_parent()
    if os.getppid() != parent:  # it died before it could be watched
        return
    os.nice(NICENESS)
    limit_memory(memory_limit_bytes)
    sys.setrecursionlimit(RECURSION_LIMIT)
    threading.stack_size(STACK_BYTES)
    # Trees of documents hold no cycles; looking for some doubles the time that reading a large one takes.
    gc.disable()
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that prints may disturb the frames
    serve_jobs(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
