"""Security requirements: whether a request has the credentials of one of the alternatives.

Only presence and form are checked: a mock has no users. A failure is answered with a challenge for each unmet scheme
(RFC 9110 §11.6.1; Basic RFC 7617, Digest RFC 7616, Bearer RFC 6750).
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Final

from mockwave.answers.request_rules import Scheme
from mockwave.http_grammar import TOKEN
from mockwave.model import Violation
from mockwave.pointers import escape_token

CHALLENGES: Final = {
    "basic": 'Basic realm="*"',
    "digest": 'Digest realm="*", nonce="abc123"',
    "bearer": "Bearer",
    "oauth2": "OAuth2",
    "openIdConnect": "OpenID",
}
# Sent only as a last resort: no standard has a challenge for API keys, and a 401 needs one (RFC 9110 §15.5.2).
KEY_CHALLENGE: Final = 'ApiKey realm="*"'
_TOKEN = re.compile(TOKEN)

DIGEST_PARTS: Final = ("username=", "realm=", "nonce=", "uri=", "response=")


def find_unmet(
    alternatives: Sequence[Sequence[Scheme]], authorization: str, has_key: Callable[[str, str], bool]
) -> list[Scheme]:
    """Returns the unmet schemes of all alternatives; none if one alternative holds.

    `has_key` says whether the request has a key, by location (`header`, `query`, `cookie`) and name.
    """
    unmet: dict[Scheme, None] = {}
    for schemes in alternatives:
        failed = [scheme for scheme in schemes if not is_met(scheme, authorization, has_key)]
        if not failed:
            return []
        unmet.update(dict.fromkeys(failed))
    return list(unmet)


def challenges_of(unmet: Sequence[Scheme]) -> list[str]:
    """Returns the values of WWW-Authenticate, scheme by scheme."""
    kinds = dict.fromkeys(scheme.kind for scheme in unmet if scheme.kind != "apiKey")
    # A document may give a scheme any name; only a token may stand in a header.
    challenges = [CHALLENGES.get(kind, kind.title()) for kind in kinds if _TOKEN.fullmatch(kind)]
    return challenges or [KEY_CHALLENGE]


def violation_of(scheme: Scheme) -> Violation:
    if scheme.kind == "apiKey":
        pointer = f"/{escape_token(scheme.name)}"
        message = f"the {scheme.location} has no API key {scheme.name}"
        return Violation(location=scheme.location, pointer=pointer, rule="security", message=message)
    message = f"the header has no credentials of the scheme {scheme.kind}"
    return Violation(location="header", pointer="/authorization", rule="security", message=message)


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
