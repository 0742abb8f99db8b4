"""The messages to and from the process that reads Specifications and files of mocks: frames (`frames.py`) of msgpack.

A job is a Job, then the text in pieces, then an empty frame. An answer is any number of Batches, then Compressed frames
with the text as it is stored, unless it came in that form, then Done; or Failed. A part that several operations share
(`answers/parts.py`) travels once, in the first Batch that needs it. For a document read in halves, the Batches of both
come as they are ready; after Again all of them come again. For an ImportJob each server comes as ServerHead,
ServerRoutes and ServerText, then ImportDone; or Failed.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from msgspec import Struct

from mockwave.answers.imported import ImportReport, Operation, Problem
from mockwave.answers.imported_servers import ImportedRoute, ImportedServer, ImportNotes, ImportOptions
from mockwave.answers.parts import NO_PART, Numbered
from mockwave.answers.request_rules import ApiKeys
from mockwave.openapi.halves import Number
from mockwave.openapi.specifications import Reading
from mockwave.processes.frames import read_frame
from mockwave.reading.reading_limits import Limit
from mockwave.reading.source_texts import Form

BATCH_OPERATIONS: Final = 50  # so that decoding a Batch never holds up an event loop
BATCH_BYTES: Final = 1 << 16
OUTPUT_FACTOR: Final = 20
ROUTE_BYTES: Final = 1200
"""What a route takes beside its texts: in a worker while it is written, and in the Store, a page's copy included."""

PATH_COPIES: Final = 2  # of a path: in the row, and as a worker loads that
KEY_COPIES: Final = 4  # of a path's key: in the row and in the index, as a worker loads it, and in its Matcher
BASE_PATH_COPIES: Final = 4  # of a base path of its own: in the row, as it is loaded, and in the Matcher


class Job(Struct, array_like=True, tag=True):
    """A text to read, which follows in pieces of this form; with bounds on its bytes in UTF-8 and on CPU time, the size
    from which on it is read in halves, and the bound on its output if OUTPUT_FACTOR times its size is less."""

    form: Form
    use_examples: bool
    cpu_limit_s: int
    size_limit_bytes: int
    halved_bytes: int
    least_output_bytes: int

    def limit_output(self, text_bytes: int) -> int:
        """The most bytes that may be made from a text of this size."""
        return max(self.least_output_bytes, OUTPUT_FACTOR * text_bytes)


class Compressed(Struct, array_like=True, tag=True):
    """A piece of the text as it is stored."""

    data: bytes


# Method, path, path key, pointer, status code, headers, content type, part of the body, variants, own base paths.
PackedOperation = tuple[str, str, str, str, int, tuple[tuple[str, str], ...], str, int, bytes, tuple[str, ...] | None]


class Batch(Struct, array_like=True, tag=True):
    """Some operations of a half (0 for the whole), in order, and the parts that no earlier Batch had."""

    half: Number
    parts: Numbered
    operations: list[PackedOperation]


class Again(Struct, array_like=True, tag=True):
    """The Batches so far are void, since the document could not be read in halves."""


class Done(Struct, array_like=True, tag=True):
    """All operations are sent; with the rest of the Import, and the memory of the process."""

    dialect: str
    title: str
    base_paths: tuple[str, ...]
    report: ImportReport
    resident_bytes: int
    keys: ApiKeys


class Failed(Struct, array_like=True, tag=True):
    """The text was not read: `problems` says why; or `limit` names an exceeded limit; or it came as a JSON string but
    is not one; or `fault` is the traceback of a bug."""

    problems: list[Problem]
    limit: Limit | None = None
    is_no_string: bool = False
    fault: str = ""


Answer = Compressed | Batch | Again | Done | Failed


class ImportJob(Struct, array_like=True, tag=True):
    """A file of mocks of any format, which follows in pieces as they came, with its options; bounds as for a Job.
    `engine_faults` are the faults that its rules may name."""

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
    """All servers are sent; with the notes on the file, and the memory of the process."""

    notes: ImportNotes
    resident_bytes: int


class ExportJob(Struct, array_like=True, tag=True):
    """A mock server to write as a file; it follows in pieces, as lines (`answers/exported_servers.py`)."""

    cpu_limit_s: int
    size_limit_bytes: int


class FileText(Struct, array_like=True, tag=True):
    """A piece of the file."""

    data: bytes


class ExportDone(Struct, array_like=True, tag=True):
    """The file is sent; with its media type, the ending of its name, and what it cannot express."""

    media_type: str
    ending: str
    left_out: list[Problem]
    resident_bytes: int


AnyJob = Job | ImportJob | ExportJob
ExportAnswer = FileText | ExportDone | Failed
ImportAnswer = ServerHead | ServerRoutes | ServerText | ImportDone | Failed


def read_pieces(source: BinaryIO) -> Iterator[bytes]:
    """Yields the pieces of the next text in `source`."""
    while piece := read_frame(source):
        yield piece


def pack_operations(reading: Reading, half: Number = 0) -> Iterator[Batch]:
    """Packs the operations of a reading in Batches that are small enough to be decoded between two requests."""
    batch, size = Batch(half, reading.parts.take(), []), 0
    pool = reading.parts
    for operation in reading.read_operations():
        if pool.has_more:
            parts = pool.take().parts
            batch.parts.parts.extend(parts)
            size += sum(map(len, parts))
        row_bytes = _count_row(operation)
        pool.count(ROUTE_BYTES + row_bytes)
        size += row_bytes
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
            batch, size = Batch(half, pool.take(), []), 0
    if batch.operations:
        yield batch


def _count_row(operation: Operation) -> int:
    """Counts the bytes of the operation itself as made from the document. Raises OutputTooLarge."""
    size = len(operation.variants) + PATH_COPIES * len(operation.path) + KEY_COPIES * len(operation.path_key)
    size += len(operation.content_type)
    if operation.headers:  # as few have
        size += sum(len(name) + len(value) for name, value in operation.headers)
    if operation.base_paths:  # as few have
        size += BASE_PATH_COPIES * sum(map(len, operation.base_paths))
        size += len(operation.base_paths) * len(operation.path_key)  # a pattern below each
    return size


def unpack_operations(packed: Iterable[PackedOperation], parts: list[bytes]) -> Iterator[Operation]:
    """Unpacks an operation, whose body is among `parts`."""
    before = Operation("", "", "", "", 0)
    for operation in packed:
        before = _unpack(operation, parts, before)
        yield before


def _unpack(packed: PackedOperation, parts: list[bytes], before: Operation) -> Operation:
    method, path, path_key, pointer, status_code, headers, content_type, body_part, variants, base_paths = packed
    body = b"" if body_part == NO_PART else parts[body_part]
    path = before.path if path == before.path else path
    path_key = path if path_key == path else path_key
    path_key = before.path_key if path_key == before.path_key else path_key
    base_paths = before.base_paths if base_paths == before.base_paths else base_paths
    headers = before.headers if headers == before.headers else headers
    return Operation(
        method, path, path_key, pointer, status_code, headers, content_type, body, body_part, variants, base_paths
    )
