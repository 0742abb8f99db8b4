"""Records to store: numbered, so that a test says which one it means and no more."""

from typing import Any

from mockwave.store.records import ChangeServer, LogSegment, RouteRecord, ServerRecord


def sample_server(number: int, **fields: Any) -> ServerRecord:
    defaults: dict[str, Any] = {
        "id": f"mock_{number:032x}",
        "name": f"server {number}",
        "workspace_id": "workspace-1",
        "created_us": 1_000_000 + number,
        "modified_us": 2_000_000 + number,
    }
    return ServerRecord(**(defaults | fields))


def always(server: ServerRecord) -> ChangeServer:
    """The change of any server to this record."""
    return lambda _: server


def sample_route(server: ServerRecord, number: int, **fields: Any) -> RouteRecord:
    """A custom route of the server at `/items/<number>`."""
    defaults: dict[str, Any] = {
        "id": f"mock-route_{int(server.id[5:], 16):016x}{number:016x}",
        "mock_server_id": server.id,
        "generated": False,
        "method": "GET",
        "path": f"/items/{number}",
        "path_key": f"/items/{number}",
        "status_code": 200,
        "headers": (("X-Number", str(number)),),
        "body": b'{"number": %d}' % number,
        "content_type": "application/json",
    }
    return RouteRecord(**(defaults | fields))


def generated_route(server: ServerRecord, number: int, **fields: Any) -> RouteRecord:
    """A generated route at the path of the custom one with this number, with another id."""
    defaults: dict[str, Any] = {"id": f"mock-route_{number:032x}", "generated": True}
    return sample_route(server, number, **(defaults | fields))


def sample_segment(server: ServerRecord, data: bytes, *, oldest_us: int = 0, newest_us: int = 0) -> LogSegment:
    """A segment of one entry a byte, so that a chunk's data tells which entries it holds."""
    return LogSegment(
        mock_server_id=server.id, entry_count=len(data), oldest_us=oldest_us, newest_us=newest_us, data=data
    )
