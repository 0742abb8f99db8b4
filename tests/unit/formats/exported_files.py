"""Imported servers written again: the lines of an export, as the management plane hands them to a writer."""

import json

import msgspec

from mockwave.answers.exported_servers import ExportedRoute, ExportHead, WrittenFile
from mockwave.answers.imported_servers import ImportedRoute, ImportedServer
from mockwave.formats.exports import write_export
from mockwave.management.shared_fields import fields_of_both, take_given

SHARED_FIELDS = fields_of_both(ImportedRoute, ExportedRoute)
SERVER_ID = f"mock_{'a' * 32}"
URL = f"http://127.0.0.1:4010/bin/{SERVER_ID}"


def write_server(server: ImportedServer, format_name: str) -> WrittenFile:
    """The server as a file of the format."""
    head = ExportHead(
        format=format_name,
        id=server.id or SERVER_ID,
        name=server.name,
        url=URL.replace(SERVER_ID, server.id or SERVER_ID),
        cors=server.cors,
        rules=json.loads(server.rules or b"[]"),
    )
    routes = [
        ExportedRoute(
            **take_given(route, SHARED_FIELDS)
            | {
                "id": route.id or f"mock-route_{number:032x}",
                "headers": list(route.headers),
                "rules": json.loads(route.rules or b"[]"),
            }
        )
        for number, route in enumerate(server.routes)
    ]
    return write_export(b"\n".join(msgspec.json.encode(line) for line in (head, *routes)))
