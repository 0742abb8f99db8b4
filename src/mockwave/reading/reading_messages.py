"""What the process that reads specifications and files of mocks is told, and what it answers: frames (`frames.py`) of
msgpack.

A job is a Job, then the text in pieces, then an empty frame. An answer is any number of Batches, then the text as it is
stored, where it did not come so, in Compressed frames, then Done; or Failed. What several operations share
(`answers/parts.py`) travels once, in the first Batch that needs it. Of a document read in halves the Batches of both
come as they are ready; after Again all of them come anew. Of an ImportJob each server comes as ServerHead, ServerRoutes
and ServerText, then ImportDone; or Failed. A SampleJob's is SampleDone, or Failed.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

from msgspec import Struct

from mockwave.answers.imported import ImportReport, Operation, Problem
from mockwave.answers.imported_servers import ImportedRoute, ImportedServer, ImportNotes, ImportOptions
from mockwave.answers.parts import NO_PART, Numbered, PartPool
from mockwave.answers.request_rules import ApiKeys
from mockwave.answers.sampled_requests import SampledRequest
from mockwave.openapi.halves import Number
from mockwave.openapi.specifications import Reading
from mockwave.processes.frames import read_frame
from mockwave.reading.reading_limits import Limit
from mockwave.reading.source_texts import Form

BATCH_OPERATIONS: Final = 50  # so that decoding a Batch never holds up an event loop
BATCH_BYTES: Final = 1 << 16
OUTPUT_FACTOR: Final = 20


class Job(Struct, array_like=True, tag=True):
    """A text to read, which follows in pieces of this form; bounds on its bytes in UTF-8 and on CPU time; from how many
    bytes on it is read in halves; what may come out of it, where OUTPUT_FACTOR times its own bytes are less."""

    form: Form
    use_examples: bool
    cpu_limit_s: int
    size_limit_bytes: int
    halved_bytes: int
    least_output_bytes: int

    def limit_output(self, text_bytes: int) -> int:
        """How many bytes may come out of a text of so many."""
        return max(self.least_output_bytes, OUTPUT_FACTOR * text_bytes)


class Compressed(Struct, array_like=True, tag=True):
    """A piece of the text as it is stored."""

    data: bytes


# Method, path, path key, pointer, status code, headers, content type, part of the body, variants, own base paths.
PackedOperation = tuple[str, str, str, str, int, tuple[tuple[str, str], ...], str, int, bytes, tuple[str, ...] | None]


class Batch(Struct, array_like=True, tag=True):
    """Some operations of a half, or of the whole as half 0, in their order; the parts that no Batch before had."""

    half: Number
    parts: Numbered
    operations: list[PackedOperation]


class Again(Struct, array_like=True, tag=True):
    """The Batches so far are void: the document could not be read in halves."""


class Done(Struct, array_like=True, tag=True):
    """All operations are sent; the rest of the Import, and the memory that the process has come to hold."""

    dialect: str
    title: str
    base_paths: tuple[str, ...]
    report: ImportReport
    resident_bytes: int
    keys: ApiKeys


class Failed(Struct, array_like=True, tag=True):
    """The text was not read: its `problems`; or `limit`, the limit that was reached; or it is not a JSON string, having
    come as one; or `fault`, the traceback of a bug."""

    problems: list[Problem]
    limit: Limit | None = None
    is_no_string: bool = False
    fault: str = ""


Answer = Compressed | Batch | Again | Done | Failed


class ImportJob(Struct, array_like=True, tag=True):
    """A file of mocks of any format to read, which follows in pieces as they came, with what was said of it; bounds as
    of a Job. `engine_faults` are those that the rules of it may name."""

    options: ImportOptions
    engine_faults: tuple[str, ...]
    cpu_limit_s: int
    size_limit_bytes: int
    least_output_bytes: int


class ServerHead(Struct, array_like=True, tag=True):
    """The next server of the file, whose routes and Specification follow."""

    server: ImportedServer


class ServerRoutes(Struct, array_like=True, tag=True):
    """Some routes of the newest server."""

    routes: list[ImportedRoute]


class ServerText(Struct, array_like=True, tag=True):
    """A piece of the Specification of the newest server, compressed as it is stored."""

    data: bytes


class ImportDone(Struct, array_like=True, tag=True):
    """All servers are sent; what is to be said of the file, and the memory that the process has come to hold."""

    notes: ImportNotes
    resident_bytes: int


class ExportJob(Struct, array_like=True, tag=True):
    """A mock server to write as a file, which follows in pieces as lines (`answers/exported_servers.py`)."""

    cpu_limit_s: int
    size_limit_bytes: int


class FileText(Struct, array_like=True, tag=True):
    """A piece of the file."""

    data: bytes


class ExportDone(Struct, array_like=True, tag=True):
    """The file is sent; its media type, the ending of its name, and what of the server it cannot say."""

    media_type: str
    ending: str
    left_out: list[Problem]
    resident_bytes: int


class SampleJob(Struct, array_like=True, tag=True):
    """A request to make, of a SampleWish that follows as text."""

    cpu_limit_s: int
    size_limit_bytes: int


class SampleDone(Struct, array_like=True, tag=True):
    """The request."""

    request: SampledRequest
    resident_bytes: int


AnyJob = Job | ImportJob | ExportJob | SampleJob
SampleAnswer = SampleDone | Failed
ExportAnswer = FileText | ExportDone | Failed
ImportAnswer = ServerHead | ServerRoutes | ServerText | ImportDone | Failed


def read_pieces(source: BinaryIO) -> Iterator[bytes]:
    """The pieces of the text that is next in `source`, to its end."""
    while piece := read_frame(source):
        yield piece


def pack_operations(reading: Reading, half: Number = 0) -> Iterator[Batch]:
    """The operations of a reading in Batches small enough to be decoded between two requests."""
    batch, size = Batch(half, reading.parts.take(), []), 0
    for operation in reading.read_operations():
        parts = reading.parts.take().parts
        batch.parts.parts.extend(parts)
        size += sum(map(len, parts)) + _count_row(reading.parts, operation)
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
                operation.base_paths,
            )
        )
        if len(batch.operations) == BATCH_OPERATIONS or size >= BATCH_BYTES:
            yield batch
            batch, size = Batch(half, reading.parts.take(), []), 0
    if batch.operations:
        yield batch


def _count_row(pool: PartPool, operation: Operation) -> int:
    """The bytes of the operation itself, counted as made of the document. Raises OutputTooLarge."""
    size = len(operation.variants) + len(operation.path) + len(operation.path_key) + len(operation.pointer)
    if operation.headers:  # as few have
        size += sum(len(name) + len(value) for name, value in operation.headers)
    pool.count(size)
    return size


def unpack_operation(packed: PackedOperation, parts: list[bytes]) -> Operation:
    """The operation that was packed, its body among `parts`."""
    method, path, path_key, pointer, status_code, headers, content_type, body_part, variants, base_paths = packed
    body = b"" if body_part == NO_PART else parts[body_part]
    return Operation(
        method, path, path_key, pointer, status_code, headers, content_type, body, body_part, variants, base_paths
    )
