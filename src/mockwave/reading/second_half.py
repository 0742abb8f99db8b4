"""The second half of a large document, read by a separate process, forked from the one that reads the first half.

It inherits the text, and writes its Batches to a pipe, as frames, followed by an empty frame and the outcome. It is
under the same limits, and ends with its parent.
"""

import fcntl
import os
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, NoReturn

import msgspec
from msgspec import Struct

from mockwave.answers.imported import SpecificationError
from mockwave.answers.parts import OutputTooLarge
from mockwave.openapi.halves import CannotBeHalved, Halves
from mockwave.openapi.specifications import Findings, begin_half
from mockwave.processes.frames import make_frame, take_frame
from mockwave.processes.parent_death import die_with
from mockwave.processes.process_limits import limit_cpu
from mockwave.reading.reading_messages import Job, pack_operations

SIGNAL_LANDS_WITHIN_S: Final = 10.0
PIPE_BYTES: Final = 1 << 20  # capacity while nobody reads; writing more would wait


class HalfDone(Struct, array_like=True, tag=True):
    """All operations of the half are sent, of which this many are routes."""

    routes: int
    findings: Findings


class HalfFailed(Struct, array_like=True, tag=True):
    """The half was not read: memory ran out, or there is a bug, whose traceback is `fault`; otherwise the whole has to
    be read."""

    is_out_of_memory: bool = False
    fault: str = ""


Ending = HalfDone | HalfFailed

_encode = msgspec.msgpack.Encoder().encode
_decode_ending = msgspec.msgpack.Decoder(Ending).decode


class SecondHalf:
    """The process that reads the second half, as seen by its parent. Raises OSError if the machine has no room for
    another process."""

    def __init__(self, halves: Halves, job: Job) -> None:
        self._received = bytearray()
        self._are_batches_over = False
        self._ending: Ending | None = None
        self._pipe, sink = os.pipe()
        with suppress(OSError):  # a user's limit may refuse this; then it sometimes waits
            fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        parent = os.getpid()
        self._pid: int | None
        try:
            self._pid = os.fork()
        except OSError:
            os.close(self._pipe)
            raise
        finally:
            if os.getpid() == parent:
                os.close(sink)
        if self._pid == 0:
            _serve(halves, job, sink, parent)

    def read_batches(self, *, to_the_last: bool) -> Iterator[bytes]:
        """The encoded Batches that have come so far; or all that are left."""
        os.set_blocking(self._pipe, to_the_last)
        while self._ending is None:
            try:
                data = os.read(self._pipe, PIPE_BYTES)
            except BlockingIOError:
                return
            if not data:
                self._end_alike()
            self._received += data
            yield from self._take_batches()

    def finish(self) -> HalfDone:
        """The outcome, once all Batches are read. Raises CannotBeHalved, MemoryError, RuntimeError."""
        match self._ending:
            case HalfDone():
                return self._ending
            case HalfFailed(is_out_of_memory=True):
                raise MemoryError
            case HalfFailed(fault=fault) if fault:
                raise RuntimeError(fault)
        raise CannotBeHalved

    def close(self) -> None:
        """Ends the process, if it has not ended."""
        if self._pid is None:
            return
        os.close(self._pipe)
        os.kill(self._pid, signal.SIGKILL)  # a process that has ended keeps its id until it is waited for
        os.waitpid(self._pid, 0)
        self._pid = None

    def _take_batches(self) -> Iterator[bytes]:
        while (frame := take_frame(self._received)) is not None:
            if self._are_batches_over:
                self._ending = _decode_ending(frame)
            elif frame:
                yield frame
            else:
                self._are_batches_over = True

    def _end_alike(self) -> NoReturn:
        """Ends this process by the same signal, so that its parent can explain it."""
        assert self._pid is not None
        status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        self._pid = None
        if status < 0:
            os.kill(os.getpid(), -status)
            time.sleep(SIGNAL_LANDS_WITHIN_S)  # sent from a thread, the signal may arrive a moment later
        raise RuntimeError(f"the process that read the second half ended with status {status}")


def _serve(halves: Halves, job: Job, sink: int, parent: int) -> NoReturn:
    """The main function of the process. It does not touch what its parent has opened."""
    try:
        die_with(parent)
        limit_cpu(job.cpu_limit_s)
        with os.fdopen(sink, "wb") as stream:
            for frame in _answer(halves, job):
                stream.write(make_frame(frame))
    finally:
        os._exit(0)


def _answer(halves: Halves, job: Job) -> Iterator[bytes]:
    """The frames of the answer."""
    ending: Ending
    try:
        limit_bytes = job.limit_output(len(halves.text)) // 2
        reading = begin_half(halves, 1, use_examples=job.use_examples, output_limit_bytes=limit_bytes)
        routes = 0
        for batch in pack_operations(reading, half=1):
            routes += len(batch.operations)
            yield _encode(batch)
        ending = HalfDone(routes, reading.findings)
    except (CannotBeHalved, OutputTooLarge, SpecificationError):
        ending = HalfFailed()
    except MemoryError:
        ending = HalfFailed(is_out_of_memory=True)
    except Exception:
        ending = HalfFailed(fault=traceback.format_exc(limit=-12))
    yield b""
    yield _encode(ending)
