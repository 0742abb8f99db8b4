"""Security requirements: alternatives of schemes, each met or answered with its challenge."""

import pytest

from mockwave.openapi import read_specification
from tests.unit.validation.conftest import find_faults_of, shown, write_document

COMPONENTS = """{securitySchemes: {
    basic: {type: http, scheme: basic}, bearer: {type: http, scheme: Bearer}, digest: {type: http, scheme: digest},
    hoba: {type: http, scheme: hoba}, oauth: {type: oauth2, flows: {}},
    openId: {type: openIdConnect, openIdConnectUrl: "https://a.example"},
    inHeader: {type: apiKey, in: header, name: X-Key}, inQuery: {type: apiKey, in: query, name: key},
    inCookie: {type: apiKey, in: cookie, name: SID}
}}"""
DIGEST = 'Digest username="u", realm="r", nonce="n", uri="/", response="x"'


def find_challenges(security: str, query: bytes = b"", **headers: str) -> list[str] | None:
    document = write_document(f"security: {security}", COMPONENTS)
    pairs = {name.replace("_", "-"): value for name, value in headers.items()}
    faults = find_faults_of(document, query=query, headers=pairs)
    assert faults is None or faults.status == 401
    return None if faults is None else faults.challenges


@pytest.mark.parametrize(
    ("scheme", "good", "bad", "challenge"),
    [
        ("basic", "Basic dGVzdDp0ZXN0", "Basic abc123", 'Basic realm="*"'),
        ("basic", "basic dGVzdDp0ZXM6dA==", "Bearer x", 'Basic realm="*"'),
        ("bearer", "bearer x", "Bearer ", "Bearer"),
        ("digest", DIGEST, 'Digest username="u"', 'Digest realm="*", nonce="abc123"'),
        ("hoba", "HOBA x", "Basic x", "Hoba"),
        ("oauth", "Bearer x", "Basic dGVzdDp0ZXN0", "OAuth2"),
        ("openId", "Bearer x", "x", "OpenID"),
    ],
)
def test_credentials_are_held_to_their_scheme(scheme: str, good: str, bad: str, challenge: str) -> None:
    security = f"[{{{scheme}: []}}]"
    assert find_challenges(security, Authorization=good) is None
    assert find_challenges(security, Authorization=bad) == [challenge]
    assert find_challenges(security) == [challenge]


def test_keys_are_looked_for_where_they_belong() -> None:
    assert find_challenges("[{inHeader: []}]", x_key="1") is None
    assert find_challenges("[{inQuery: []}]", b"key=1") is None
    assert find_challenges("[{inCookie: []}]", Cookie="a=b; SID=1") is None
    assert find_challenges("[{inHeader: []}]", b"key=1", Cookie="SID=1") == ['ApiKey realm="*"']


def test_one_alternative_is_enough_and_all_of_its_schemes_are_needed() -> None:
    either, both = "[{basic: []}, {inHeader: []}]", "[{inQuery: [], inHeader: []}]"
    assert find_challenges(either, X_Key="1") is None
    assert find_challenges(either) == ['Basic realm="*"']
    assert find_challenges(both, b"key=1", X_Key="1") is None
    assert find_challenges(both, b"key=1") == ['ApiKey realm="*"']
    assert find_challenges("[{oauth: [], basic: []}]") == ["OAuth2", 'Basic realm="*"']


def test_a_scheme_that_is_no_token_gets_into_no_header() -> None:
    components = '{securitySchemes: {odd: {type: http, scheme: "a\\r\\nX-B: c"}}}'
    faults = find_faults_of(write_document("security: [{odd: []}]", components))
    assert faults is not None
    assert faults.challenges == ['ApiKey realm="*"']


def test_each_scheme_that_is_not_met_is_named_where_it_belongs() -> None:
    faults = find_faults_of(write_document("security: [{basic: [], inQuery: []}]", COMPONENTS))
    assert shown(faults) == [("header", "/authorization", "security"), ("query", "/key", "security")]


@pytest.mark.parametrize("security", ["[]", "[{}]", "[{basic: []}, {}]", "[{unknown: []}]"])
def test_everyone_may_in_where_nothing_that_is_known_is_asked_for(security: str) -> None:
    assert find_challenges(security) is None


def test_a_key_that_no_request_can_bring_is_not_asked_for() -> None:
    """A document of RapidAPI names its header with spaces: every request was a 401."""
    components = "{securitySchemes: {spaced: {type: apiKey, in: header, name: The Key}}}"
    document = write_document("security: [{spaced: []}]", components)
    assert find_faults_of(document) is None
    problems = read_specification(document).report.problems
    assert [problem.pointer for problem in problems] == ["/components/securitySchemes/spaced"]


@pytest.mark.parametrize(
    ("security", "place"),
    [
        ("basic", ""),
        ("{basic: []}", ""),
        ("[null]", "/0"),
        ("[basic]", "/0"),
        ("[{basic: []}, {unknown: []}]", "/1/unknown"),
        ("[{basic: [], unknown: []}]", "/0/unknown"),
    ],
)
def test_what_is_no_requirement_is_reported(security: str, place: str) -> None:
    """Everyone was let in, and the report was empty (issue 11, item 1)."""
    (problem,) = read_specification(write_document(f"security: {security}", COMPONENTS)).report.problems
    assert problem.pointer == f"/paths/~1a/post/security{place}"


@pytest.mark.parametrize("scheme", ["null", "{type: weird}", "{type: apiKey, in: header}", "{type: http}"])
def test_a_scheme_that_nothing_can_be_held_to_is_reported(scheme: str) -> None:
    """As above: an API key without a name let everyone in, in silence (issue 11, item 1)."""
    document = write_document("security: [{odd: []}]", f"{{securitySchemes: {{odd: {scheme}}}}}")
    assert find_faults_of(document) is None
    (problem,) = read_specification(document).report.problems
    assert problem.pointer == "/components/securitySchemes/odd"
