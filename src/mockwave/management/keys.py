"""Keys that verify bearer tokens: the HS256 secret of the data folder, and public keys from a JWKS file (RFC 7517).

A key verifies exactly one algorithm (RFC 8725 §3.1), so a public key can never serve as an HMAC secret, and no key has
the algorithm `none`. The secret is made once and whole, so workers that start together get the same one.
"""

import contextlib
import os
import secrets
import tempfile
import warnings
from pathlib import Path
from typing import Any

import msgspec
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from msgspec import Struct

from mockwave.data_folder import DataFolder
from mockwave.errors import ForeseenError

# RFC 9864 renames EdDSA to Ed25519, but issuers still write the old name.
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)

Key = OctKey | RSAKey | ECKey | OKPKey

MINIMUM_SECRET_BYTES = 32
"""RFC 7518 §3.2: an HS256 key is at least as long as the hash."""

MINIMUM_RSA_BITS = 2048
"""RFC 7518 §3.3 and §3.5."""

KEY_CLASSES: dict[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}

# (kty, crv) → the algorithms of such a key; the first one applies if the key names none.
ALGORITHMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("RSA", ""): ("RS256", "PS256"),
    ("EC", "P-256"): ("ES256",),
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
}

# Two names of one algorithm.
SYNONYMS: dict[str, frozenset[str]] = {
    "EdDSA": frozenset({"EdDSA", "Ed25519"}),
    "Ed25519": frozenset({"EdDSA", "Ed25519"}),
}


class KeyFileError(ForeseenError):
    """A secret or key file cannot be used; the text says which, what is wrong with it and what to do."""

    exit_code = 2


class VerificationKey:
    """A key, its `key_id` ("" if it has none) and the name, or names, of its algorithm."""

    def __init__(self, key: Key, algorithm: str, key_id: str = "") -> None:
        self.key = key
        self.key_id = key_id
        self.algorithms = SYNONYMS.get(algorithm, frozenset({algorithm}))
        # Unknown header parameters are ignored unless they are critical (RFC 7515 §4).
        self.registry = JWSRegistry(algorithms=sorted(self.algorithms), strict_check_header=False)
        # An issuer's certificate chain (x5c) may stand in the header; calls limit the token as a whole.
        self.registry.max_header_length = self.registry.max_payload_length


class _KeyDocument(Struct, rename={"key_id": "kid", "key_type": "kty", "curve": "crv", "algorithm": "alg"}):
    key_type: str
    key_id: str = ""
    curve: str = ""
    algorithm: str = ""
    use: str = "sig"


class _KeySetDocument(Struct):
    keys: list[dict[str, Any]]


def secret_key(secret: bytes) -> VerificationKey:
    """The HS256 key of this secret. Raises KeyFileError for a public key, which is not a secret."""
    try:
        return VerificationKey(OctKey.import_key(secret), "HS256")
    except ValueError as error:
        raise KeyFileError("the JWT secret is a public key; give public keys in a JWKS file instead") from error


def find_secret(folder: DataFolder, given: str = "") -> bytes:
    """Returns the HS256 secret: the given one, else the folder's, which is made if there is none. Raises
    KeyFileError."""
    if given:
        return _checked_secret(given.encode(), "the JWT secret given")
    secret = read_secret(folder)
    if not secret:
        try:
            with contextlib.suppress(FileExistsError):
                _make_secret(folder.secret_file)
        except OSError as error:
            raise KeyFileError(f"{folder.secret_file}: the JWT secret cannot be made ({error.strerror})") from error
        secret = read_secret(folder)
    return secret


def read_secret(folder: DataFolder) -> bytes:
    """Reads the folder's HS256 secret; empty if none was made yet. Raises KeyFileError."""
    try:
        secret = folder.secret_file.read_bytes().strip()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise KeyFileError(f"{folder.secret_file}: the JWT secret cannot be read ({error.strerror})") from error
    return _checked_secret(secret, str(folder.secret_file))


def read_key_set(text: str, source: str) -> list[VerificationKey]:
    """Reads the signature keys of a JWKS document; `source` names it in a KeyFileError."""
    try:
        documents = msgspec.json.decode(text, type=_KeySetDocument).keys
    except (msgspec.DecodeError, RecursionError) as error:
        raise KeyFileError(f'{source}: expected a JWKS document, {{"keys": [...]}} ({error})') from error
    keys = []
    for index, document in enumerate(documents):
        place = f"{source}: /keys/{index}"
        try:
            description = msgspec.convert(document, _KeyDocument)
        except msgspec.ValidationError as error:
            raise KeyFileError(f"{place}: {error}") from error
        if description.use == "sig":
            keys.append(_import_key(document, description, place))
    if not keys:
        raise KeyFileError(f"{source}: it has no signature key, so no token could be verified with it")
    return keys


def _import_key(document: dict[str, Any], description: _KeyDocument, place: str) -> VerificationKey:
    key_class = KEY_CLASSES.get(description.key_type)
    possible = ALGORITHMS.get((description.key_type, description.curve), ())
    algorithm = description.algorithm or (possible[0] if possible else "")
    if key_class is None or algorithm not in possible:
        kind = " ".join(filter(None, (description.key_type, description.curve, description.algorithm)))
        raise KeyFileError(
            f"{place}: a key of kind {kind!r} is not supported; expected a public key for RS256, PS256, ES256 or EdDSA "
            "(a shared HS256 secret is given as the JWT secret instead)"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            key = key_class.import_key(document)
            # joserfc reads a key's numbers at first use; a broken key should stop the start, not a request.
            public = key.public_key
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise KeyFileError(f"{place}: the key cannot be read ({str(error) or type(error).__name__})") from error
    bits = getattr(public, "key_size", MINIMUM_RSA_BITS)
    if isinstance(key, RSAKey) and bits < MINIMUM_RSA_BITS:
        raise KeyFileError(f"{place}: the RSA key has {bits} bits; expected {MINIMUM_RSA_BITS} or more")
    return VerificationKey(key, algorithm, description.key_id)


def _make_secret(secret_file: Path) -> None:
    """Makes the file whole, or not at all. Raises FileExistsError if another process was first."""
    # mkstemp opens with O_EXCL and mode 0600; link fails if the name is taken.
    descriptor, temporary = tempfile.mkstemp(prefix=".jwt-secret-", dir=secret_file.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_urlsafe(MINIMUM_SECRET_BYTES).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, secret_file)
    finally:
        os.unlink(temporary)


def _checked_secret(secret: bytes, source: str) -> bytes:
    if len(secret) < MINIMUM_SECRET_BYTES:
        raise KeyFileError(
            f"{source}: expected at least {MINIMUM_SECRET_BYTES} bytes for HS256 (RFC 7518 §3.2), got {len(secret)}"
        )
    return secret
