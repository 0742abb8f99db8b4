"""A request as an engine passes it to the planes, and the common work of all planes: the step in which it is answered,
and the Refusal for one that could not be answered.
"""

import logging
import secrets
from collections.abc import Sequence

from msgspec import Struct

from mockwave.journal.journal import JournalFull
from mockwave.liveness.steps import Step, Steps
from mockwave.problems import Refusal, refuse_for_memory
from mockwave.request_bodies import RequestBody
from mockwave.store.protocol import StoreError

logger = logging.getLogger("mockwave.app")

Headers = list[tuple[bytes, bytes]]
Client = tuple[str, int] | None


class Request(Struct, frozen=True, kw_only=True):
    """A request as it was sent.

    `path` is that of the target, with its escapes, without the query; `*` for `OPTIONS *`. `headers` has all fields in
    order, with names in lower case. `client` is (address, port), or None if it has neither; `scheme` is http or https,
    as the client sees it.
    """

    method: str
    path: bytes
    query: bytes
    headers: Headers
    client: Client
    scheme: str
    body: RequestBody


def begin_step(
    steps: Steps, owner: str, request: Request, what: str, body: Sequence[bytes], shown_path: bytes | None = None
) -> Step:
    """Returns the key under which answering this request is noted, from the known part of its body. Raises Refusal for
    a request that made a worker hang a while ago. `shown_path` is the part of its path that may be noted."""
    key = steps.key_of_request(owner, request.method, request.path, request.query, request.headers, body)
    steps.refuse_known(key, what)
    return Step(key, b"%s %s" % (request.method.encode(), request.path if shown_path is None else shown_path))


def refusal_of(fault: Exception) -> Refusal:
    """The Refusal for a request that could not be answered."""
    if isinstance(fault, Refusal):
        return fault
    if isinstance(fault, JournalFull | StoreError):
        return Refusal(503, "store-unavailable", str(fault), headers=[(b"retry-after", b"1")])
    refusal = refuse_for_memory(fault)
    if refusal is not None:
        logger.error("a request was refused because memory ran out: %s", fault)
        return refusal
    fault_id = secrets.token_hex(8)
    logger.error("fault %s", fault_id, exc_info=fault)
    return Refusal(500, "internal-fault", f"this is a fault of the server; its log tells more under {fault_id}")
