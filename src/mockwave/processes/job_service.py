"""How a process answers the jobs of its worker: one after another, until there are no more."""

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, TypeVar

import msgspec

from mockwave.processes.frames import make_frame, read_frame
from mockwave.processes.process_limits import limit_cpu

Job = TypeVar("Job")


def serve_jobs(
    source: BinaryIO,
    sink: BinaryIO,
    decode_job: Callable[[bytes], Job],
    answer: Callable[[Job, BinaryIO], Iterable[Any]],
) -> None:
    """Answers the jobs in `source`, each followed by the bytes that it announces, until it ends.

    `answer` reads that, and then sets a limit of CPU time (`limit_cpu`), which counts until the answers are sent.
    """
    encode = msgspec.msgpack.Encoder().encode
    while (frame := read_frame(source)) is not None:
        for message in answer(decode_job(frame), source):
            sink.write(make_frame(encode(message)))
            sink.flush()
        limit_cpu(0)  # reading the next job is not part of this one
