"""Bearer tokens: which are valid, for whom, and until when."""

import base64
import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from mockwave.management.keys import KeyFileError, VerificationKey, read_key_set, secret_key
from mockwave.management.tokens import TokenError, VerifiedToken, mint_token, verify_token

SECRET = b"0123456789abcdef0123456789abcdef"
KEYS = [secret_key(SECRET)]
NOW_S = 1_800_000_000.0

AnyKey = RSAKey | ECKey | OKPKey | OctKey


@pytest.fixture(scope="module")
def rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048)


def signed(claims: dict[str, Any], **header: Any) -> str:
    return jwt.encode({"alg": "HS256", **header}, claims, OctKey.import_key(SECRET))


def sign_with(key: AnyKey, algorithm: str, claims: dict[str, Any] | None = None, **header: Any) -> str:
    return jwt.encode({"alg": algorithm, **header}, claims or {}, key, algorithms=[algorithm])


def key_set(*keys: AnyKey, **parameters: Any) -> list[VerificationKey]:
    documents = [{**key.as_dict(private=False), **parameters} for key in keys]
    return read_key_set(json.dumps({"keys": documents}), "keys.json")


def refused(token: str, keys: list[VerificationKey] = KEYS) -> str:
    with pytest.raises(TokenError) as error:
        verify_token(token, keys, NOW_S)
    return str(error.value)


def encode_part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_minted_token_says_what_it_was_minted_for() -> None:
    token = mint_token(SECRET, workspaces=["wrk_1"], scope="read", expires_in_s=3600, subject="ci")
    now_s = time.time()
    verified = verify_token(token, KEYS, now_s)
    assert (verified.bearer.workspaces, verified.bearer.may_write) == (frozenset({"wrk_1"}), False)
    assert now_s < verified.expires_s <= now_s + 3600


def test_a_token_without_claims_may_everything_for_ever() -> None:
    verified = verify_token(mint_token(SECRET), KEYS, NOW_S)
    assert (verified.bearer.workspaces, verified.bearer.may_write) == (None, True)
    assert verified.expires_s == float("inf")


def test_expiry_is_enforced_to_the_second() -> None:
    assert verify_token(signed({"exp": NOW_S + 1}), KEYS, NOW_S).expires_s == NOW_S + 1
    assert "expired" in refused(signed({"exp": NOW_S}))


def test_a_token_is_not_good_before_its_time() -> None:
    assert verify_token(signed({"nbf": NOW_S}), KEYS, NOW_S)
    assert "not valid yet" in refused(signed({"nbf": NOW_S + 1}))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": "soon"},
        {"exp": True},
        {"nbf": []},
        {"workspaces": "wrk_1"},
        {"workspaces": [1]},
        {"scope": ["read"]},
        {"aud": 1},
        {"aud": ["api", 1]},
        {"iat": "now"},
        {"iss": ["me"]},
        {"sub": 7},
        {"jti": {}},
        *({name: None} for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti", "workspaces", "scope")),
        {"workspaces": [None]},
    ],
)
def test_claims_of_a_wrong_type_are_refused(claims: dict[str, Any]) -> None:
    """null was taken for absence: no limit of workspaces, of scope, or of time (F13)."""
    assert "wrong type" in refused(signed(claims))


def verify(claims: dict[str, Any], **parties: str) -> VerifiedToken:
    return verify_token(signed(claims), KEYS, NOW_S, **parties)


@pytest.mark.parametrize("audience", ["api", ["other", "api"]])
def test_a_token_for_this_audience_is_good(audience: str | list[str]) -> None:
    assert verify({"aud": audience}, audience="api").bearer.may_write


@pytest.mark.parametrize("claims", [{"aud": "other"}, {"aud": ["other", "API"]}, {"aud": []}, {"aud": ""}, {}])
def test_a_token_for_another_audience_or_for_none_is_refused(claims: dict[str, Any]) -> None:
    """`aud` was not looked at: a token for any other service of the same issuer let its bearer in (F13)."""
    with pytest.raises(TokenError, match="aud"):
        verify(claims, audience="api")


@pytest.mark.parametrize("audience", ["other", ["other"], [], ""])
def test_a_server_without_an_audience_is_never_the_one_meant(audience: str | list[str]) -> None:
    with pytest.raises(TokenError, match="--audience"):
        verify({"aud": audience})


def test_tokens_of_another_issuer_are_refused_where_one_is_trusted() -> None:
    assert verify({"iss": "me"}, issuer="me").bearer.may_write
    assert verify({"iss": "anyone"}).bearer.may_write
    for claims in ({"iss": "you"}, {}):
        with pytest.raises(TokenError, match="issuer"):
            verify(claims, issuer="me")


def test_a_minted_token_names_audience_and_issuer() -> None:
    token = mint_token(SECRET, audience="api", issuer="me")
    assert verify_token(token, KEYS, time.time(), audience="api", issuer="me").bearer.may_write


@pytest.mark.parametrize("scope", ["", "admin", "read admin", "READ", "read  write"])
def test_unknown_scopes_are_refused(scope: str) -> None:
    assert "scope" in refused(signed({"scope": scope}))


@pytest.mark.parametrize("scope", ["write", "read write", "write read"])
def test_scopes_with_write_may_write(scope: str) -> None:
    assert verify_token(signed({"scope": scope}), KEYS, NOW_S).bearer.may_write


@pytest.mark.parametrize("token", ["", "x", "x.y", "a.b.c", "...", "é.b.c", "{}", "e30.e30.e30", "[" * 5000 + ".b.c"])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refused(token)


def test_a_payload_that_is_no_object_is_refused() -> None:
    assert refused(jws.serialize_compact({"alg": "HS256"}, b"[]", OctKey.import_key(SECRET)))
    assert refused(jws.serialize_compact({"alg": "HS256"}, b"\xff", OctKey.import_key(SECRET)))
    assert refused(jws.serialize_compact({"alg": "HS256"}, b'{"a":' * 20000, OctKey.import_key(SECRET)))


def test_a_huge_token_is_refused_before_it_is_read() -> None:
    assert "longer than" in refused(signed({"padding": "x" * 20000}))


def test_a_changed_token_is_refused() -> None:
    header, payload, signature = signed({"scope": "read"}).split(".")
    assert "signature" in refused(f"{header}.{encode_part({'scope': 'write'})}.{signature}")
    assert refused(f"{header}.{payload}.")


def test_another_secret_is_refused() -> None:
    assert "signature" in refused(mint_token(b"another-secret-another-secret-32"))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS384", "HS512"])
def test_other_algorithms_are_refused_for_the_secret(algorithm: str) -> None:
    assert "keys here are for HS256" in refused(f"{encode_part({'alg': algorithm})}.{encode_part({})}.")


def test_a_critical_header_that_nobody_knows_is_refused() -> None:
    header = encode_part({"alg": "HS256", "crit": ["exp"], "exp": 1})
    unsigned = f"{header}.{encode_part({})}"
    algorithm = jws.JWSRegistry.algorithms["HS256"]
    signature = algorithm.sign(unsigned.encode(), OctKey.import_key(SECRET))
    assert refused(f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_each_asymmetric_algorithm_verifies(rsa_key: RSAKey) -> None:
    curve_key, edwards_key = ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")
    for key, algorithm in (
        (rsa_key, "RS256"),
        (rsa_key, "PS256"),
        (curve_key, "ES256"),
        (edwards_key, "EdDSA"),
        (edwards_key, "Ed25519"),
    ):
        assert verify_token(sign_with(key, algorithm), key_set(key, alg=algorithm), NOW_S)


def test_a_key_verifies_one_algorithm_alone(rsa_key: RSAKey) -> None:
    assert "RS256" in refused(sign_with(rsa_key, "PS256"), key_set(rsa_key))


@pytest.mark.parametrize("form", ["PEM", "DER", "JSON"])
def test_a_public_key_is_never_taken_for_a_secret(rsa_key: RSAKey, form: str) -> None:
    forms = {
        "PEM": rsa_key.as_pem(private=False),
        "DER": rsa_key.as_der(private=False),
        "JSON": json.dumps(rsa_key.as_dict(private=False)).encode(),
    }
    unsigned = f"{encode_part({'alg': 'HS256'})}.{encode_part({})}"
    signature = hmac.digest(forms[form], unsigned.encode(), "sha256")
    token = f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    assert refused(token, key_set(rsa_key))
    assert refused(token, [*KEYS, *key_set(rsa_key)])


def test_a_public_key_is_refused_as_the_secret(rsa_key: RSAKey) -> None:
    with pytest.raises(KeyFileError, match="public key"):
        secret_key(rsa_key.as_pem(private=False))


def test_keys_are_found_by_their_id() -> None:
    one, two = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    keys = read_key_set(
        json.dumps({"keys": [{**one.as_dict(private=False), "kid": "1"}, {**two.as_dict(private=False), "kid": "2"}]}),
        "keys.json",
    )
    assert verify_token(sign_with(two, "ES256", kid="2"), keys, NOW_S)
    assert "signature" in refused(sign_with(two, "ES256", kid="1"), keys)
    assert "key id" in refused(sign_with(two, "ES256", kid="3"), keys)
    assert "key id" in refused(sign_with(two, "ES256"), keys)


def test_a_token_with_a_certificate_chain_in_its_header_is_read(rsa_key: RSAKey) -> None:
    assert verify_token(sign_with(rsa_key, "RS256", x5c=["A" * 3000]), key_set(rsa_key), NOW_S)


def test_secrets_and_key_sets_work_side_by_side(rsa_key: RSAKey) -> None:
    keys = [*KEYS, *key_set(rsa_key)]
    assert verify_token(mint_token(SECRET), keys, NOW_S)
    assert verify_token(sign_with(rsa_key, "RS256"), keys, NOW_S)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a JWKS document"),
        ("[]", "expected a JWKS document"),
        ('{"keys": []}', "no signature key"),
        ('{"keys": [{"kty": "EC", "use": "enc"}]}', "no signature key"),
        ('{"keys": [{}]}', "/keys/0"),
        ('{"keys": [{"kty": "oct", "k": "AAAA"}]}', "'oct' is not supported"),
        ('{"keys": [{"kty": "EC", "crv": "P-384"}]}', "'EC P-384' is not supported"),
        ('{"keys": [{"kty": "RSA", "alg": "HS256"}]}', "'RSA HS256' is not supported"),
        ('{"keys": [{"kty": "RSA", "n": "!", "e": "AQAB"}]}', "cannot be read"),
        ('{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}', "cannot be read"),
    ],
)
def test_a_key_file_that_cannot_be_used_says_why(text: str, said: str) -> None:
    with pytest.raises(KeyFileError, match=said) as error:
        read_key_set(text, "keys.json")
    assert str(error.value).startswith("keys.json: ")


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_an_rsa_key_too_short_for_its_algorithm_is_refused() -> None:
    with pytest.raises(KeyFileError, match=r"/keys/0: the RSA key has 1024 bits; expected 2048 or more"):
        key_set(RSAKey.generate_key(1024))
