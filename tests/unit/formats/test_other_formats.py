"""What the readers of the other formats make of their tools' own features."""

import json
from typing import Any

import pytest

from mockwave.answers.imported import SpecificationError
from mockwave.answers.imported_servers import ImportedRoute, ImportedServer
from mockwave.formats.postman.reading import names_example
from mockwave.formats.stubs.expressions import search_regex
from mockwave.insomnia.app_routes import TEMPLATE_RULE
from tests.unit.formats.mock_files import MOCKS, read_data, read_file


def server_of(name: str, index: int = 0) -> ImportedServer:
    return read_file(MOCKS / name).servers[index]


def route_of(server: ImportedServer, method: str, path: str) -> ImportedRoute:
    return next(route for route in server.routes if (route.method, route.path) == (method, path))


def rules_of(route: ImportedRoute) -> list[Any]:
    found: list[Any] = json.loads(route.rules or b"[]")
    return found


# --- Mockoon ----------------------------------------------------------------------------------------------------------


def test_mockoon_prefix_headers_and_latency_hold_for_every_route() -> None:
    server = server_of("mockoon/shop.json")
    carts = route_of(server, "GET", "/v1/carts")
    assert (carts.headers, carts.delay_ms, carts.body) == ((("X-Env", "e"),), 5, b'[{"id": 1}]')
    assert server.cors is False


def test_mockoon_rules_of_a_response_are_one_condition() -> None:
    none, both, own = rules_of(route_of(server_of("mockoon/shop.json"), "GET", "/v1/carts/{id}"))
    assert none["when"] == {
        "any": [
            {"pathParameters": {"id": {"equalTo": "0"}}},
            {"not": {"headers": {"X-Not": {"absent": True}}}},
        ]
    }
    assert both["when"] == {"query": {"a": {"matches": r"x[\s\S]*"}}, "cookies": {"s": {"equalTo": "1"}}}
    assert own["then"]["responseBody"] == '{"id": "{{ request.pathParameters.id }}"}'
    assert own["then"]["template"] == "liquid"


def read_mockoon(responses: list[dict[str, Any]], data: Any = (), **route: Any) -> ImportedServer:
    """The server of an environment with one route."""
    given = {"uuid": "r", "type": "http", "method": "get", "endpoint": "a/:id", "responses": responses, **route}
    tree = {"uuid": "e", "lastMigration": 33, "routes": [given], "data": list(data), "rootChildren": []}
    return read_data(json.dumps(tree).encode(), file_name="m.json").servers[0]


def mockoon_response(status: int, *rules: tuple[str, str, str, str], operator: str = "OR", **rest: Any) -> Any:
    """A response with rules, each of target, modifier, operator and value."""
    members = ("target", "modifier", "operator", "value")
    written = [dict(zip(members, rule, strict=True), invert=False) for rule in rules]
    return {"statusCode": status, "body": str(status), "rules": written, "rulesOperator": operator, **rest}


@pytest.mark.parametrize(
    ("first", "second", "steps", "ending"),
    [
        (("equals", "1"), ("equals", "2"), [(500, 1), (503, 1), (200, 1)], "last"),
        (("equals", "3"), ("equals", "99999"), [(200, 2), (500, 1), (200, 1)], "last"),
        (("regex", "^[1-3]$"), ("regex", r"^\d$"), [(500, 3), (503, 6), (200, 1)], "last"),
        (("regex", "[02468]$"), ("equals", "0"), [(200, 1), (500, 1)], "cycle"),
    ],
)
def test_mockoon_rules_on_the_number_of_a_request_are_a_sequence(
    first: tuple[str, str], second: tuple[str, str], steps: list[tuple[int, int]], ending: str
) -> None:
    """They were left out."""
    responses = [
        mockoon_response(500, ("request_number", "", *first)),
        mockoon_response(503, ("request_number", "", *second)),
        mockoon_response(200, default=True),
    ]
    (rule,) = rules_of(read_mockoon(responses).routes[0])
    sequence = rule["then"]["sequence"]
    assert [(step["statusCode"], step.get("repeat", 1)) for step in sequence] == steps
    assert rule["then"]["onExhausted"] == ending


def test_mockoon_rules_on_the_path_are_rules_of_the_server() -> None:
    responses = [mockoon_response(404, ("path", "", "regex", "^/a/0")), mockoon_response(200, default=True)]
    server = read_mockoon(responses)
    (rule,) = json.loads(server.rules)
    assert rule["when"]["path"] == {"and": [{"matches": "/a/[^/]+"}, {"matches": r"/a/0[\s\S]*"}]}
    assert server.routes[0].status_code == 200


@pytest.mark.parametrize(
    ("modifier", "operator", "value", "status"),
    [
        ("flags.beta", "equals", "true", 201),
        ("b1.beta", "equals", "true", 201),
        ("flags.list.0", "equals", "x", 201),
        ("flags.list", "array_includes", "x", 201),
        ("flags.beta", "equals", "false", 200),
        ("flags.none", "null", "", 201),
    ],
)
def test_mockoon_rules_on_a_data_bucket_hold_as_it_stands_in_the_file(
    modifier: str, operator: str, value: str, status: int
) -> None:
    bucket = {"id": "b1", "name": "flags", "value": '{"beta": true, "list": ["x"]}'}
    responses = [
        mockoon_response(201, ("data_bucket", modifier, operator, value)),
        mockoon_response(200, default=True),
    ]
    assert read_mockoon(responses, [bucket]).routes[0].status_code == status


def test_mockoon_null_is_a_value_that_is_not_there() -> None:
    """An empty value was taken for one, so that `?q=` had the answer for requests without q."""
    responses = [mockoon_response(400, ("query", "q", "null", "")), mockoon_response(200, default=True)]
    (rule,) = rules_of(read_mockoon(responses).routes[0])
    assert rule["when"] == {"query": {"q": {"absent": True}}}


def test_mockoon_modes_are_sequences_and_draws() -> None:
    server = server_of("mockoon/shop.json")
    (jobs,) = rules_of(route_of(server, "POST", "/v1/jobs"))
    (dice,) = rules_of(route_of(server, "GET", "/v1/dice"))
    assert [step["statusCode"] for step in jobs["then"]["sequence"]] == [202, 200]
    assert jobs["then"]["onExhausted"] == "cycle"
    assert [each["responseBody"] for each in dice["then"]["random"]] == ["1", "6"]


def test_mockoon_old_environments_are_brought_up() -> None:
    server = server_of("mockoon/old.json")
    single = route_of(server, "GET", "/single")
    assert (single.status_code, single.content_type, single.headers) == (201, "text/plain", (("X-Old", "1"),))
    (bad,) = rules_of(route_of(server, "POST", "/regex"))
    assert bad["then"]["statusCode"] == 400


@pytest.mark.parametrize(
    ("searched", "held"),
    [
        ("a", r"[\s\S]*a[\s\S]*"),
        ("^a$", "a"),
        ("^a", r"a[\s\S]*"),
        ("a|b", r"[\s\S]*(?:a|b)[\s\S]*"),
        ("a$", r"[\s\S]*a"),
    ],
)
def test_expressions_that_are_searched_for_are_held_to_the_whole_value(searched: str, held: str) -> None:
    assert search_regex(searched) == held


def test_mockoon_newer_than_known_is_refused() -> None:
    with pytest.raises(SpecificationError, match="/lastMigration: expected a number up to 33"):
        read_data(b'{"uuid": "u", "lastMigration": 34, "routes": []}')


# --- Insomnia ---------------------------------------------------------------------------------------------------------


def test_insomnia_ids_are_kept_and_disabled_headers_left_out() -> None:
    server = server_of("insomnia/v5-mock.yaml")
    assert server.id == "mock_00000000000000000000000000000002"
    cart = route_of(server, "PUT", "/carts/7")
    assert (cart.id, cart.headers) == ("mock-route_00000000000000000000000000000003", (("X-A", "1"),))


def test_insomnia_templates_are_those_of_the_app() -> None:
    (rule,) = rules_of(route_of(server_of("insomnia/v5-mock.yaml"), "GET", "/carts/{id}"))
    assert rule["then"]["template"] == "insomnia"
    assert rule["name"] == TEMPLATE_RULE  # by which the app's own upserts find it


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{% for a in (1..9) %}{% endfor %}", "a template that cannot be read (line 1: unexpected tag 'for')"),
        ("{{ a }}" * 40_000, "a long template, which was not tried"),
    ],
)
def test_insomnia_templates_that_cannot_be_read_are_reported_when_they_come_in(body: str, said: str) -> None:
    """The app's own upsert said so; an imported file was answered with 500 without a word."""
    route = {"_id": "r", "_type": "mock_route", "parentId": "m", "name": "/a", "method": "GET", "body": body}
    resources = [{"_id": "m", "_type": "mock", "name": "m"}, route]
    read = read_data(json.dumps({"_type": "export", "__export_format": 4, "resources": resources}).encode())
    (note,) = read.notes.changed
    assert (note.pointer, note.message.startswith(said)) == ("/resources/1/body", True)


def test_insomnia_defaults_of_a_route() -> None:
    route = route_of(server_of("insomnia/v4-two-mocks.json", 1), "GET", "/")
    assert (route.status_code, route.content_type, route.body) == (200, "application/json", b"root")


def test_insomnia_documents_are_specifications() -> None:
    assert json.loads(server_of("insomnia/v5-spec.yaml").specification)["info"]["title"] == "Pets"


def test_insomnia_other_export_formats_are_refused() -> None:
    with pytest.raises(SpecificationError, match="__export_format: expected 4"):
        read_data(b'{"__export_format": 3, "resources": []}')


# --- Postman ----------------------------------------------------------------------------------------------------------


def test_postman_examples_are_chosen_by_path_and_query() -> None:
    (rules,) = server_of("postman/queries.json").document_rules
    assert (rules.method, rules.path_key) == ("GET", "/carts/{}")
    assert [(rule["when"], rule["then"]) for rule in json.loads(rules.rules) if not names_example(rule)] == [
        (
            {"pathParameters": {"id": {"equalTo": "7"}}, "query": {"full": {"equalTo": "true"}}},
            {"response": "200", "example": "full"},
        ),
        ({"pathParameters": {"id": {"equalTo": "7"}}}, {"response": "200", "example": "found"}),
        ({"pathParameters": {"id": {"equalTo": "0"}}}, {"response": "404"}),
    ]


def test_postman_environments_fill_variables_but_for_secrets() -> None:
    from tests.unit.formats.test_sources import pack

    collection = {"info": {"name": "c"}, "item": [{"name": "a", "request": {"url": "{{base}}/{{what}}/x"}}]}
    environment = {
        "name": "e",
        "_postman_variable_scope": "environment",
        "values": [
            {"key": "what", "value": "pets", "enabled": True},
            {"key": "off", "value": "x", "enabled": False},
            {"key": "token", "value": "s3cret", "type": "secret"},
        ],
    }
    read = read_data(pack({"c.json": json.dumps(collection).encode(), "e.json": json.dumps(environment).encode()}))
    stored = json.loads(read.servers[0].specification)
    assert stored["variable"] == [{"key": "what", "value": "pets"}]
    assert b"s3cret" not in read.servers[0].specification


# --- MockServer -------------------------------------------------------------------------------------------------------


def test_mockserver_the_highest_priority_is_first() -> None:
    (high,) = rules_of(route_of(server_of("mockserver/shop.json"), "GET", "/carts/7"))
    assert high["when"] == {
        "query": {"q": {"or": [{"equalTo": "a.*"}, {"matches": "a.*"}]}},
        "headers": {"X-A": {"equalTo": "1"}, "X-B": {"absent": True}},
    }
    assert high["then"]["responseHeaders"] == {"Set-Cookie": "s=1"}
    assert high["then"]["delay"] == 1000


def test_mockserver_errors_and_several_responses() -> None:
    (dropped,) = rules_of(route_of(server_of("mockserver/error.json"), "GET", "/dropped"))
    assert dropped["then"] == {"fault": "EMPTY_RESPONSE"}
    (thing,) = rules_of(route_of(server_of("mockserver/one.json"), "POST", "/things/{id}"))
    assert len(thing["then"]["sequence"]) == 2


def test_mockserver_once_is_counted_over_all_methods() -> None:
    (once,) = [rule for rule in json.loads(server_of("mockserver/shop.json").rules) if "times" in rule]
    assert once["when"] == {"path": {"equalTo": "/once"}}


# --- Hoverfly, mountebank, Pact ---------------------------------------------------------------------------------------


def test_hoverfly_global_delays_add_to_what_answers() -> None:
    server = server_of("hoverfly/captured.json")
    (delay,) = json.loads(server.rules)
    assert delay["then"] == {"delay": 2, "next": True}
    assert delay["when"] == {"path": {"matches": r"/v1[\s\S]*"}, "method": "POST"}
    assert route_of(server, "GET", "/time").body == b"hi"


def test_hoverfly_forms_and_arrays() -> None:
    pair = {
        "request": {
            "path": [{"matcher": "exact", "value": "/f"}],
            "method": [{"matcher": "exact", "value": "GET"}],
            "body": [{"matcher": "form", "value": {"grant": [{"matcher": "exact", "value": "x"}]}}],
            "query": {"q": [{"matcher": "array", "value": ["1", "2"], "config": {"ignoreOrder": True}}]},
        },
        "response": {"status": 200},
    }
    server = read_data(json.dumps({"data": {"pairs": [pair]}}).encode()).servers[0]
    assert rules_of(route_of(server, "GET", "/f"))[0]["when"] == {
        "query": {"q": {"hasExactly": [{"equalTo": "1"}, {"equalTo": "2"}]}},
        "form": {"grant": {"equalTo": "x"}},
    }


PETS: dict[str, Any] = {
    "openapi": "3.0.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {
            "get": {"operationId": "list", "responses": {"200": {"description": "ok"}, "500": {"description": "no"}}},
            "post": {"operationId": "create", "responses": {"201": {"description": "ok"}}},
        },
        "/pets/{id}": {"get": {"operationId": "show", "responses": {"200": {"description": "ok"}}}},
    },
}


@pytest.mark.parametrize("payload", [PETS, json.dumps(PETS), "openapi: 3.0.0\npaths: {/x: {get: {operationId: show}}}"])
def test_mockserver_answers_the_operation_of_a_document(payload: Any) -> None:
    """It was left out, with the word to import the document, which has another answer."""
    request = {"specUrlOrPayload": payload, "operationId": "show"}
    expectation = {"httpRequest": request, "httpResponse": {"statusCode": 418}}
    (server,) = read_data(json.dumps([expectation]).encode()).servers
    (route,) = server.routes
    assert (route.method, route.path, route.status_code) == (
        "GET",
        "/pets/{id}" if "Pets" in str(payload) else "/x",
        418,
    )


def test_mockserver_documents_without_an_answer_are_servers_of_their_own() -> None:
    given = {"specUrlOrPayload": PETS, "operationsAndResponses": {"list": "500"}}
    (server,) = read_data(json.dumps(given).encode()).servers
    assert server.name == "Pets"
    assert list(json.loads(server.specification)["paths"]["/pets"]) == ["get"]
    (rules,) = server.document_rules
    assert json.loads(rules.rules) == [{"name": "list", "then": {"response": "500"}}]


def test_mockserver_documents_elsewhere_are_not_fetched() -> None:
    data = json.dumps([{"httpRequest": {"specUrlOrPayload": "http://x/openapi.json"}, "httpResponse": {}}]).encode()
    with pytest.raises(SpecificationError, match=r"nothing is fetched from http://x/openapi\.json; send the folder"):
        read_data(data)


def test_hoverfly_sequences_go_on_by_themselves() -> None:
    rules = rules_of(route_of(server_of("hoverfly/state.json"), "GET", "/poll"))
    scenarios = {rule["then"]["responseBody"]: rule["scenario"] for rule in rules}
    assert scenarios == {
        "wait": {"name": "sequence:1", "from": "Started", "to": "2"},
        "done": {"name": "sequence:1", "from": "2"},
    }


def test_mountebank_values_are_compared_without_their_case() -> None:
    (rule,) = [each for each in json.loads(server_of("mountebank/imposters.json").rules) if "any" in each["when"]]
    assert rule["when"]["any"] == [
        {"headers": {"Accept": {"matches": r"(?i:text[\s\S]*)"}}},
        {"query": {"q": {"not": {"absent": True}}}},
    ]
    assert [step.get("repeat", 1) for step in rule["then"]["sequence"]] == [2, 1]


def test_mountebank_default_response_is_for_every_path() -> None:
    server = server_of("mountebank/one.json")
    assert route_of(server, "GET", "/**").body == b"nobody"
    assert server.name == "imposter 1"


def test_pact_paths_by_expression_and_bodies_by_value() -> None:
    shop = server_of("pact/v3.json")
    assert shop.name == "shop"
    assert route_of(shop, "DELETE", "/carts/{p1}").status_code == 404  # what is no number is nobody's
    raw = route_of(server_of("pact/v4.json"), "GET", "/raw")
    assert (raw.body, raw.headers) == (b"\x00\x01\x02", (("X-A", "1"), ("X-A", "2")))


def test_an_expectation_for_plain_http_is_made() -> None:
    """What MockServer records says `secure: false`, and was left out for it."""
    tree = [{"httpRequest": {"method": "GET", "path": "/n", "secure": False}, "httpResponse": {"body": "x"}}]
    read = read_data(json.dumps(tree).encode())
    assert [route.path for route in read.servers[0].routes] == ["/n"]
    assert [note.pointer for note in read.notes.changed] == ["/0/httpRequest/secure"]
    assert not read.notes.left_out


def test_an_entry_of_several_paths_is_not_told_as_unreached_for_one_of_them() -> None:
    response = {"statusCode": 200, "body": "x", "headers": [], "rules": []}
    routes = [
        {"uuid": "1", "method": "get", "endpoint": "v", "responses": [response]},
        {"uuid": "2", "method": "get", "endpoint": "v/:id?", "responses": [response]},
    ]
    read = read_data(json.dumps({"uuid": "u", "lastMigration": 33, "routes": routes}).encode())
    assert {route.path for route in read.servers[0].routes} == {"/v", "/v/{id}"}
    assert not read.notes.left_out


def crud_environment(value: str, **response: Any) -> dict[str, Any]:
    """An environment with a CRUD route `users` on a bucket of this text."""
    answer = {"uuid": "x", "statusCode": 200, "bodyType": "DATABUCKET", "databucketID": "b", "default": True}
    route = {"uuid": "r", "type": "crud", "method": "", "endpoint": "users", "responses": [{**answer, **response}]}
    bucket = {"uuid": "d", "id": "b", "name": "users", "value": value}
    return {"uuid": "u", "lastMigration": 33, "endpointPrefix": "api", "routes": [route], "data": [bucket]}


def test_crud_routes_of_mockoon_answer_get_with_the_bucket_and_its_items() -> None:
    """They were left out whole."""
    items = [{"id": 7, "sub": {"key": "a"}}, {"id": "x y", "sub": {"key": "b"}}, {"n": 1}]
    read = read_data(json.dumps(crud_environment(json.dumps(items))).encode())
    (server,) = read.servers
    bodies = {(route.method, route.path): json.loads(route.body) for route in server.routes}
    assert bodies == {
        ("GET", "/api/users"): items,
        ("GET", "/api/users/7"): items[0],
        ("GET", "/api/users/x y"): items[1],
    }
    assert ("X-Total-Count", "3") in server.routes[0].headers
    assert {route.content_type for route in server.routes} == {"application/json"}
    (note,) = read.notes.left_out
    assert (note.pointer, "POST, PUT, PATCH and DELETE" in note.message) == ("/routes/0", True)


def test_items_of_crud_routes_are_at_the_key_that_the_route_names() -> None:
    items = [{"id": 7, "sub": {"key": "a"}}]
    read = read_data(json.dumps(crud_environment(json.dumps(items), crudKey="sub.key")).encode())
    assert [route.path for route in read.servers[0].routes] == ["/api/users", "/api/users/a"]


@pytest.mark.parametrize("value", ["{{#repeat 3}}x{{/repeat}}", "[1,", ""])
def test_a_crud_route_on_a_bucket_that_is_made_is_left_out(value: str) -> None:
    environment = crud_environment(value)
    environment["routes"].append({"uuid": "o", "method": "get", "endpoint": "o", "responses": [{"statusCode": 200}]})
    read = read_data(json.dumps(environment).encode())
    assert [route.path for route in read.servers[0].routes] == ["/api/o"]
    assert [note.pointer for note in read.notes.left_out] == ["/routes/0/responses/0"]
