"""Calls about the server itself: readiness, metrics, its API document. They need no token."""

from typing import Any

import msgspec
from msgspec import Struct

from mockwave.client.call_plans import Call, Reply, make_call, read_text, reads
from mockwave.client.methods import call


class Readiness(Struct, frozen=True):
    """Whether the server is ready, and if not, every reason why."""

    is_ready: bool
    reasons: list[str] = []


class _Unready(Struct):
    reasons: list[str] = []


@call
def read_readiness() -> Call[Readiness]:
    """Returns whether the server is ready; not being ready is an answer, not an error. Raises NoAnswer."""
    return make_call("GET", "/readyz", _read_readiness, accepts=[503])


@call
def read_metrics() -> Call[str]:
    """Returns the counters of all workers in Prometheus' text format."""
    return make_call("GET", "/metrics", read_text)


@call
def read_contract() -> Call[dict[str, Any]]:
    """Returns the OpenAPI document of the management API."""
    return make_call("GET", "/openapi.json", reads(dict[str, Any]))


def _read_readiness(reply: Reply) -> Readiness:
    if reply.status == 200:
        return Readiness(True)
    return Readiness(False, msgspec.json.decode(reply.body, type=_Unready).reasons)
