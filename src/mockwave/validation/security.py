"""Security requirements: whether a request brings what one of the alternatives asks for.

Only presence and form are checked: a mock has no users. What fails is answered with a challenge for each scheme that
was not met (RFC 9110 §11.6.1; Basic RFC 7617, Digest RFC 7616, Bearer RFC 6750).
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Final

from mockwave.openapi.security import Scheme

CHALLENGES: Final = {
    "basic": 'Basic realm="*"',
    "digest": 'Digest realm="*", nonce="abc123"',
    "bearer": "Bearer",
    "oauth2": "OAuth2",
    "openIdConnect": "OpenID",
}
# Sent only where nothing else is: no standard has a challenge for API keys, and a 401 needs one (RFC 9110 §15.5.2).
KEY_CHALLENGE: Final = 'ApiKey realm="*"'
DIGEST_PARTS: Final = ("username=", "realm=", "nonce=", "uri=", "response=")


def find_challenges(
    alternatives: Sequence[Sequence[Scheme]], authorization: str, has_key: Callable[[str, str], bool]
) -> list[str] | None:
    """None where an alternative holds, else the challenges of those that do not.

    `has_key`: whether the request has a key, by location (`header`, `query`, `cookie`) and name.
    """
    challenges: dict[str, None] = {}
    for schemes in alternatives:
        failed = [scheme for scheme in schemes if not is_met(scheme, authorization, has_key)]
        if not failed:
            return None
        challenges.update((challenge, None) for scheme in failed if (challenge := challenge_of(scheme)))
    return list(challenges) or [KEY_CHALLENGE]


def is_met(scheme: Scheme, authorization: str, has_key: Callable[[str, str], bool]) -> bool:
    if scheme.kind == "apiKey":
        return has_key(scheme.location, scheme.name)
    given, _, credentials = authorization.partition(" ")
    wanted = "bearer" if scheme.kind in ("oauth2", "openIdConnect") else scheme.kind
    if given.lower() != wanted or not credentials.strip():
        return False
    if wanted == "basic":
        return is_user_and_password(credentials)
    return wanted != "digest" or all(part in credentials for part in DIGEST_PARTS)


def is_user_and_password(credentials: str) -> bool:
    try:
        return b":" in base64.b64decode(credentials.strip())
    except (binascii.Error, ValueError):
        return False


def challenge_of(scheme: Scheme) -> str:
    if scheme.kind == "apiKey":
        return ""
    return CHALLENGES.get(scheme.kind, scheme.kind.title())
