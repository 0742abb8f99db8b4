"""A mock server → a file of a format: one row for each that can be written.

Whatever a format cannot express is left out, and the report names it. Pointers are those of the management API:
`/rules/0` is a rule of the server, `/routes/{id}/rules/0` a rule of a route.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from mockwave.answers.exported_servers import Export, ExportedRoute, ExportHead, WrittenFile
from mockwave.formats.har.writing import write_har
from mockwave.formats.insomnia.writing import write_insomnia
from mockwave.formats.mockoon.writing import write_mockoon
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.openapi_writing import write_openapi
from mockwave.formats.postman.writing import write_postman
from mockwave.formats.wiremock.writing import write_wiremock
from mockwave.model import LogEntry

decode_head = msgspec.json.Decoder(ExportHead).decode
decode_route = msgspec.json.Decoder(ExportedRoute).decode
decode_entry = msgspec.json.Decoder(LogEntry).decode


class Writer(Struct, frozen=True):
    """Writes a format: the file's text, its media type and its name's extension. `of_log`: the file is made from the
    log."""

    write: Callable[[Export, Notes], str]
    media_type: str
    ending: str
    of_log: bool = False


JSON: Final = "application/json"
WRITERS: Final[dict[str, Writer]] = {
    "openapi": Writer(write_openapi, JSON, "openapi.json"),
    "insomnia": Writer(write_insomnia, "application/yaml", "insomnia.yaml"),
    "wiremock": Writer(write_wiremock, JSON, "wiremock.json"),
    "mockoon": Writer(write_mockoon, JSON, "mockoon.json"),
    "har": Writer(write_har, JSON, "har", of_log=True),
    "postman": Writer(write_postman, JSON, "postman_collection.json"),
}


def write_export(data: bytes) -> WrittenFile:
    """Returns the file made from the lines (`answers/exported_servers.py`)."""
    lines = data.split(b"\n")
    head = decode_head(lines[0])
    writer = WRITERS.get(head.format)
    if writer is None:
        refuse("", f"format: expected one of {', '.join(WRITERS)}, got {head.format[:60]!r}")
    export = Export(head=head)
    for line in lines[1:]:
        if not line:
            continue
        if head.has_entries:
            export.entries.append(decode_entry(line))
        else:
            export.routes.append(decode_route(line))
    notes = Notes()
    text = writer.write(export, notes)
    return WrittenFile(
        content=text.encode("utf-8", "replace"),
        media_type=writer.media_type,
        ending=writer.ending,
        left_out=notes.left_out.as_list(),
    )
