"""Calls about files: import and export of mocks in any format."""

from mockwave.client.call_plans import Call, Reply, make_call, reads
from mockwave.client.methods import call
from mockwave.model import ImportedMocks


@call
def import_mocks(
    content: bytes,
    *,
    format: str = "",
    name: str = "",
    workspace_id: str = "",
    dry_run: bool = False,
    host: str = "",
    file_name: str = "",
) -> Call[ImportedMocks]:
    """Makes the mock servers that a file describes: an OpenAPI document, a Postman collection, an Insomnia file, an
    HTTP archive, WireMock mappings and others, which may be compressed by gzip; or the zip archive of a folder.

    `format` is recognised if it is not given. `name` names the mock server instead of the file; `file_name` is the
    file's name; `host` chooses one host of a recording of several. With `dry_run` nothing is made. Returns the servers,
    and what was made, changed and left out. It is not repeated after a 503. Raises InvalidRequest (nothing was made;
    its `errors` point at places in the file), Unauthorized, Forbidden, TooLarge, TooManyRequests.
    """
    query = {
        "format": format or None,
        "name": name or None,
        "workspaceId": workspace_id or None,
        "dryRun": dry_run or None,
        "host": host or None,
        "fileName": file_name or None,
    }
    media_type = "application/octet-stream"
    return make_call(
        "POST", "/mock-servers/import", reads(ImportedMocks), query=query, content=content, media_type=media_type
    )


@call
def export_server(mock_server_id: str, format: str) -> Call[Reply]:
    """Returns the mock server as a file of a format: openapi, insomnia, wiremock, mockoon, postman; or har, its log.

    The body of the reply is the file; its header `mockwave-left-out` counts what the format cannot express, and
    `mockwave-left-out-report` names the first of these, as JSON. Raises InvalidRequest, NotFound, Unauthorized.
    """
    path = "/mock-servers/{}/export"
    return make_call("GET", path, lambda reply: reply, ids=[mock_server_id], query={"format": format})
