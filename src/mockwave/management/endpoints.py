"""The management plane: a request in, a complete Answer out.

The table below is compiled into the same Matcher that serves mocks, with the same rules for escapes and trailing
slashes. HEAD is answered like GET without the body, OPTIONS with Allow. An internal fault is logged once, under an id
that the 500 names, and nothing is raised.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence

import msgspec
from msgspec import Struct

from mockwave._matcher import Matcher, NotMatched
from mockwave.management import (
    contract,
    explanations,
    exports,
    figures,
    imports,
    logs,
    routes,
    rules,
    sample_requests,
    servers,
    state,
    streams,
    verifications,
)
from mockwave.management.auth import Authenticator, refuse_readers
from mockwave.management.calls import Call, LogReader, Services
from mockwave.management.exchange import (
    Answer,
    ManagementRequest,
    ReadBody,
    answer_nothing,
    answer_refusal,
    without_body,
)
from mockwave.management.long_texts import LONG_BYTES
from mockwave.management.page import answer_page, is_of_page
from mockwave.management.tokens import Bearer
from mockwave.model import Violation
from mockwave.paths import parse_path
from mockwave.problems import Refusal, refuse_for_memory
from mockwave.quoting import quote
from mockwave.reading.readers import Reader
from mockwave.request_bodies import announced_bytes
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.settings import Settings
from mockwave.state.states import StateTable
from mockwave.store.protocol import Store, StoreError
from mockwave.templates import Template, TemplateError

__all__ = ["Answer", "LogReader", "ManagementPlane", "ManagementRequest"]

logger = logging.getLogger("mockwave.management")

Handler = Callable[[Call], Awaitable[Answer]]


class Endpoint(Struct, frozen=True):
    """One method and path, and its handler. With `writes` it needs a bearer who may write; with `is_open` it needs
    none.

    `body_bytes` limits its body, besides --max-body-bytes; 0 if it uses none. With `takes_text` the body may contain a
    Specification's text."""

    method: str
    path: str
    handle: Handler
    writes: bool = False
    is_open: bool = False
    takes_text: bool = False
    body_bytes: int = 0


NOBODY = Bearer(workspaces=frozenset(), may_write=False)

TEXT_BODY_BYTES = 1 << 40
"""As large as any body: the reader of Specifications limits their texts."""

ROUTE_BODY_BYTES = 16 * 1024 * 1024
"""Such a body is decoded in one go, in which a worker answers no mock."""

RULES_BODY_BYTES = 4 * 1024 * 1024
"""Of ten thousand rules, which are read one by one."""

STATE_BODY_BYTES = 64 * 1024

VERIFICATION_BODY_BYTES = 256 * 1024

SERVER = "/mock-servers/{mockServerId}"
ROUTE = f"{SERVER}/routes/{{routeId}}"

ENDPOINTS = (
    Endpoint("GET", "/mock-servers", servers.list_servers),
    Endpoint("POST", "/mock-servers", servers.create_server, writes=True, takes_text=True, body_bytes=TEXT_BODY_BYTES),
    Endpoint(
        "POST", "/mock-servers/import", imports.import_mocks, writes=True, takes_text=True, body_bytes=TEXT_BODY_BYTES
    ),
    Endpoint("GET", SERVER, servers.show_one_server),
    Endpoint("PUT", SERVER, servers.update_server, writes=True, takes_text=True, body_bytes=TEXT_BODY_BYTES),
    Endpoint("DELETE", SERVER, servers.delete_server, writes=True),
    Endpoint("GET", f"{SERVER}/specification", servers.show_specification),
    Endpoint("GET", f"{SERVER}/export", exports.export_server),
    Endpoint("GET", f"{SERVER}/rules", rules.show_server_rules),
    Endpoint("PUT", f"{SERVER}/rules", rules.update_server_rules, writes=True, body_bytes=RULES_BODY_BYTES),
    Endpoint("GET", f"{SERVER}/state", state.list_state),
    Endpoint("PUT", f"{SERVER}/state", state.set_state, writes=True, body_bytes=STATE_BODY_BYTES),
    Endpoint("DELETE", f"{SERVER}/state", state.reset_state, writes=True),
    Endpoint("GET", f"{SERVER}/routes", routes.list_routes),
    Endpoint("POST", f"{SERVER}/routes", routes.create_route, writes=True, body_bytes=ROUTE_BODY_BYTES),
    Endpoint("GET", ROUTE, routes.show_one_route),
    Endpoint("PUT", ROUTE, routes.update_route, writes=True, body_bytes=ROUTE_BODY_BYTES),
    Endpoint("DELETE", ROUTE, routes.delete_route, writes=True),
    Endpoint("GET", f"{ROUTE}/rules", rules.show_route_rules),
    Endpoint("PUT", f"{ROUTE}/rules", rules.update_route_rules, writes=True, body_bytes=RULES_BODY_BYTES),
    Endpoint("GET", f"{SERVER}/logs", logs.list_logs),
    Endpoint("DELETE", f"{SERVER}/logs", logs.clear_log, writes=True),
    Endpoint("GET", f"{SERVER}/logs/stream", streams.stream_log),
    Endpoint("GET", f"{SERVER}/logs/{{entryId}}", logs.show_entry),
    Endpoint("POST", f"{SERVER}/verifications", verifications.verify, body_bytes=VERIFICATION_BODY_BYTES),
    Endpoint("GET", f"{SERVER}/logs/{{entryId}}/explanation", explanations.explain_entry),
    Endpoint("GET", f"{ROUTE}/sample-request", sample_requests.show_sample_request),
    Endpoint("GET", f"{SERVER}/figures", figures.show_figures),
    Endpoint("GET", "/events", streams.stream_events),
    Endpoint("GET", "/openapi.json", contract.show_contract, is_open=True),
)


class ManagementPlane:
    """Answers management requests; one per worker."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        logs: LogReader,
        states: StateTable,
        reader: Reader,
        check_template: Callable[[str, Template], Awaitable[TemplateError | None]],
        check_rules: Callable[[str, bytes, RouteTraits | None, Collection[str]], Awaitable[list[Violation]]],
        authenticator: Authenticator,
        after_write: Callable[[], Awaitable[None]],
        count_answered: Callable[[], int],
        read_generation: Callable[[], int],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._services = Services(
            settings=settings,
            store=store,
            logs=logs,
            states=states,
            reader=reader,
            check_template=check_template,
            check_rules=check_rules,
            after_write=after_write,
            count_answered=count_answered,
            read_generation=read_generation,
            is_stopping=is_stopping,
        )
        self._authenticator = authenticator
        self._endpoints = Matcher([(endpoint.method, parse_path(endpoint.path), endpoint) for endpoint in ENDPOINTS])

    @property
    def services(self) -> Services:
        """The Services that calls are given, for other planes that write."""
        return self._services

    async def answer(self, request: ManagementRequest, read_body: ReadBody | None = None) -> Answer:
        """Answers the request. If its body is not in its chunks, `read_body` reads it. Never raises.

        The body is read only if the caller may make the request; otherwise it is left to the caller of this method.
        """
        try:
            answer = await self._answer(request, read_body)
        except Refusal as refusal:
            answer = answer_refusal(refusal)
        except StoreError as error:
            logger.error("the store cannot be used: %s", error)
            answer = answer_refusal(Refusal(503, "store-unavailable", str(error), headers=[(b"retry-after", b"1")]))
        except Exception as fault:
            refusal_for_memory = refuse_for_memory(fault)
            if refusal_for_memory is not None:
                logger.error("%s %r was refused because memory ran out: %s", request.method, request.path[:200], fault)
                return answer_refusal(refusal_for_memory)
            fault_id = secrets.token_hex(8)
            logger.exception("fault %s in answering %s %r", fault_id, request.method, request.path[:200])
            detail = f"this is a fault of the server; its log tells more under {fault_id}"
            answer = answer_refusal(Refusal(500, "internal-fault", detail))
        return without_body(answer) if request.method == "HEAD" else answer

    async def _answer(self, request: ManagementRequest, read_body: ReadBody | None) -> Answer:
        if is_of_page(request):
            return await answer_page(self._services.settings, request, read_body)
        match = self._endpoints.match(request.method, request.path)
        if isinstance(match, NotMatched):
            return _answer_unmatched(request, match)
        endpoint = match.value
        bearer = self._admit(request, endpoint)
        ids = match.parameters()
        call = Call(
            services=self._services,
            request=request,
            bearer=bearer,
            mock_server_id=ids.get("mockServerId", ""),
            route_id=ids.get("routeId", ""),
            entry_id=ids.get("entryId", ""),
        )
        if read_body is not None:
            chunks = await self._read_body(endpoint, call, read_body)
            call = msgspec.structs.replace(call, request=msgspec.structs.replace(request, chunks=chunks))
        return await endpoint.handle(call)

    async def _read_body(self, endpoint: Endpoint, call: Call, read_body: ReadBody) -> Sequence[bytes]:
        """Reads the body of an admitted call. Work that does not need it begins while it is on its way."""
        limit_bytes = self._services.settings.max_body_bytes
        if not endpoint.body_bytes:
            return await read_body(0, limit_bytes)
        announced = announced_bytes(call.request.headers)
        if call.mock_server_id and (announced is None or announced >= LONG_BYTES):
            await call.read_server()  # nothing is kept for a server that does not exist
        if endpoint.takes_text and announced is not None and announced >= LONG_BYTES:
            # The process that reads long texts takes as long to start as they take to arrive.
            self._services.reader.prepare()
        limit_bytes = min(endpoint.body_bytes, limit_bytes)
        return await read_body(limit_bytes, limit_bytes)

    def _admit(self, request: ManagementRequest, endpoint: Endpoint) -> Bearer:
        """Returns the bearer. Raises Refusal if the caller may not make the request."""
        bearer = NOBODY if endpoint.is_open else self._authenticator.admit(request)
        if endpoint.writes:
            refuse_readers(bearer)
        return bearer


def _answer_unmatched(request: ManagementRequest, match: NotMatched) -> Answer:
    path = quote(request.path.decode("latin-1"))
    if not match.allow:
        raise Refusal(
            404,
            "unknown-path",
            f"there is nothing at {path}; mocks are below /bin, the API is described at /openapi.json",
        )
    allow = [(b"allow", match.allow_header)]
    if request.method == "OPTIONS":
        return answer_nothing(allow)
    raise Refusal(
        405,
        "method-not-allowed",
        f"{request.method[:100]} is not served at {path}; allowed are {', '.join(match.allow)}",
        headers=allow,
    )
