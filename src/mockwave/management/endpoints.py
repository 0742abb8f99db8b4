"""The management plane: a request in, a complete Answer out.

What is answered is the table below, compiled into the Matcher that serves the mocks, with their rules for escapes and
trailing slashes. HEAD is answered as GET without the body, OPTIONS with Allow. Whatever goes wrong inside is logged
once, under an id that the 500 names, and nothing is raised.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence

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
from mockwave.paths import parse_path
from mockwave.problems import Refusal, refuse_for_memory
from mockwave.quoting import quote
from mockwave.reading.readers import Reader
from mockwave.request_bodies import announced_bytes
from mockwave.settings import Settings
from mockwave.state.states import StateTable
from mockwave.store.protocol import Store, StoreError
from mockwave.templates import Template, TemplateError

__all__ = ["Answer", "LogReader", "ManagementPlane", "ManagementRequest"]

logger = logging.getLogger("mockwave.management")

Handler = Callable[[Call], Awaitable[Answer]]


class Endpoint(Struct, frozen=True):
    """One method and path, and who answers it; `writes` needs a bearer who may, `is_open` needs none.

    `body_bytes` is how large its body may be, at most --max-body-bytes; 0: it has no use for one. The body of one that
    `takes_text` may hold a Specification's."""

    method: str
    path: str
    handle: Handler
    writes: bool = False
    is_open: bool = False
    takes_text: bool = False
    body_bytes: int = 0


NOBODY = Bearer(workspaces=frozenset(), may_write=False)

TEXT_BODY_BYTES = 1 << 40
"""As large as any body: what a Specification's text may have, whoever reads it knows."""

ROUTE_BODY_BYTES = 16 * 1024 * 1024
"""Decoded in one go, in which a worker answers no mock."""

RULES_BODY_BYTES = 1024 * 1024
"""As ROUTE_BODY_BYTES, of what is all structure and no text."""

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
            after_write=after_write,
            count_answered=count_answered,
            read_generation=read_generation,
            is_stopping=is_stopping,
        )
        self._authenticator = authenticator
        self._endpoints = Matcher([(endpoint.method, parse_path(endpoint.path), endpoint) for endpoint in ENDPOINTS])

    @property
    def services(self) -> Services:
        """What the calls are given, for planes that write to the same."""
        return self._services

    async def answer(self, request: ManagementRequest, read_body: ReadBody | None = None) -> Answer:
        """The answer to the request, whose body, where it is not in its chunks, `read_body` reads. Never raises.

        The body is read only of a request that may be made; of others it is left to the caller.
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
                logger.error("%s %r was refused for want of memory: %s", request.method, request.path[:200], fault)
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
        """The body of an admitted call. What does not need it begins while it is on its way."""
        limit_bytes = self._services.settings.max_body_bytes
        if not endpoint.body_bytes:
            return await read_body(0, limit_bytes)
        announced = announced_bytes(call.request.headers)
        if call.mock_server_id and (announced is None or announced >= LONG_BYTES):
            await call.read_server()  # nothing is kept for a server that is not there
        if endpoint.takes_text and announced is not None and announced >= LONG_BYTES:
            # The process that reads long texts takes as long to start as they take to come.
            self._services.reader.prepare()
        limit_bytes = min(endpoint.body_bytes, limit_bytes)
        return await read_body(limit_bytes, limit_bytes)

    def _admit(self, request: ManagementRequest, endpoint: Endpoint) -> Bearer:
        """Who asks. Raises Refusal if it is nobody who may."""
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
