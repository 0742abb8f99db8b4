"""A valid request for a route, as it is wished for and as it is made: what travels to the process that makes it, and
back."""

from msgspec import Struct


class SampleWish(Struct, frozen=True, array_like=True):
    """A request for a route with this method and path. `request_rules`: what its operation asks, encoded
    (`request_rules.py`), b"" for a route of no document; `when`: the condition of a rule, as JSON, that it is to meet;
    b"" without one."""

    method: str
    path: str
    request_rules: bytes = b""
    when: bytes = b""


class SampledRequest(Struct, frozen=True, array_like=True):
    """The request: its path with the query, and what of the wish it may not meet."""

    method: str
    target: str
    headers: dict[str, str]
    body: str | None
    left_out: list[str]
