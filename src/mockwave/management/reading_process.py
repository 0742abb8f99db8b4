"""The process that reads specifications: jobs on standard input, answers on standard output, one job at a time.

Frames are four bytes of length (big endian) and msgpack. A job is a Job, then the text in pieces, then an empty frame.
An answer is any number of Parts and then Done, or Failed. A body that several operations share travels once, in the
first Part that needs it; operations name bodies by their number. The process lives under RLIMIT_AS and, a job, under
RLIMIT_CPU; it ends with its standard input, and with its parent at the latest. It imports as little as it can: starting
it is part of the time that the first import takes.
"""

import gc
import os
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from mockwave.management.reading_limits import Limit
from mockwave.openapi import ImportReport, Operation, Problem, SpecificationError, read_specification

LENGTH: Final = struct.Struct(">I")
NICENESS: Final = 10
RECURSION_LIMIT: Final = 5000
PART_OPERATIONS: Final = 200  # operations a Part, so that decoding one never holds up an event loop
PART_BYTES: Final = 1 << 18
PR_SET_PDEATHSIG: Final = 1


class Job(Struct, array_like=True, tag=True):
    """A text to read, which follows in pieces; bounds on its bytes and on CPU time."""

    use_examples: bool
    cpu_limit_s: int
    size_limit_bytes: int


# Method, path, pointer, status code, headers, content type, number of the body.
PackedOperation = tuple[str, str, str, int, tuple[tuple[str, str], ...], str, int, bytes]


class Part(Struct, array_like=True, tag=True):
    """Some operations in their order, and the bodies that no Part before had."""

    bodies: list[bytes]
    operations: list[PackedOperation]


class Done(Struct, array_like=True, tag=True):
    """All operations are sent; the rest of the Import, and the memory that the process has come to hold."""

    dialect: str
    title: str
    base_paths: tuple[str, ...]
    report: ImportReport
    resident_bytes: int


class Failed(Struct, array_like=True, tag=True):
    """The text was not read: its `problems`; or `limit`, the limit reached; or `fault`, the traceback of a bug."""

    problems: list[Problem]
    limit: Limit | None = None
    fault: str = ""


Answer = Part | Done | Failed


def serve_jobs(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer jobs until `source` ends."""
    decode_job = msgspec.msgpack.Decoder(Job).decode
    encode = msgspec.msgpack.Encoder().encode
    while (frame := read_frame(source)) is not None:
        job = decode_job(frame)
        text = b"".join(iter(lambda: read_frame(source) or b"", b""))
        limit_cpu(job.cpu_limit_s)
        for answer in answer_job(job, text):
            payload = encode(answer)
            sink.write(LENGTH.pack(len(payload)))
            sink.write(payload)
        sink.flush()
        del text
        gc.collect()


def read_frame(source: BinaryIO) -> bytes | None:
    """The next frame of `source`; None at its end."""
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return source.read(LENGTH.unpack(head)[0])


def answer_job(job: Job, text: bytes) -> Iterator[Answer]:
    """The answers to one job: whatever happens, one that says how it ended."""
    if len(text) > job.size_limit_bytes:
        yield Failed([], limit="size")
        return
    try:
        result = read_specification(text.decode("utf-8", "surrogatepass"), use_examples=job.use_examples)
        yield from pack_operations(result.operations)
        yield Done(result.dialect, result.title, result.base_paths, result.report, read_resident_bytes())
    except SpecificationError as error:
        yield Failed(error.problems)
    except MemoryError:
        yield Failed([], limit="memory")
    except Exception:
        yield Failed([], fault=traceback.format_exc(limit=-12))


def pack_operations(operations: list[Operation]) -> Iterator[Part]:
    """`operations` in Parts small enough to be decoded between two requests."""
    numbers: dict[bytes, int] = {}
    part, size = Part([], []), 0
    for operation in operations:
        number = numbers.get(operation.body)
        if number is None:
            number = numbers[operation.body] = len(numbers)
            part.bodies.append(operation.body)
            size += len(operation.body)
        size += len(operation.variants)
        part.operations.append(
            (
                operation.method,
                operation.path,
                operation.pointer,
                operation.status_code,
                operation.headers,
                operation.content_type,
                number,
                operation.variants,
            )
        )
        if len(part.operations) == PART_OPERATIONS or size >= PART_BYTES:
            yield part
            part, size = Part([], []), 0
    if part.operations:
        yield part


def unpack_operation(packed: PackedOperation, bodies: list[bytes]) -> Operation:
    """The operation that was packed, its body among `bodies`."""
    method, path, pointer, status_code, headers, content_type, number, variants = packed
    return Operation(method, path, pointer, status_code, headers, content_type, bodies[number], variants)


def read_resident_bytes() -> int:
    """The memory that this process holds."""
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def limit_cpu(seconds: int) -> None:
    """Let the kernel end this process after `seconds` more of CPU time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, resource.RLIM_INFINITY))


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
    # Trees of documents hold no cycles; looking for some doubles the time that reading a large one takes.
    gc.disable()
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that prints may disturb the frames
    serve_jobs(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
