"""Bearer tokens: from a JWT (RFC 7519) to its Bearer, and the other way round.

These claims count: `exp` and `nbf`, each enforced to the second if present; `aud`, which has to name this server
(§4.1.3), and is required if the server has an audience; `iss`, if the server trusts one issuer; `workspaces`, the only
ones that the bearer sees and changes; `scope`, where only `read` cannot write. A claim of a wrong type refuses the
token, and so does null, which would mean the same as no claim: everything is allowed.
"""

import binascii
import time
from base64 import urlsafe_b64decode
from collections.abc import Sequence

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from msgspec import UNSET, Struct, UnsetType

from mockwave.management.keys import VerificationKey, secret_key
from mockwave.quoting import quote

MAXIMUM_TOKEN_BYTES = 16 * 1024

SCOPES = frozenset({"read", "write"})


class Bearer(Struct, frozen=True):
    """The caller: the workspaces seen (None for all) and whether writes are allowed."""

    workspaces: frozenset[str] | None = None
    may_write: bool = True

    def sees(self, workspace_id: str) -> bool:
        return self.workspaces is None or workspace_id in self.workspaces


class VerifiedToken(Struct, frozen=True):
    """A token that was valid when it was verified, and until when it stays valid (seconds since the epoch)."""

    bearer: Bearer
    expires_s: float


class TokenError(Exception):
    """A token that is refused; the text says why."""


class _TokenHeader(Struct, rename={"algorithm": "alg", "key_id": "kid"}):
    algorithm: str
    key_id: str = ""


class _Claims(Struct, rename={"not_before": "nbf", "expires": "exp", "issued_at": "iat", "audience": "aud"}):
    expires: int | float | UnsetType = UNSET
    not_before: int | float | UnsetType = UNSET
    issued_at: int | float | UnsetType = UNSET
    audience: str | list[str] | UnsetType = UNSET
    iss: str | UnsetType = UNSET
    sub: str | UnsetType = UNSET
    jti: str | UnsetType = UNSET
    workspaces: list[str] | UnsetType = UNSET
    scope: str | UnsetType = UNSET


_decode_header = msgspec.json.Decoder(_TokenHeader).decode


def verify_token(
    token: str, keys: Sequence[VerificationKey], now_s: float, *, audience: str = "", issuer: str = ""
) -> VerifiedToken:
    """Verifies the token with the one of `keys` that signed it. Raises TokenError.

    `audience` is the server's name in tokens; `issuer` is the only issuer whose tokens it takes; "" for none.
    """
    if len(token) > MAXIMUM_TOKEN_BYTES:
        raise TokenError(f"the token is longer than {MAXIMUM_TOKEN_BYTES} bytes")
    key = _choose_key(_read_header(token), keys)
    try:
        document = jwt.decode(token, key.key, registry=key.registry).claims
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise TokenError("the token's signature does not verify, or the token is not a JWT") from error
    try:
        claims = msgspec.convert(document, _Claims)
    except msgspec.ValidationError as error:
        raise TokenError(f"the token has a claim of a wrong type: {error}") from error
    _refuse_times(claims, now_s)
    _refuse_parties(claims, audience, issuer)
    return VerifiedToken(
        Bearer(
            workspaces=None if claims.workspaces is UNSET else frozenset(claims.workspaces),
            may_write=claims.scope is UNSET or "write" in _read_scope(claims.scope),
        ),
        expires_s=float("inf") if claims.expires is UNSET else claims.expires,
    )


def mint_token(
    secret: bytes,
    *,
    workspaces: Sequence[str] | None = None,
    scope: str | None = None,
    expires_in_s: int | None = None,
    subject: str = "",
    audience: str = "",
    issuer: str = "",
) -> str:
    """Returns a token signed with the secret. Arguments that are None or "" are left out, which means all workspaces,
    reading and writing, no end."""
    now_s = int(time.time())
    claims: dict[str, object] = {"iat": now_s}
    for name, text in (("sub", subject), ("aud", audience), ("iss", issuer)):
        if text:
            claims[name] = text
    if expires_in_s is not None:
        claims["exp"] = now_s + expires_in_s
    if workspaces is not None:
        claims["workspaces"] = list(workspaces)
    if scope is not None:
        _read_scope(scope)
        claims["scope"] = scope
    key = secret_key(secret)
    return jwt.encode({"alg": "HS256"}, claims, key.key, registry=key.registry)


def _read_header(token: str) -> _TokenHeader:
    encoded = token.partition(".")[0]
    try:
        return _decode_header(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError) as error:
        raise TokenError("the token is not a JWT: its first part is not a JOSE header") from error


def _choose_key(header: _TokenHeader, keys: Sequence[VerificationKey]) -> VerificationKey:
    """The one key for the header's algorithm: by key id, else the only key that fits."""
    possible = [key for key in keys if header.algorithm in key.algorithms]
    if not possible:
        known = ", ".join(sorted({name for key in keys for name in key.algorithms}))
        raise TokenError(f"the token is signed with {quote(header.algorithm)}, and the keys here are for {known}")
    named = [key for key in possible if not header.key_id or not key.key_id or key.key_id == header.key_id]
    exact = [key for key in named if header.key_id and key.key_id == header.key_id]
    chosen = exact or named
    if not chosen:
        raise TokenError(f"no {header.algorithm} key here has the token's key id (kid) {quote(header.key_id)}")
    if len(chosen) > 1:
        raise TokenError(f"several {header.algorithm} keys fit; the token needs a key id (kid)")
    return chosen[0]


def _refuse_times(claims: _Claims, now_s: float) -> None:
    # Compared in this form, since NaN is neither before nor after.
    if claims.expires is not UNSET and not claims.expires > now_s:
        raise TokenError(f"the token has expired, {_elapsed(now_s - claims.expires)} ago")
    if claims.not_before is not UNSET and not claims.not_before <= now_s:
        raise TokenError(f"the token is not valid yet, for another {_elapsed(claims.not_before - now_s)}")


def _refuse_parties(claims: _Claims, audience: str, issuer: str) -> None:
    """Raises TokenError if the token is meant for another server, or comes from an untrusted issuer."""
    if claims.audience is not UNSET:
        named = [claims.audience] if isinstance(claims.audience, str) else claims.audience
        if not audience:
            raise TokenError("the token is for another audience (aud): this server was started without --audience")
        if audience not in named:
            raise TokenError(f"the token is for another audience (aud): it has to name {quote(audience)}")
    elif audience:
        raise TokenError(f"the token names no audience (aud): it has to name {quote(audience)}")
    if issuer and claims.iss != issuer:
        given = "none" if claims.iss is UNSET else quote(claims.iss)
        raise TokenError(f"the token's issuer (iss): expected {quote(issuer)}, got {given}")


def _elapsed(seconds: float) -> str:
    return f"{seconds:,.0f} s"


def _read_scope(scope: str) -> frozenset[str]:
    values = frozenset(scope.split(" "))
    unknown = values - SCOPES
    if unknown:
        raise TokenError(f"the scope {quote(scope)} is unknown; expected read, write, or both")
    return values
