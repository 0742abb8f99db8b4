"""Admission: bearer tokens on every management call (RFC 6750), or, with `--no-auth`, only loopback.

A verified token is kept until it expires, so that a burst of calls costs one verification. Without tokens anything on
this machine may call, including a browser: a page of another site reaches 127.0.0.1 through a name of its own (DNS
rebinding) or by plain requests. So Host, and Origin if present, must name this machine. Pages that mocks send contain
foreign scripts, so requests from pages of the server's own origin are refused as well (Sec-Fetch-Site,
https://www.w3.org/TR/fetch-metadata/; browsers without it send Origin with every write), except under the host of
mockwave's own page (page_host.py).
"""

import ipaddress
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mockwave.data_folder import DataFolder
from mockwave.management.exchange import ManagementRequest
from mockwave.management.keys import KeyFileError, VerificationKey, find_secret, read_key_set, read_secret, secret_key
from mockwave.management.page_host import is_page_authority
from mockwave.management.tokens import Bearer, TokenError, VerifiedToken, mint_token, verify_token
from mockwave.problems import Refusal
from mockwave.quoting import quote
from mockwave.settings import Settings

__all__ = ["Authenticator", "KeyFileError", "build_authenticator", "find_secret", "mint_token", "read_secret"]

REALM = b'Bearer realm="mockwave"'

MAXIMUM_KEPT_TOKENS = 1024
MAXIMUM_KEPT_S = 300.0
"""A token is verified again after this long, however long it lives."""

WAY_OUT = "--no-auth serves only this machine; start without it to use tokens"

_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]/@]+)(?::[0-9]{0,5})?")
_ORIGIN = re.compile(r"https?://(?P<authority>[^/?#]+)")


class Authenticator:
    """Admits requests. `keys` verify tokens, for this `audience` and `issuer` if given; without keys, loopback is
    checked instead."""

    def __init__(
        self,
        keys: Sequence[VerificationKey],
        *,
        audience: str = "",
        issuer: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = list(keys)
        self._audience = audience
        self._issuer = issuer
        self._clock = clock
        self._kept: dict[bytes, VerifiedToken] = {}

    def admit(self, request: ManagementRequest) -> Bearer:
        """Returns the caller. Raises Refusal: 401 for a missing or bad token; without tokens, 421 or 403 for a
        stranger."""
        if not self._keys:
            refuse_strangers(request)
            return Bearer()
        values = request.header_values(b"authorization")
        token = _read_token(values)
        kept = self._kept.get(token)
        now_s = self._clock()
        if kept is not None and now_s < kept.expires_s:
            return kept.bearer
        self._kept.pop(token, None)
        try:
            verified = verify_token(
                token.decode("latin-1"), self._keys, now_s, audience=self._audience, issuer=self._issuer
            )
        except TokenError as error:
            raise _unauthorized(str(error), b"invalid_token") from error
        self._keep(token, verified, now_s)
        return verified.bearer

    def _keep(self, token: bytes, verified: VerifiedToken, now_s: float) -> None:
        if len(self._kept) >= MAXIMUM_KEPT_TOKENS:
            del self._kept[next(iter(self._kept))]
        self._kept[token] = VerifiedToken(verified.bearer, min(verified.expires_s, now_s + MAXIMUM_KEPT_S))


def build_authenticator(settings: Settings) -> Authenticator:
    """Builds the Authenticator for these settings; makes the secret at first start. Raises KeyFileError."""
    if not settings.auth:
        return Authenticator([])
    keys = [secret_key(find_secret(DataFolder(settings.data_dir), settings.jwt_secret))]
    if settings.jwks_file:
        try:
            text = Path(settings.jwks_file).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyFileError(f"{settings.jwks_file}: the JWKS file cannot be read ({error})") from error
        keys += read_key_set(text, settings.jwks_file)
    return Authenticator(keys, audience=settings.audience, issuer=settings.issuer)


def refuse_readers(bearer: Bearer) -> None:
    """Raises Refusal (403) if the bearer cannot write."""
    if not bearer.may_write:
        raise Refusal(
            403,
            "insufficient-scope",
            "the token's scope is read, and this call writes; mint a token with scope write, or with none",
            headers=[(b"www-authenticate", REALM + b', error="insufficient_scope", scope="write"')],
        )


def refuse_strangers(request: ManagementRequest, way_out: str = WAY_OUT) -> None:
    """Raises Refusal if the client, Host or an Origin is not a name or address of this machine, and for pages of mocks.
    `way_out` says what the caller can do.

    `mockwave serve` without tokens listens on loopback only; inside another ASGI server, that server's address decides.
    """
    if request.client and not _is_loopback_address(request.client):
        raise Refusal(403, "foreign-client", f"client: expected one of this machine, got {request.client}; {way_out}")
    hosts = request.header_values(b"host")
    if len(hosts) != 1 or not _is_loopback_authority(hosts[0].decode("latin-1")):
        shown = ", ".join(quote(host.decode("latin-1")) for host in hosts) or "none"
        raise Refusal(421, "foreign-host", f"Host: expected localhost or a loopback address, got {shown}; {way_out}")
    authority = hosts[0].decode("latin-1")
    is_page = is_page_authority(authority)
    for origin_bytes in request.header_values(b"origin"):
        origin = origin_bytes.decode("latin-1")
        found = _ORIGIN.fullmatch(origin)
        if found is None or not _is_loopback_authority(found["authority"]):
            raise Refusal(
                403, "foreign-origin", f"Origin: expected one on a loopback address, got {quote(origin)}; {way_out}"
            )
        # On the same port it is a page of this server, under any of its names.
        is_own = _port_of(found["authority"]) == _port_of(authority)
        if is_own and not (is_page and found["authority"].lower() == authority.lower()):
            raise _page_of_a_mock(way_out)
    if b"same-origin" in request.header_values(b"sec-fetch-site") and not is_page:
        raise _page_of_a_mock(way_out)


def _page_of_a_mock(way_out: str) -> Refusal:
    return Refusal(
        403,
        "page-of-a-mock",
        f"a page of a mock cannot call the management API; {way_out}",
    )


def _read_token(values: Sequence[bytes]) -> bytes:
    if not values:
        raise _unauthorized("a bearer token is needed: send Authorization: Bearer <token>; mockwave token mints one")
    if len(values) > 1:
        raise _unauthorized("the Authorization header is given more than once", b"invalid_request")
    scheme, _, token = values[0].strip().partition(b" ")
    if scheme.lower() != b"bearer" or not token.strip():
        raise _unauthorized("Authorization: expected Bearer <token>")
    return token.strip()


def _unauthorized(detail: str, error: bytes = b"") -> Refusal:
    challenge = REALM
    if error:
        # RFC 6750 §3: the description is visible ASCII without quotes and backslashes.
        description = re.sub(r"[^ !#-\[\]-~]", "'", detail).encode()
        challenge += b', error="' + error + b'", error_description="' + description + b'"'
    return Refusal(401, "unauthorized", detail, headers=[(b"www-authenticate", challenge)])


def _port_of(authority: str) -> str:
    return authority.rpartition(":")[2] if not authority.endswith("]") else ""


def _is_loopback_authority(authority: str) -> bool:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return False
    host = found["host"].strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_loopback_address(host)


def _is_loopback_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    # An IPv4 client on a dual-stack socket.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
