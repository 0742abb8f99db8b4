"""Who is admitted: by token, or, without tokens, from this machine alone."""

import concurrent.futures
import json
import stat
from pathlib import Path

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from mockwave.data_folder import DataFolder
from mockwave.management.auth import MAXIMUM_KEPT_TOKENS, Authenticator, build_authenticator
from mockwave.management.exchange import ManagementRequest
from mockwave.management.keys import KeyFileError, find_secret, read_secret, secret_key
from mockwave.management.tokens import mint_token
from mockwave.problems import Refusal
from mockwave.settings import Settings

SECRET = b"0123456789abcdef0123456789abcdef"


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


def request(*headers: tuple[str, str]) -> ManagementRequest:
    return ManagementRequest(
        method="GET",
        path=b"/mock-servers",
        headers=[(name.encode(), value.encode("latin-1")) for name, value in headers],
    )


def with_token(token: str) -> ManagementRequest:
    return request(("authorization", f"Bearer {token}"))


def refusal_of(authenticator: Authenticator, asked: ManagementRequest) -> Refusal:
    with pytest.raises(Refusal) as refused:
        authenticator.admit(asked)
    return refused.value


def challenge_of(refusal: Refusal) -> bytes:
    assert refusal.status == 401
    return dict(refusal.headers)[b"www-authenticate"]


@pytest.fixture
def authenticator() -> Authenticator:
    return Authenticator([secret_key(SECRET)])


def test_a_missing_token_is_challenged_without_an_error(authenticator: Authenticator) -> None:
    assert challenge_of(refusal_of(authenticator, request())) == b'Bearer realm="mockwave"'


def test_a_bad_token_is_challenged_with_the_reason(authenticator: Authenticator) -> None:
    challenge = challenge_of(refusal_of(authenticator, with_token("a.b.c")))
    assert challenge.startswith(b'Bearer realm="mockwave", error="invalid_token", error_description="the token is not')


@pytest.mark.parametrize("value", ["Basic dTpw", "Bearer", "Bearer ", "eyJ.e.x", ""])
def test_other_credentials_are_refused(authenticator: Authenticator, value: str) -> None:
    assert refusal_of(authenticator, request(("authorization", value))).status == 401


def test_two_authorization_headers_are_refused(authenticator: Authenticator) -> None:
    header = ("authorization", f"Bearer {mint_token(SECRET)}")
    assert refusal_of(authenticator, request(header, header)).status == 401


def test_a_challenge_never_breaks_out_of_its_header(authenticator: Authenticator) -> None:
    header = jwt.encode({"alg": "HS256"}, {"scope": 'x"\\\u20ac'}, OctKey.import_key(SECRET))
    challenge = challenge_of(refusal_of(authenticator, with_token(header)))
    assert challenge.isascii()
    assert challenge.count(b'"') == 6
    assert b"\\" not in challenge


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(authenticator: Authenticator, scheme: str) -> None:
    assert authenticator.admit(request(("authorization", f"{scheme} {mint_token(SECRET)}"))).may_write


def test_a_kept_token_expires_all_the_same() -> None:
    clock = Clock()
    authenticator = Authenticator([secret_key(SECRET)], clock=clock)
    token = jwt.encode({"alg": "HS256"}, {"exp": clock.now_s + 10}, OctKey.import_key(SECRET))
    authenticator.admit(with_token(token))
    clock.now_s += 9
    authenticator.admit(with_token(token))
    clock.now_s += 1
    assert refusal_of(authenticator, with_token(token)).status == 401


def test_a_burst_of_calls_verifies_its_token_once(authenticator: Authenticator) -> None:
    token = mint_token(SECRET, workspaces=["wrk_1"])
    first = authenticator.admit(with_token(token))
    assert all(authenticator.admit(with_token(token)) is first for _ in range(10))


def test_the_tokens_kept_are_bounded(authenticator: Authenticator) -> None:
    for number in range(MAXIMUM_KEPT_TOKENS + 10):
        authenticator.admit(with_token(mint_token(SECRET, subject=str(number))))
    assert len(authenticator._kept) == MAXIMUM_KEPT_TOKENS


# The secret and the key file


def test_the_secret_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert read_secret(folder) == b""
    secret = find_secret(folder)
    assert len(secret) >= 32
    assert find_secret(folder) == read_secret(folder) == secret
    assert stat.S_IMODE(folder.secret_file.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [folder.secret_file.name]


def test_workers_that_start_together_find_one_secret(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with concurrent.futures.ThreadPoolExecutor(16) as workers:
        found = list(workers.map(lambda _: find_secret(folder), range(64)))
    assert len(set(found)) == 1


def test_a_given_secret_is_used_and_not_stored(tmp_path: Path) -> None:
    authenticator = build_authenticator(Settings(data_dir=str(tmp_path), jwt_secret=SECRET.decode()))
    assert authenticator.admit(with_token(mint_token(SECRET))).may_write
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("secret", ["short", "0123456789abcdef0123456789abcde"])
def test_a_secret_too_short_for_its_algorithm_is_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(KeyFileError, match="expected at least 32 bytes"):
        find_secret(DataFolder(tmp_path), secret)


def test_a_broken_secret_file_is_refused(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.secret_file.write_text("")
    with pytest.raises(KeyFileError, match="expected at least 32 bytes"):
        find_secret(folder)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="nowhere"):
        find_secret(DataFolder(tmp_path / "nowhere"))


def test_a_key_file_is_read(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256")
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    authenticator = build_authenticator(Settings(data_dir=str(tmp_path), jwks_file=str(file)))
    assert authenticator.admit(with_token(jwt.encode({"alg": "ES256"}, {}, key))).may_write


def test_a_key_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"nowhere\.json"):
        build_authenticator(Settings(data_dir=str(tmp_path), jwks_file=str(tmp_path / "nowhere.json")))


# Without tokens


@pytest.fixture
def open_authenticator(tmp_path: Path) -> Authenticator:
    return build_authenticator(Settings(data_dir=str(tmp_path), auth=False))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:4010",
        "localhost.:80",
        "a.localhost:1",
        "127.0.0.1:4010",
        "127.9.9.9",
        "[::1]:4010",
        "[::1]",
    ],
)
def test_without_tokens_this_machine_may_everything(open_authenticator: Authenticator, host: str) -> None:
    bearer = open_authenticator.admit(request(("host", host)))
    assert (bearer.workspaces, bearer.may_write) == (None, True)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4010",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "localhost:80@evil.example",
        "localhost/",
        "10.0.0.1",
        "0.0.0.0",
        "127.0.0.1:x",
        "2130706433",
        "::1",
        "",
    ],
)
def test_without_tokens_another_host_is_refused(open_authenticator: Authenticator, host: str) -> None:
    refusal = refusal_of(open_authenticator, request(("host", host)))
    assert refusal.status == 421
    assert "--no-auth" in refusal.detail


def test_without_tokens_a_request_needs_one_host(open_authenticator: Authenticator) -> None:
    assert refusal_of(open_authenticator, request()).status == 421
    assert refusal_of(open_authenticator, request(("host", "localhost"), ("host", "localhost"))).status == 421


@pytest.mark.parametrize("client", ["", "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_without_tokens_clients_of_this_machine_may_call(open_authenticator: Authenticator, client: str) -> None:
    asked = msgspec.structs.replace(request(("host", "localhost")), client=client)
    assert open_authenticator.admit(asked).may_write


@pytest.mark.parametrize("client", ["192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7", "0.0.0.0", "unknown"])
def test_without_tokens_another_client_is_refused_whatever_host_it_names(
    open_authenticator: Authenticator, client: str
) -> None:
    """Within another ASGI server nothing kept it to this machine: --no-auth was checked by `mockwave serve` alone."""
    asked = msgspec.structs.replace(request(("host", "localhost")), client=client)
    assert refusal_of(open_authenticator, asked).status == 403


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080"])
def test_without_tokens_pages_of_this_machine_may_call(open_authenticator: Authenticator, origin: str) -> None:
    assert open_authenticator.admit(request(("host", "localhost"), ("origin", origin))).may_write


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "file://", "http://localhost@evil.example", "http://localhost.evil.example"],
)
def test_without_tokens_pages_of_others_are_refused(open_authenticator: Authenticator, origin: str) -> None:
    assert refusal_of(open_authenticator, request(("host", "localhost"), ("origin", origin))).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"origin": "http://localhost:4010"},
        {"origin": "http://LOCALHOST:4010"},
        {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:3000"},
    ],
)
def test_without_tokens_a_page_of_a_mock_is_refused(open_authenticator: Authenticator, headers: dict[str, str]) -> None:
    """A mock's HTML has the management API's own origin: its script could change every mock server."""
    refusal = refusal_of(open_authenticator, request(("host", "localhost:4010"), *headers.items()))
    assert refusal.status == 403
    assert "a page of a mock" in refusal.detail


@pytest.mark.parametrize("site", ["none", "same-site", "cross-site"])
def test_without_tokens_who_types_an_address_and_other_pages_of_this_machine_may_call(
    open_authenticator: Authenticator, site: str
) -> None:
    asked = request(("host", "localhost:4010"), ("origin", "http://localhost:3000"), ("sec-fetch-site", site))
    assert open_authenticator.admit(asked).may_write
    assert open_authenticator.admit(request(("host", "localhost:4010"), ("sec-fetch-site", "none"))).may_write


def test_with_tokens_a_page_of_a_mock_is_nobody_special(authenticator: Authenticator) -> None:
    token = ("authorization", f"Bearer {mint_token(SECRET)}")
    assert authenticator.admit(request(token, ("sec-fetch-site", "same-origin"))).may_write


def test_the_authenticator_takes_audience_and_issuer_from_the_settings(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path), jwt_secret=SECRET.decode(), audience="api", issuer="me")
    authenticator = build_authenticator(settings)
    assert authenticator.admit(with_token(mint_token(SECRET, audience="api", issuer="me"))).may_write
    assert refusal_of(authenticator, with_token(mint_token(SECRET, audience="api"))).status == 401
    assert refusal_of(authenticator, with_token(mint_token(SECRET, issuer="me"))).status == 401
