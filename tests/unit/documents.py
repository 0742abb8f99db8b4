"""Documents on their short way to routes and snapshots, without a server."""

from mockwave.management.routes import new_route_id
from mockwave.management.specification_imports import generate_route
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.openapi import read_specification
from mockwave.store.records import RouteRecord, ServerRecord


def read_routes(document: str, server: ServerRecord, *, use_examples: bool = True) -> list[RouteRecord]:
    """The generated routes of the document's operations, in their order."""
    imported = read_specification(document, use_examples=use_examples)
    return [
        generate_route(operation, imported.parts, server.id, position, new_route_id())
        for position, operation in enumerate(imported.operations)
    ]


def build_snapshots(document: str, server: ServerRecord, *, use_examples: bool = True) -> SnapshotBuilder:
    """The snapshots of a server that was made from the document."""
    builder = SnapshotBuilder(server)
    builder.change(server, 1, read_routes(document, server, use_examples=use_examples), [])
    return builder
