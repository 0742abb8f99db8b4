"""Attacks on a server: requests and documents made from grammars, by a seeded source, each of a class with a name.

`ATTACKS` is the table. An attack is a list of raw requests (RFC 9112), sent one after the other on a connection of its
own; `{mock}` in a path is the base of a mock server that validates its requests, `{token}` the bearer's token. Sizes
are those of what people may send: up to a few MB.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from msgspec import Struct

Attack = Callable[[Random], list["Shot"]]

HEAD: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
LARGE = 100_000


class Shot(Struct, frozen=True):
    """One request; `is_cut`: what announces more than it sends, and is closed in the middle."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    is_cut: bool = False


def some(random: Random, *bounds: int) -> int:
    """A count: small, or up to one of the bounds."""
    return random.choice((1, random.randint(1, 100), *(random.randint(each // 10, each) for each in bounds)))


def word(random: Random) -> str:
    return random.choice(("a", "b", "id", "é", "%00", "a[b]", "a.b", "", "x" * 300, "\u2028", "__proto__", "a%5Bb%5D"))


# --- Requests to mocks ------------------------------------------------------------------------------------------------


def forms(random: Random) -> list[Shot]:
    """urlencoded and multipart bodies of many fields, some of them the same."""
    count = some(random, 2_000, LARGE)
    if random.random() < 0.5:
        name: Callable[[int], str] = random.choice(
            (
                lambda number: f"f{number}",
                lambda number: "f",
                lambda number: f"f[{number}]",
                lambda number: "f[a][b]" * 9,
            )
        )
        body = "&".join(f"{name(number)}={number}" for number in range(count)).encode()
        return [Shot("POST", "{mock}/form", (("content-type", "application/x-www-form-urlencoded"),), body)]
    part = '--b\r\ncontent-disposition: form-data; name="{}"\r\n\r\nx\r\n'
    body = ("".join(part.format(f"f{number % 500}") for number in range(min(count, 20_000))) + "--b--\r\n").encode()
    return [Shot("POST", "{mock}/multipart", (("content-type", "multipart/form-data; boundary=b"),), body)]


def queries(random: Random) -> list[Shot]:
    """Queries of many parameters, deep objects, and names for patterns to try."""
    names: tuple[Callable[[int], str], ...] = (
        lambda n: f"deep[{n}]",
        lambda n: "deep[" + "a" * 30 + "!]",
        lambda n: "page",
        lambda n: f"q{n}",
        lambda n: word(random),
    )
    name = random.choice(names)
    return [
        Shot("GET", "{mock}/search?" + "&".join(f"{name(n)}={n}" for n in range(some(random, 3_000))).replace(" ", "+"))
    ]


def bodies(random: Random) -> list[Shot]:
    """JSON bodies: deep, wide, all wrong, or no JSON."""
    body = random.choice(
        (
            lambda: "[" * some(random, LARGE) + "]" * some(random, LARGE),
            lambda: "[" + ",".join(["{}"] * some(random, LARGE)) + "]",
            lambda: '{"op":"and","args":[' * 16 + "1" + "]}" * 16,
            lambda: json.dumps({f"k{number}": number for number in range(some(random, LARGE))}),
            lambda: json.dumps("x" * some(random, 3_000_000)),
            lambda: "9" * some(random, LARGE),
            lambda: '{"a":1' + ',"a":1' * some(random, LARGE) + "}",
            lambda: "\x00\ud800{",
        )
    )()
    path = random.choice(("{mock}/numbers", "{mock}/expression", "{mock}/patterns"))
    return [Shot("POST", path, (("content-type", "application/json"),), body.encode("utf-8", "replace"))]


def negotiation(random: Random) -> list[Shot]:
    """Accept and Prefer of many members, in many spellings."""
    ranges = ",".join(
        f"{random.choice('abx')}{n}/{word(random)[:20] or '*'};q=0.{n % 10}" for n in range(some(random, 4_000))
    )
    prefer = ",".join(f"code={random.randint(100, 999)};example=x{n}" for n in range(some(random, 500)))
    ascii_only = [each.encode("ascii", "ignore").decode()[:60_000] for each in (ranges, prefer)]
    return [Shot("GET", "{mock}/large", (("accept", ascii_only[0]), ("prefer", ascii_only[1])))]


def heads(random: Random) -> list[Shot]:
    """Many header fields, long ones, odd methods and paths."""
    fields = tuple((f"x-{n}", "v" * some(random, 200)) for n in range(some(random, 90)))
    method = random.choice(("GET", "OPTIONS", "HEAD", "PUT", "M-SEARCH", "X" * 50))
    path = "{mock}/" + "/".join(
        random.choice(("a", "%2F", "..", "%zz", "x" * 200, "%E2%80%A8")) for _ in range(some(random, 300))
    )
    return [Shot(method, path, fields)]


def cuts(random: Random) -> list[Shot]:
    """Bodies that end before they should."""
    fields = random.choice(((("content-length", "100000"),), (("transfer-encoding", "chunked"),)))
    return [Shot("POST", random.choice(("{mock}/numbers", "/mock-servers")), fields, b"ffff\r\n{", is_cut=True)]


# --- Management -------------------------------------------------------------------------------------------------------


def create(text: str, random: Random) -> list[Shot]:
    fields = {
        "name": "x",
        "workspaceId": f"fuzz-{random.randint(1, 3)}",
        "specification": text,
        "validateRequests": True,
    }
    return [manage("POST", "/mock-servers", json.dumps(fields).encode())]


def manage(method: str, path: str, body: bytes) -> Shot:
    return Shot(method, path, (("authorization", "Bearer {token}"), ("content-type", "application/json")), body)


def with_schema(schema: Any, **schemas: Any) -> str:
    content = {"application/json": {"schema": schema}}
    operation = {"requestBody": {"content": content}, "responses": {"200": {"description": "d", "content": content}}}
    return json.dumps({**HEAD, "paths": {"/a": {"post": operation}}, "components": {"schemas": schemas}})


def schemas(random: Random) -> list[Shot]:
    """Documents whose schemas branch, recurse, list or repeat without end."""
    count = some(random, 300, 3_000)
    ref = {"$ref": "#/components/schemas/S"}
    schema = random.choice(
        (
            lambda: {"enum": list(range(count))},
            lambda: {"anyOf": [{"properties": {f"p{n}": ref}} for n in range(min(count, 300))]},
            lambda: {"allOf": [ref, ref], "oneOf": [ref, {"type": "array", "items": ref}]},
            lambda: {"properties": {f"p{n}": {"pattern": "^\\p{L}{1,200}$"} for n in range(min(count, 300))}},
            lambda: {"patternProperties": {f"^(a+)+{n}$": ref for n in range(min(count, 50))}},
            lambda: {"type": "array", "minItems": count * 1_000, "items": ref},
            lambda: {"type": "string", "minLength": count * 10_000, "pattern": "((a{1,30}){1,30}){1,30}"},
            lambda: {"not": {"not": ref}, "if": ref, "then": ref, "dependentSchemas": {"a": ref}},
        )
    )()
    return create(with_schema(ref, S=schema), random)


def amplification(random: Random) -> list[Shot]:
    """Small documents of which much is made."""
    large = {"type": "string", "example": "x" * some(random, 300_000)}
    count = some(random, 400)
    use = {"$ref": "#/components/schemas/L"}
    paths = {
        f"/p{n}": {
            "get": {
                "responses": {
                    "200": {"content": {t: {"schema": {"properties": {f"a{n}": use}}} for t in random.sample(TYPES, 2)}}
                }
            }
        }
        for n in range(count)
    }
    return create(json.dumps({**HEAD, "paths": paths, "components": {"schemas": {"L": large}}}), random)


TYPES = ("application/json", "application/xml", "text/plain", "text/csv", "application/x-ndjson", "*/*")


def yaml_bombs(random: Random) -> list[Shot]:
    """YAML whose aliases, merges, depth or scalars explode."""
    count = some(random, 3_000, 50_000)
    text = random.choice(
        (
            lambda: (
                "a0: &a0 [x,x]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
            ),
            lambda: "a: &a {" + ",".join(f"k{n}: 1" for n in range(count)) + "}\nb:\n  <<: [" + "*a," * count + "]\n",
            lambda: "a: " + random.choice(("[", "{a: ", "- ", "['}',", "&x [", "? ")) * count,
            lambda: "a: " + random.choice(("9", "0", "0x" + "f" * 9, "\u2028", "- ")) * count,
            lambda: "a: [" + random.choice((".inf,", "!!int 1,", "! x,", "0b1,", "'\x85',")) * count + "]",
            lambda: "".join(" " * n + "a:\n" for n in range(min(count, 2_000))),
        )
    )()
    return create(
        "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths: {}\nx:\n  " + text.replace("\n", "\n  "), random
    )


def slow_documents(random: Random) -> list[Shot]:
    """Documents that take seconds to read."""
    responses: dict[str, Any] = {f"no{number}": {} for number in range(some(random, 60_000))}
    return create(json.dumps({**HEAD, "paths": {"/a": {"get": {"responses": responses}}}}), random)


def routes(random: Random) -> list[Shot]:
    """Management bodies with faults by the thousand, and pages of everything."""
    fields = {
        "method": "GET",
        "path": f"/{word(random)}",
        "statusCode": random.choice((200, 205, 999, -1, "x", 10**30)),
    }
    headers = {f"h{n}": n for n in range(some(random, 50_000))}
    body = json.dumps({**fields, "responseHeaders": headers}).encode()
    return [manage("POST", "/mock-servers/{id}/routes", body), manage("GET", "/mock-servers/{id}/logs?limit=1000", b"")]


def rules(random: Random) -> list[Shot]:
    """Lists of rules whose conditions cost, a request that asks them, and the end of them."""
    count = some(random, 300)
    condition: Callable[[int], dict[str, Any]] = random.choice(
        (
            lambda n: {"query": {"q": {"matches": rf"(\p{{L}}{{1,{1 + n % 200}}}){{1,{1 + n % 90}}}{n}"}}},
            lambda n: {"query": {"q": {"matches": f"(a|aa)+{n}"}}},
            lambda n: {"body": [{"matchesJsonPath": f"$..[?count($..[*])>{n}]..*"}]},
            lambda n: {"body": [{"matchesXPath": f"//*[.//*[count(//*)>{n}]]"}]},
            lambda n: {"body": [{"matchesJsonSchema": {"patternProperties": {rf"\p{{L}}{{1,{n}}}": {"enum": [n]}}}}]},
            lambda n: {"body": [{"equalToJson": [{"a": n}] * 50, "ignoreArrayOrder": True}]},
            lambda n: {"not": {"any": [{"headers": {f"h{each}": {"contains": "x"}}} for each in range(n % 20 + 1)]}},
        )
    )
    listed = [{"when": condition(n), "then": {"statusCode": 299}} for n in range(count)]
    body = random.choice(("[" + "[1]," * some(random, 30_000) + "1]", "<a>" + "<b/>" * some(random, 30_000) + "</a>"))
    return [
        manage("PUT", "/mock-servers/{id}/rules", json.dumps({"rules": listed}).encode()),
        Shot("POST", "{mock}/numbers?q=" + "a" * some(random, 5_000), (("content-type", "text/plain"),), body.encode()),
        manage("PUT", "/mock-servers/{id}/rules", b'{"rules": []}'),
    ]


def readings(random: Random) -> list[Shot]:
    """Whatever reads much: exports, figures, verifications, pages of the log."""
    formats = ("openapi", "insomnia", "wiremock", "mockoon", "har", "postman")
    when = {"all": [{"body": [{"matchesJsonPath": f"$..x{n}"}]} for n in range(some(random, 500))]}
    return [
        random.choice(
            (
                lambda: manage("GET", f"/mock-servers/{{id}}/export?format={random.choice(formats)}", b""),
                lambda: manage("GET", "/mock-servers/{id}/figures?step=1", b""),
                lambda: manage("GET", f"/mock-servers/{{id}}/logs?limit=1000&text={word(random)[:100]}", b""),
                lambda: manage("GET", "/mock-servers/{id}/routes?usage=true&q=a", b""),
                lambda: manage("POST", "/mock-servers/{id}/verifications", json.dumps({"request": when}).encode()),
            )
        )()
    ]


ATTACKS: dict[str, Attack] = {
    attack.__name__.replace("_", "-"): attack
    for attack in (
        forms,
        queries,
        bodies,
        negotiation,
        heads,
        cuts,
        schemas,
        amplification,
        yaml_bombs,
        slow_documents,
        routes,
        rules,
        readings,
    )
}
