"""Calls about MockServers: list, create, read, update, delete, and their Specifications."""

from mockwave.client.call_plans import Call, Plan, make_call, read_nothing, read_text, reads
from mockwave.client.errors import MockwaveError
from mockwave.client.methods import call, iterates, plan
from mockwave.client.pages import PAGE_ITEMS, Page, give_pages, reads_page
from mockwave.model import MockRules, MockRulesUpdate, MockServer, MockServerCreate, MockServerUpdate, RuleObject

SERVERS = "/mock-servers"
SERVER = "/mock-servers/{}"


class NotOneServer(MockwaveError):
    """No mock server has the name or id, or several have the name."""


@call
def list_servers(workspace_id: str = "", *, limit: int | None = None, offset: int = 0) -> Call[list[MockServer]]:
    """Returns the mock servers that the bearer may see, oldest first; if a workspace is named, only its own.

    At most `limit` (1 to 1,000) are returned, from `offset` on; None returns all of them in one answer. Raises
    InvalidRequest, Unauthorized.
    """
    query = {"workspaceId": workspace_id or None, "limit": limit, "offset": offset or None}
    return make_call("GET", SERVERS, reads(list[MockServer]), query=query)


@iterates(MockServer)
def iterate_servers(workspace_id: str = "", *, page_items: int = PAGE_ITEMS) -> Plan[None]:
    """Like `list_servers`, page by page, so that any number of servers takes little memory. Raises the same as
    `list_servers`."""

    def read_page(offset: int) -> Call[Page[MockServer]]:
        query = {"workspaceId": workspace_id or None, "limit": page_items, "offset": offset}
        return make_call("GET", SERVERS, reads_page(MockServer), query=query)

    return give_pages(read_page)


@call
def create_server(server: MockServerCreate) -> Call[MockServer]:
    """Creates a mock server: empty, or with a route for each operation of its `specification` (an OpenAPI document as
    text). When this returns, it serves on every worker; `url` is the base of its mock, and `import_report` says what
    could not be expressed.

    It is not repeated after a 503, since that would make another server. Raises InvalidRequest (its `errors` point at
    each fault of the body or the document), Unauthorized, Forbidden, TooLarge, TooManyRequests (too many imports at
    once).
    """
    return make_call("POST", SERVERS, reads(MockServer), body=server)


@call
def read_server(mock_server_id: str) -> Call[MockServer]:
    """Returns the mock server. Raises NotFound, Unauthorized."""
    return make_call("GET", SERVER, reads(MockServer), ids=[mock_server_id])


@call
def update_server(mock_server_id: str, changes: MockServerUpdate) -> Call[MockServer]:
    """Changes the fields in `changes`, and returns the server. A new `specification` replaces generated routes and
    leaves custom ones. Raises InvalidRequest, NotFound, Unauthorized, Forbidden."""
    return make_call("PUT", SERVER, reads(MockServer), ids=[mock_server_id], body=changes)


@call
def delete_server(mock_server_id: str) -> Call[None]:
    """Deletes the mock server with its routes and its log. Raises NotFound, Unauthorized, Forbidden."""
    return make_call("DELETE", SERVER, read_nothing, ids=[mock_server_id])


@call
def read_specification(mock_server_id: str) -> Call[str]:
    """Returns the text of the document from which the mock server was made, as it was sent. Raises NotFound if there is
    none, Unauthorized."""
    return make_call("GET", f"{SERVER}/specification", read_text, ids=[mock_server_id])


@call
def read_server_rules(mock_server_id: str) -> Call[MockRules]:
    """Returns the server's own rules, which are tried before those of its routes. Raises NotFound, Unauthorized."""
    return make_call("GET", f"{SERVER}/rules", reads(MockRules), ids=[mock_server_id])


@call
def update_server_rules(mock_server_id: str, rules: list[RuleObject]) -> Call[MockRules]:
    """Sets only the server's own rules; an empty list removes them. Returns them, with `warnings` about anything that
    will not do what it seems to do. Raises InvalidRequest, NotFound, Unauthorized, Forbidden."""
    body = MockRulesUpdate(rules=rules)
    return make_call("PUT", f"{SERVER}/rules", reads(MockRules), ids=[mock_server_id], body=body)


@plan
def find_server(name_or_id: str) -> Plan[MockServer]:
    """Returns the mock server with this id, or else the only one with this name. Raises NotOneServer, Unauthorized."""
    servers = yield from list_servers()
    found = [server for server in servers if server.id == name_or_id]
    found = found or [server for server in servers if server.name == name_or_id]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(server.id for server in found)
        raise NotOneServer(f"{len(found)} mock servers are named {name_or_id}; give the id of one: {ids}")
    raise NotOneServer(f"there is no mock server {name_or_id} (`mockwave servers` lists them)")
