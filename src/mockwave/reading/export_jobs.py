"""Does an ExportJob in the reading process: writes the lines of a mock server as a file of a format."""

from collections.abc import Iterator

from mockwave.formats.exports import write_export
from mockwave.processes.frames import cut_into_slices
from mockwave.processes.process_limits import read_resident_bytes
from mockwave.reading.reading_messages import BATCH_BYTES, ExportAnswer, ExportDone, FileText


def do_export(data: bytes) -> Iterator[ExportAnswer]:
    """Yields the answers to the job, whose lines are `data`. Raises SpecificationError."""
    written = write_export(data)
    yield from map(FileText, cut_into_slices([written.content], BATCH_BYTES))
    yield ExportDone(written.media_type, written.ending, written.left_out, read_resident_bytes())
