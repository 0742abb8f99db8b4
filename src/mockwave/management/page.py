"""The page and its session: `GET /` for browsers, its files, and the exchange of a one-time code for a token.

The code stands in the link that `mockwave serve` prints. Its digest lies in the data folder; the exchange removes the
file, so that the code works once, even if several workers are asked at the same time. Everything that the page shows
was written by others, so its policy allows only scripts from its own files.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct

from mockwave.data_folder import DataFolder
from mockwave.management.call_bodies import BodyDecoder
from mockwave.management.exchange import (
    Answer,
    ManagementRequest,
    ReadBody,
    answer_bytes,
    answer_json,
    answer_nothing,
)
from mockwave.management.keys import find_secret
from mockwave.management.tokens import mint_token
from mockwave.page import read_page
from mockwave.problems import Refusal
from mockwave.settings import Settings

FILES = b"/page/"
SESSION = b"/page/session"
SESSION_LIVES_S = 12 * 3600
SESSION_BODY_BYTES = 4096

KEPT_FOR_GOOD = (b"cache-control", b"public, max-age=31536000, immutable")
POLICY = (
    "default-src 'self'; connect-src {connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " object-src 'none'; require-trusted-types-for 'script'"
)


class SessionCreate(Struct):
    code: str


class Session(Struct):
    token: str


_bodies = BodyDecoder(SessionCreate)


def is_of_page(request: ManagementRequest) -> bool:
    """Whether the request is for the page or one of its files; other programs may request `/`, too."""
    if request.path.startswith(FILES):
        return True
    return request.path == b"/" and request.method in ("GET", "HEAD") and prefers_html(request)


def prefers_html(request: ManagementRequest) -> bool:
    return any(b"text/html" in value.lower() for value in request.header_values(b"accept"))


async def answer_page(settings: Settings, request: ManagementRequest, read_body: ReadBody | None) -> Answer:
    """Answers a request for the page, which needs no token. Raises Refusal."""
    if request.path == SESSION:
        chunks = () if read_body is None else await read_body(SESSION_BODY_BYTES, SESSION_BODY_BYTES)
        return begin_session(settings, request, b"".join(chunks))
    if request.method not in ("GET", "HEAD"):
        allow = [(b"allow", b"GET, HEAD")]
        if request.method == "OPTIONS":
            return answer_nothing(allow)
        raise Refusal(405, "method-not-allowed", "the page can only be read, by GET", headers=allow)
    return answer_html(settings, request) if request.path == b"/" else answer_file(request)


def answer_html(settings: Settings, request: ManagementRequest) -> Answer:
    page = read_page()
    text = page.html.replace("{version}", page.version).replace("{signed_in}", "" if settings.auth else "true")
    headers = [
        (b"cache-control", b"no-cache"),
        (b"content-security-policy", POLICY.format(connect=write_connect_sources(request)).encode()),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"referrer-policy", b"no-referrer"),
        (b"vary", b"Accept"),
        (b"x-content-type-options", b"nosniff"),
    ]
    return answer_bytes(200, b"text/html; charset=utf-8", text.encode(), headers)


def write_connect_sources(request: ManagementRequest) -> str:
    """The sources that scripts may call: this server, by the names that reach its mocks on this machine."""
    hosts = request.header_values(b"host")
    port = hosts[0].decode("latin-1").rpartition(":")[2] if hosts else ""
    if not port.isdecimal():
        return "'self'"
    return " ".join(["'self'", *(f"{request.scheme}://{host}:{port}" for host in ("127.0.0.1", "localhost"))])


def answer_file(request: ManagementRequest) -> Answer:
    page = read_page()
    version, _, name = request.path.removeprefix(FILES).decode("latin-1").partition("/")
    file = page.by_name.get(name)
    if file is None or version != page.version:
        raise Refusal(404, "unknown-path", "the page has no such file in this version; load the page anew")
    headers = [KEPT_FOR_GOOD, (b"vary", b"Accept-Encoding"), (b"x-content-type-options", b"nosniff")]
    if any(b"gzip" in value.lower() for value in request.header_values(b"accept-encoding")):
        headers.append((b"content-encoding", b"gzip"))
        return answer_bytes(200, file.media_type, file.compressed, headers)
    return answer_bytes(200, file.media_type, file.content, headers)


def begin_session(settings: Settings, request: ManagementRequest, body: bytes) -> Answer:
    """Returns a token for the code, which works once. Raises Refusal (403) for any other code."""
    if request.method != "POST":
        raise Refusal(405, "method-not-allowed", "a session begins with POST", headers=[(b"allow", b"POST")])
    given = _bodies.decode(msgspec.structs.replace(request, chunks=[body]))
    file = code_file(settings)
    if not settings.auth or not spend_code(file, given.code):
        raise Refusal(403, "bad-code", "this code was already used, or is from an earlier start; use the newest link")
    token = mint_token(
        find_secret(DataFolder(settings.data_dir), settings.jwt_secret),
        expires_in_s=SESSION_LIVES_S,
        subject="the page",
        audience=settings.audience,
        issuer=settings.issuer,
    )
    return answer_json(200, Session(token), [(b"cache-control", b"no-store")])


def issue_code(settings: Settings) -> str:
    """Issues a new one-time code, which replaces the previous one. Raises OSError."""
    code = secrets.token_urlsafe(24)
    file = code_file(settings)
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w") as target:
        target.write(digest_of(code))
    return code


def spend_code(file: Path, code: str) -> bool:
    """Whether this is the code; if it is, it is used up."""
    with contextlib.suppress(FileNotFoundError):
        if hmac.compare_digest(file.read_text(), digest_of(code)):
            file.unlink()  # of two simultaneous exchanges, one finds it gone
            return True
    return False


def code_file(settings: Settings) -> Path:
    return DataFolder(settings.data_dir).run / "page-code"


def digest_of(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
