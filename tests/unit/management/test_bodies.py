"""Request bodies: which are accepted, and what the others are told."""

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from mockwave.management import long_lists
from mockwave.management.body_fields import BodyField
from mockwave.management.call_bodies import BodyDecoder
from mockwave.management.exchange import ManagementRequest
from mockwave.management.long_lists import MOST_LIST_BYTES
from mockwave.management.long_objects import read_items
from mockwave.management.long_texts import LONG_BYTES
from mockwave.management.verifications import Count, Verification
from mockwave.model import MOST_RULES, MockRouteCreate, MockRulesUpdate, MockServerCreate, MockServerUpdate, Violation
from mockwave.pauses import Pauses
from mockwave.problems import Refusal

ROUTES = BodyDecoder(MockRouteCreate)
UPDATES = BodyDecoder(MockServerUpdate)
VERIFICATIONS = BodyDecoder(Verification)
ROUTE = b'{"method": "GET", "path": "/", "statusCode": 200}'


def request(body: bytes, *content_types: bytes) -> ManagementRequest:
    return ManagementRequest(
        method="POST", path=b"/", headers=[(b"content-type", value) for value in content_types], chunks=[body]
    )


def decode_rules(rules: object) -> object:
    """The rules of a body, which may still be JSON text."""
    return msgspec.json.decode(msgspec.json.encode(rules))


def refusal_of(body: bytes, *content_types: bytes) -> Refusal:
    with pytest.raises(Refusal) as refused:
        ROUTES.decode(request(body, *content_types))
    return refused.value


def faults_of(body: bytes) -> list[tuple[str, str, str]]:
    return [(fault.pointer, fault.rule, fault.message) for fault in refusal_of(body).violations]


def test_fields_that_nobody_knows_are_ignored() -> None:
    assert ROUTES.decode(request(ROUTE[:-1] + b', "colour": {"a": [1]}}')).path == "/"


def test_an_integral_number_is_an_integer() -> None:
    route = ROUTES.decode(request(b'{"method": "GET", "path": "/", "statusCode": 200.0, "delay": 1e3}'))
    assert (route.status_code, route.delay) == (200, 1000)
    assert isinstance(route.status_code, int)


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        (b'{"count": {"exactly": 1.5}}', "/count/exactly", "count.exactly: expected an integer, got a number"),
        (b'{"count": {"atLeast": "1"}}', "/count/atLeast", "count.atLeast: expected an integer, got a string"),
        (b'{"order": [{}, 3]}', "/order/1", "order[1]: expected an object, got an integer"),
    ],
)
def test_a_fault_within_an_object_or_a_list_is_reported_where_it_is(body: bytes, pointer: str, message: str) -> None:
    """The pointer of a fault within an object led to the object."""
    with pytest.raises(Refusal) as refused:
        VERIFICATIONS.decode(request(body))
    assert [(fault.pointer, fault.message) for fault in refused.value.violations] == [(pointer, message)]


def test_an_integral_number_within_an_object_is_an_integer() -> None:
    """It was refused there, though not as a field of the body itself."""
    count = VERIFICATIONS.decode(request(b'{"request": {}, "count": {"atLeast": 2.0}}')).count
    assert isinstance(count, Count)
    assert count.at_least == 2


def test_every_fault_of_the_types_is_reported_with_its_pointer() -> None:
    body = b'{"method": "FETCH", "statusCode": "200", "responseHeaders": {"a": "x", "b/c~": 1}, "delay": null}'
    assert faults_of(body) == [
        ("/method", "enum", 'method: expected one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, got "FETCH"'),
        ("/path", "required", "path: is required"),
        ("/statusCode", "type", "statusCode: expected an integer, got a string"),
        ("/responseHeaders/b~1c~0", "type", 'responseHeaders["b/c~"]: expected a string or an array, got an integer'),
        ("/delay", "type", "delay: expected an integer, got null"),
    ]


def test_an_optional_field_that_is_null_is_a_fault() -> None:
    with pytest.raises(Refusal) as refused:
        UPDATES.decode(request(b'{"useExamples": null}'))
    assert [fault.pointer for fault in refused.value.violations] == ["/useExamples"]


@pytest.mark.parametrize(("body", "found"), [(b"[]", "an array"), (b'"x"', "a string"), (b"true", "a boolean")])
def test_a_body_that_is_no_object_is_refused(body: bytes, found: str) -> None:
    assert faults_of(body) == [("", "type", f"the request body: expected an object, got {found}")]


@pytest.mark.parametrize(
    ("body", "rule", "said"),
    [
        (b"", "empty", "it is empty"),
        (b" \n", "empty", "it is empty"),
        (b"{", "syntax", "(line 1, column 2)"),
        (b'{"path": "/",\n "delay": 1, 2}', "syntax", "(line 2, column 14)"),
        ('{"path": "é", x}'.encode(), "syntax", "(line 1, column 15)"),
        (b"\xef\xbb\xbf" + ROUTE, "encoding", "byte order mark (UTF-8)"),
        (ROUTE.decode().encode("utf-16"), "encoding", "byte order mark (UTF-16)"),
        (b'{"path": "\xff"}', "encoding", "byte 0xFF is not UTF-8 (line 1, column 11)"),
        (ROUTE[:-1] + b', "colour": "\xff"}', "encoding", "byte 0xFF is not UTF-8"),
        (b'{"path": "\\ud800"}', "encoding", "\\ud800 is half of a surrogate pair"),
        (b'{"path": "a\nb"}', "syntax", "invalid control character"),
        (b'{"delay": NaN}', "syntax", "(line 1, column 11)"),
        (b'{"delay": Infinity}', "syntax", "(line 1, column 11)"),
        (ROUTE + b"x", "syntax", "(line 1, column 50)"),
        (b'{"method": 1, "delay": }', "syntax", "(line 1, column 24)"),
        (b'{"delay": 1e999}', "range", "a number in it is too large"),
        (b'{"delay": ' + b"9" * 5000 + b"}", "range", "a number in it is too large"),
        (b'{"colour": ' * 100_000, "depth", "nested too deeply"),
        (b"[" * 100_000, "depth", "nested too deeply"),
        (b'{"path": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "depth", "nested too deeply"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_text_that_is_not_json_is_refused_with_its_place(body: bytes, rule: str, said: str) -> None:
    refusal = refusal_of(body)
    assert refusal.status == 400
    assert [(fault.location, fault.pointer, fault.rule) for fault in refusal.violations] == [("body", "", rule)]
    assert said in refusal.detail


@pytest.mark.parametrize(
    "content_type", [b"application/json", b"Application/JSON; charset=utf-8", b"application/a.b+json"]
)
def test_json_media_types_are_accepted(content_type: bytes) -> None:
    assert ROUTES.decode(request(ROUTE, content_type)).method == "GET"


def test_a_body_without_a_content_type_is_taken_for_json() -> None:
    assert ROUTES.decode(request(ROUTE)).method == "GET"


@pytest.mark.parametrize(
    "content_type", [b"text/plain", b"application/x-www-form-urlencoded", b"", b"application/jsonp"]
)
def test_another_media_type_is_refused(content_type: bytes) -> None:
    assert refusal_of(ROUTE, content_type).status == 415


def test_a_problem_document_holds_the_faults() -> None:
    document = msgspec.json.decode(refusal_of(b"[]").document())
    assert document["errors"] == [
        msgspec.to_builtins(
            Violation(
                location="body", pointer="", rule="type", message="the request body: expected an object, got an array"
            )
        )
    ]


def test_a_header_takes_a_list_of_texts_and_nothing_else() -> None:
    route = ROUTES.decode(request(ROUTE[:-1] + b', "responseHeaders": {"A": ["1", "2"], "B": "3"}}'))
    assert route.response_headers == {"A": ["1", "2"], "B": "3"}
    assert faults_of(ROUTE[:-1] + b', "responseHeaders": {"A": ["1", 2, null], "B": {}}}') == [
        ("/responseHeaders/A/1", "type", 'responseHeaders["A"][1]: expected a string, got an integer'),
        ("/responseHeaders/A/2", "type", 'responseHeaders["A"][2]: expected a string, got null'),
        ("/responseHeaders/B", "type", 'responseHeaders["B"]: expected a string or an array, got an object'),
    ]


@pytest.mark.parametrize("item", ["1", '["x", 1]'])
def test_of_very_many_wrong_members_the_first_and_their_number_are_told(item: str) -> None:
    """200,000 of them were answered with 29 MB of violations (F18)."""
    members = ", ".join(f'"X-{number}": {item}' for number in range(20_000))
    refusal = refusal_of(ROUTE[:-1] + f', "responseHeaders": {{{members}}}}}'.encode())
    problem = msgspec.json.decode(refusal.document())
    assert (len(problem["errors"]), problem["errorCount"]) == (100, 20_000)
    assert problem["errors"][99]["pointer"].startswith("/responseHeaders/X-99")
    assert "20000 faults" in problem["detail"]


def test_few_faults_are_all_listed_without_their_number() -> None:
    problem = msgspec.json.decode(refusal_of(b"{}").document())
    assert len(problem["errors"]) == 3
    assert "errorCount" not in problem


LONG = b"x" * LONG_BYTES
SERVER = b'{"name": "a", "workspaceId": "b", '


async def decode_server(body: bytes) -> MockServerCreate:
    decoded, _ = await BodyDecoder(MockServerCreate).decode_long(request(body), "specification", Pauses(lambda: 0))
    return decoded


@pytest.mark.parametrize(
    "body",
    [
        SERVER + b'"other": "%b"}' % LONG,
        SERVER + b'"other": "%b", "specification": "x"}' % LONG,
        SERVER + b'"specification": "%b", %b"last": 1}' % (LONG, b'"k": 1, ' * LONG_BYTES),
        SERVER + b'"other": {"specification": "%b"}}' % LONG,
    ],
    ids=["another text", "too late", "more than the text", "of another object"],
)
async def test_a_body_that_is_long_by_anything_but_its_text_is_refused(body: bytes) -> None:
    """It was decoded whole, in one go: of 200,000 members that took 0.16 s, of 100 MB a second."""
    with pytest.raises(Refusal) as refused:
        await decode_server(body)

    assert refused.value.status == 413
    assert '"specification"' in refused.value.detail


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (SERVER + b'"specification": "%b' % LONG, "malformed-json"),
        (SERVER + b'"specification": [%b1]}' % (b"1," * LONG_BYTES), "invalid-body"),
        (b"[" * LONG_BYTES, "malformed-json"),
        (SERVER + b'"other": "%b\xff"}' % LONG, "malformed-json"),
    ],
    ids=["endless", "no text", "deep", "no UTF-8"],
)
async def test_what_is_wrong_with_a_long_body_is_told(body: bytes, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        await decode_server(body)

    assert (refused.value.status, refused.value.name) == (400, name)


async def test_faults_beside_a_long_text_are_told_without_reading_it() -> None:
    with pytest.raises(Refusal) as refused:
        await decode_server(b'{"name": 5, "workspaceId": "b", "specification": "%b"}' % LONG)
    assert [fault.pointer for fault in refused.value.violations] == ["/name"]

    with pytest.raises(Refusal) as refused:
        await decode_server(SERVER + b'"specification": "%b", }' % LONG)
    assert refused.value.name == "malformed-json"
    assert "line" not in refused.value.detail


async def test_the_long_body_of_a_route_is_read_beside_it() -> None:
    body = ROUTE[:-1] + b', "responseBody": "%b\\u00e9"}' % LONG

    route, content = await ROUTES.decode_text(request(body), "responseBody", Pauses(lambda: 0))

    assert content == LONG + "\u00e9".encode()
    assert len(str(route.response_body)) < 100


async def test_a_long_body_of_a_route_that_is_no_string_is_refused_by_its_place() -> None:
    with pytest.raises(Refusal) as refused:
        await ROUTES.decode_text(
            request(ROUTE[:-1] + b', "responseBody": "%b\\x"}' % LONG), "responseBody", Pauses(lambda: 0)
        )

    assert (refused.value.status, refused.value.name) == (400, "malformed-json")
    assert [fault.pointer for fault in refused.value.violations] == ["/responseBody"]


async def test_of_a_long_body_the_first_faults_and_their_number_are_told_as_well() -> None:
    headers = b",".join(b'"h%d": %b' % (n, b"[1, {}]" if n % 2 else b'"a, \\"{"') for n in range(200_000))
    body = ROUTE[:-1] + b', "responseHeaders": {%b}, "delay": "x"}' % headers

    with pytest.raises(Refusal) as refused:
        await ROUTES.decode_text(request(body), "responseBody", Pauses(lambda: 0))

    assert (refused.value.status, refused.value.count) == (400, 200_001)
    assert refused.value.violations[1].pointer == "/responseHeaders/h1/1"
    assert refused.value.violations[-1].pointer == "/delay"


async def test_what_is_missing_in_a_body_of_very_many_other_members_is_told() -> None:
    with pytest.raises(Refusal) as refused:
        await decode_server(b'{"name": [%b1], %b"last": 1}' % (b"1," * LONG_BYTES, b'"k": {}, ' * LONG_BYTES))

    assert [fault.pointer for fault in refused.value.violations] == ["/name", "/workspaceId"]


@pytest.mark.parametrize("field", [b'"name": "%b"' % LONG, b'"name": "a", "other": 1, "name": "%b"' % LONG])
async def test_a_field_that_is_long_and_may_not_be_is_named(field: bytes) -> None:
    """Routes with tens of thousands of headers are a 400, as any other fault is."""
    with pytest.raises(Refusal) as refused:
        await decode_server(b'{"workspaceId": "b", %b}' % field)

    assert [(fault.pointer, fault.rule) for fault in refused.value.violations] == [("/name", "maxLength")]


async def test_of_very_many_faults_only_those_are_described_that_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each piece of a long body a hundred were described, of which all but the first hundred were thrown away."""
    described: list[object] = []
    refuse = BodyField._refuse_text

    def note(field: BodyField, *parts: Any) -> Violation:
        described.append(parts)
        return refuse(field, *parts)

    monkeypatch.setattr(BodyField, "_refuse_text", note)
    headers = {f"h{number}": number for number in range(50_000)}
    body = json.dumps({"method": "GET", "path": "/", "statusCode": 200, "responseHeaders": headers}).encode()
    with pytest.raises(Refusal) as refused:
        await ROUTES.decode_text(request(body), "responseBody", Pauses(lambda: 0))
    assert (refused.value.count, len(refused.value.violations), len(described)) == (50_000, 100, 100)


async def test_a_list_of_millions_is_refused_without_being_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two million numbers instead of rules became as many objects in one go."""
    read: list[int] = []

    async def note(text: bytes, pauses: Pauses) -> AsyncIterator[list[msgspec.Raw]]:
        async for piece in read_items(text, pauses):
            read.append(len(piece))
            yield piece

    monkeypatch.setattr(long_lists, "read_items", note)
    body = b'{"rules": [%b1]}' % (b"1," * 2_000_000)
    with pytest.raises(Refusal) as refused:
        await BodyDecoder(MockRulesUpdate).decode_list(request(body), Pauses(lambda: 0))
    assert [(fault.pointer, fault.rule) for fault in refused.value.violations] == [("/rules", "maxItems")]
    assert sum(read) < 2 * MOST_RULES


LONG_RULES = [{"when": {"headers": {"X-A": {"equalTo": str(number)}}}, "then": {}} for number in range(6_000)]


@pytest.mark.parametrize("indent", [None, 1])
async def test_a_body_may_be_long_by_its_rules(indent: int | None) -> None:
    given = {"path": "/é", "rules": LONG_RULES, "method": "GET", "responseBody": "x", "statusCode": 200}
    body = json.dumps(given, indent=indent).encode()
    assert len(body) > LONG_BYTES
    route, content = await ROUTES.decode_text(request(body), "responseBody", Pauses(lambda: 0))
    assert (route.path, decode_rules(route.rules), content) == ("/é", LONG_RULES, b"x")
    rules = await BodyDecoder(MockRulesUpdate).decode_list(request(body), Pauses(lambda: 0))
    assert decode_rules(rules.rules) == LONG_RULES


@pytest.mark.parametrize(
    ("body", "status", "rule"),
    [
        (json.dumps({"rules": LONG_RULES})[:-3].encode(), 400, "syntax"),
        (json.dumps({"rules": ["x" * LONG_BYTES]}).encode() + b"x", 400, "syntax"),
        (json.dumps({"rules": "x" * LONG_BYTES}).encode(), 400, "type"),
        (json.dumps({"rules": {"x": LONG_RULES}}).encode(), 400, "type"),
        (json.dumps({"rules": LONG_RULES}).replace("6", "\udfff", 1).encode("utf-8", "surrogatepass"), 400, None),
        (json.dumps({"rules": [], "other": LONG_RULES}).encode(), 413, "maxLength"),
        (json.dumps({"rules": LONG_RULES * 14}).encode(), 400, "maxLength"),
        (json.dumps([LONG_RULES]).encode(), 413, "maxLength"),
    ],
)
async def test_a_long_body_of_rules_that_is_none_is_refused(body: bytes, status: int, rule: str | None) -> None:
    assert len(body) > LONG_BYTES
    with pytest.raises(Refusal) as refused:
        await BodyDecoder(MockRulesUpdate).decode_list(request(body), Pauses(lambda: 0))
    assert refused.value.status == status
    if rule is not None:
        assert [fault.rule for fault in refused.value.violations] == [rule]


async def test_the_refusal_of_a_long_body_says_how_long_its_rules_may_make_it() -> None:
    body = b" " * MOST_LIST_BYTES + b'{"rules": []}'
    with pytest.raises(Refusal, match="because of its rules: one list, in a body of at most 4 MiB"):
        await BodyDecoder(MockRulesUpdate).decode_list(request(body), Pauses(lambda: 0))
