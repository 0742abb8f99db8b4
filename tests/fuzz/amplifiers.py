"""Documents of which much is made: `AMPLIFIERS` is the table. Each returns the name of a file and its bytes.

An amplifier is given about how many bytes it may be long. What it says once is used many times, by references, by
anchors, by variables or by what a document means: a path with seven methods, a file that many mappings name. Formats
other than OpenAPI come as the files that `POST /mock-servers/import` takes.
"""

import base64
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

File = tuple[str, bytes]
Amplifier = Callable[[int], File]

HEAD: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
OK: dict[str, Any] = {"200": {"description": "d"}}
SHARED = {"$ref": "#/components/responses/R"}


def openapi(paths: dict[str, Any], **more: Any) -> File:
    return "openapi.json", json.dumps({**HEAD, "paths": paths, **more}).encode()


def each_method(operation: Any) -> dict[str, Any]:
    return dict.fromkeys(METHODS, operation)


def many_paths(count: int, operation: Any) -> dict[str, Any]:
    return {f"/p{n}": each_method(operation) for n in range(count)}


def shared_response(size: int, response: Any) -> File:
    """A response that takes half of the document, of as many operations as the other half holds."""
    paths = many_paths(size // 2 // 440, {"responses": {"200": SHARED}})
    return openapi(paths, components={"responses": {"R": response}})


def content_of(schema: Any, media_type: str = "application/json") -> dict[str, Any]:
    return {"content": {media_type: {"schema": schema}}}


def wide(size: int, value: Callable[[int], Any]) -> dict[str, Any]:
    """An object schema of about this size."""
    count = max(size // (len(json.dumps(value(99_999))) + 14), 1)
    return {"type": "object", "properties": {f"a{n}": value(n) for n in range(count)}}


def text(n: int) -> dict[str, Any]:
    return {"type": "string", "example": f"x{n}"}


REF = {"$ref": "#/components/schemas/S"}

# --- OpenAPI: paths and servers ---------------------------------------------------------------------------------------


def long_paths(size: int) -> File:
    return openapi({f"/{n}{'p' * 2_000}": each_method({}) for n in range(size // 2_120)})


def longest_paths(size: int) -> File:
    return openapi({f"/{n}{'/p' * 3_900}": each_method({}) for n in range(size // 7_920)})


def escaped_paths(size: int) -> File:
    paths: dict[str, Any] = {f"/{n}{'é' * 300}/{{a{n}}}": each_method({}) for n in range(size // 730)}
    return "openapi.json", json.dumps({**HEAD, "paths": paths}, ensure_ascii=False).encode()


def short_paths(size: int) -> File:
    return openapi({f"/{n:x}": each_method({}) for n in range(size // 105)})


def path_items_by_reference(size: int) -> File:
    items = {f"/{n:x}": {"$ref": "#/paths/~1z"} for n in range(size // 36)}
    return openapi({"/z": each_method({"responses": OK}), **items})


def parameters_in_paths(size: int) -> File:
    names = "".join(f"/{{p{n}}}" for n in range(60))
    return openapi({f"/{n}{names}": each_method({}) for n in range(size // 500)})


def server_variables(size: int) -> File:
    variables = {"v": {"default": "0", "enum": [f"{n:0200}" for n in range(size // 2 // 205)]}}
    servers = [{"url": "/base/{v}/{v}", "variables": variables}]
    return openapi(many_paths(size // 2 // 110, {}), servers=servers)


def long_servers(size: int) -> File:
    servers = [{"url": f"/{n}/" + "s" * 1_000} for n in range(size // 2 // 1_020)]
    return openapi(many_paths(size // 2 // 110, {}), servers=servers)


def servers_of_path_items(size: int) -> File:
    """Yet they are said once, in YAML."""
    servers = "".join(f"  - {{url: /{n}{'s' * 300}}}\n" for n in range(50))
    head = f"openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nx-s: &s\n{servers}paths:\n"
    lines = (f"  /p{n}: {{servers: *s, get: {{}}, put: {{}}, post: {{}}}}\n" for n in range(size // 52))
    return "openapi.yaml", (head + "".join(lines)).encode()


# --- OpenAPI: responses -----------------------------------------------------------------------------------------------


def one_large_string(size: int) -> File:
    """One string that is part of each answer, and each answer another."""
    large = {"type": "string", "example": "x" * (size // 2)}
    schemas = {"S": large}
    paths = {
        f"/p{n}": {"get": {"responses": {"200": {"description": "d", **content_of({"properties": {f"a{n}": REF}})}}}}
        for n in range(size // 2 // 170)
    }
    return openapi(paths, components={"schemas": schemas})


def strings_of_a_megabyte(size: int) -> File:
    return one_large_string(size * 8 // 10)


def many_examples(size: int) -> File:
    examples = {f"e{n}": {"value": {"a": n}} for n in range(size // 2 // 36)}
    content = {"application/json": {"examples": examples}}
    return shared_response(size, {"description": "d", "content": content})


def examples_by_media_type(size: int) -> File:
    """A hundred media types, each with all the examples."""
    examples = {f"e{n}": {"$ref": f"#/components/examples/E{n}"} for n in range(200)}
    kinds = ("json", "xml", "x-ndjson", "csv", "yaml")
    content = {f"application/vnd.x{n}+{kinds[n % 5]}": {"examples": examples} for n in range(size // 2 // 9_000)}
    values = {f"E{n}": {"value": [f"{n}"] * (size // 2 // 200 // 8)} for n in range(200)}
    return openapi(
        {"/a": {"get": {"responses": {"200": {"description": "d", "content": content}}}}},
        components={"examples": values},
    )


def media_types_of_one_schema(size: int) -> File:
    kinds = ("json", "xml", "x-ndjson")
    content = {f"application/vnd.x{n}+{kinds[n % 3]}": {"schema": REF} for n in range(size // 2 // 85)}
    schemas = {"S": wide(size // 2, text)}
    return openapi(
        {"/a": {"get": {"responses": {"200": {"description": "d", "content": content}}}}},
        components={"schemas": schemas},
    )


def xml_types_of_small_schemas(size: int) -> File:
    """Shapes of XML are beside each content."""
    content = {f"application/vnd.x{n}+xml": {"schema": REF} for n in range(200)}
    responses = {f"{200 + n}": {"description": "d", "content": content} for n in range(size // 14_000)}
    return openapi({"/a": {"get": {"responses": responses}}}, components={"schemas": {"S": wide(3_000, text)}})


def media_ranges(size: int) -> File:
    content = {f"application/x{n}-*": {"schema": REF} for n in range(500)} | {"*/*": {"schema": REF}}
    responses = {f"{200 + n}": {"description": "d", "content": content} for n in range(size // 40_000)}
    return openapi({"/a": {"get": {"responses": responses}}}, components={"schemas": {"S": wide(3_000, text)}})


def response_headers(size: int) -> File:
    headers = {f"X-{n}": {"schema": {"type": "string", "example": "v" * 400}} for n in range(size // 2 // 470)}
    return shared_response(size, {"description": "d", "headers": headers})


def headers_by_reference(size: int) -> File:
    """Each response names the same long headers."""
    headers = {f"X-{n}": {"$ref": "#/components/headers/H"} for n in range(20)}
    header = {"schema": {"type": "string", "example": "v" * 7_000}}
    paths = {
        f"/p{n}": {"get": {"responses": {"200": {"description": f"{n}", "headers": headers}}}}
        for n in range(size // 1_000)
    }
    return openapi(paths, components={"headers": {"H": header}})


def header_examples(size: int) -> File:
    examples = {f"e{n}": {"value": f"v{n}"} for n in range(1_000)}
    headers = {f"X-{n}": {"$ref": "#/components/headers/H"} for n in range(size // 2 // 45)}
    header = {"schema": {"type": "string"}, "examples": examples}
    return openapi(
        {"/a": {"get": {"responses": {"200": {"description": "d", "headers": headers}}}}},
        components={"headers": {"H": header}},
    )


def statuses_of_one_response(size: int) -> File:
    responses = {f"{200 + n}": SHARED for n in range(400)}
    paths = {f"/p{n}": {"get": {"responses": responses, "tags": [str(n)]}} for n in range(size // 18_000)}
    response = {"description": "d", "content": {"application/json": {"example": {"a": 1}}}}
    return openapi(paths, components={"responses": {"R": response}})


def links_and_callbacks(size: int) -> File:
    links = {f"l{n}": {"operationId": "o" * 500} for n in range(size // 4 // 530)}
    callbacks = {f"c{n}": {"{$request.body#/url}": {"$ref": "#/paths/~1z"}} for n in range(size // 4 // 70)}
    operation = {"responses": {"200": SHARED}}
    paths = {"/z": {"post": {**operation, "callbacks": callbacks}}, **many_paths(size // 2 // 440, operation)}
    return openapi(paths, components={"responses": {"R": {"description": "d", "links": links}}})


def long_descriptions(size: int) -> File:
    operation = {"description": "d" * 2_000, "tags": ["t" * 1_000], "summary": "s" * 1_000}
    return openapi(
        {f"/p{n}": {"get": {**operation, "operationId": f"{n}" + "o" * 2_000}} for n in range(size // 6_100)}
    )


# --- OpenAPI: schemas -------------------------------------------------------------------------------------------------


def schema_in_other_schemas(size: int) -> File:
    """A wide schema as the property of another one in each operation: request and response."""
    paths = {
        f"/p{n}": {
            "post": {
                "requestBody": content_of({"properties": {f"b{n}": REF}, "required": [f"b{n}"]}),
                "responses": {"200": {"description": "d", **content_of({"properties": {f"a{n}": REF}})}},
            }
        }
        for n in range(size // 2 // 340)
    }
    return openapi(paths, components={"schemas": {"S": wide(size // 2, text)}})


def all_of_in_operations(size: int) -> File:
    """A wide schema that each operation merges with another property."""

    def body(name: str) -> dict[str, Any]:
        return content_of({"allOf": [REF, {"properties": {name: {}}}]})

    paths = {
        f"/p{n}": {"post": {"requestBody": body(f"b{n}"), "responses": {"200": {"description": "d", **body(f"a{n}")}}}}
        for n in range(size // 2 // 340)
    }
    return openapi(paths, components={"schemas": {"S": wide(size // 2, text)}})


def one_of_large_schemas(size: int) -> File:
    schemas = {f"S{n}": wide(size // 2 // 50, text) for n in range(50)}
    refs = [{"$ref": f"#/components/schemas/S{n}"} for n in range(50)]
    paths = {
        f"/p{n}": {"post": {"requestBody": content_of({"oneOf": refs, "title": f"{n}"}), "responses": OK}}
        for n in range(size // 2 // 2_000)
    }
    return openapi(paths, components={"schemas": schemas})


def discriminators(size: int) -> File:
    """A mapping of very many names to a few schemas."""
    mapping = {f"n{n}": f"#/components/schemas/S{n % 20}" for n in range(size // 2 // 42)}
    refs = [{"$ref": f"#/components/schemas/S{n}"} for n in range(20)]
    schemas: dict[str, Any] = {f"S{n}": wide(size // 4 // 20, text) for n in range(20)}
    schemas["S"] = {"oneOf": refs, "discriminator": {"propertyName": "kind", "mapping": mapping}}
    paths = {
        f"/p{n}": {"post": {"requestBody": content_of({"properties": {f"a{n}": REF}}), "responses": OK}}
        for n in range(size // 4 // 190)
    }
    return openapi(paths, components={"schemas": schemas})


def enums_in_operations(size: int) -> File:
    enum = {"type": "string", "enum": [f"value-{n}" for n in range(size // 2 // 15)]}

    def parameter(n: int) -> dict[str, Any]:
        return {"name": f"q{n}", "in": "query", "schema": REF}

    paths = {f"/p{n}": {"get": {"parameters": [parameter(n)], "responses": OK}} for n in range(size // 2 // 180)}
    return openapi(paths, components={"schemas": {"S": enum}})


def patterns_in_operations(size: int) -> File:
    schema = {"type": "object", "patternProperties": {f"^[a-z]{{1,9}}{n}$": {} for n in range(size // 2 // 30)}}
    paths = {
        f"/p{n}": {"post": {"requestBody": content_of({"properties": {f"a{n}": REF}}), "responses": OK}}
        for n in range(size // 2 // 190)
    }
    return openapi(paths, components={"schemas": {"S": schema}})


def references_in_chains(size: int) -> File:
    count = size // 2 // 60
    schemas: dict[str, Any] = {f"S{n}": {"$ref": f"#/components/schemas/S{n + 1}"} for n in range(count)}
    schemas[f"S{count}"] = {"type": "string"}
    paths = {
        f"/p{n}": {
            "post": {
                "requestBody": content_of({"$ref": f"#/components/schemas/S{n}"}),
                "responses": {"200": {"description": "d", **content_of({"$ref": f"#/components/schemas/S{n}"})}},
            }
        }
        for n in range(size // 2 // 300)
    }
    return openapi(paths, components={"schemas": schemas})


def schemas_that_double(size: int) -> File:
    """Twice as many values on each level, below what a value may weigh."""
    schemas: dict[str, Any] = {"S0": {"type": "string", "example": "x" * 100}}
    for level in range(1, 16):
        below = {"$ref": f"#/components/schemas/S{level - 1}"}
        schemas[f"S{level}"] = {"type": "object", "properties": {"a": below, "b": below}}
    last = {"$ref": "#/components/schemas/S15"}
    paths = {
        f"/p{n}": {"get": {"responses": {"200": {"description": "d", **content_of({"properties": {f"a{n}": last}})}}}}
        for n in range(min(size // 200, 2_000))
    }
    return openapi(paths, components={"schemas": schemas})


def many_items(size: int) -> File:
    """Short schemas that ask for long values: each another."""

    def schema(n: int) -> dict[str, Any]:
        return {"type": "array", "minItems": 9_000 + n % 900, "items": {"const": f"{n}"}}

    paths = {
        f"/p{n}": {"get": {"responses": {"200": {"description": "d", **content_of(schema(n))}}}}
        for n in range(size // 190)
    }
    return openapi(paths)


def long_strings(size: int) -> File:
    def schema(n: int) -> dict[str, Any]:
        return {"type": "string", "minLength": 60_000 + n}

    paths = {
        f"/p{n}": {"get": {"responses": {"200": {"description": "d", **content_of(schema(n))}}}}
        for n in range(size // 165)
    }
    return openapi(paths)


def request_parameters(size: int) -> File:
    """Parameters of all operations by $ref, in the path items."""
    parameters = {
        f"P{n}": {"name": f"q{n}", "in": ("query", "cookie", "header")[n % 3], "schema": {"enum": ["e" * 100]}}
        for n in range(1_000)
    }
    refs = [{"$ref": f"#/components/parameters/P{n}"} for n in range(1_000)]
    paths = {f"/p{n}": {"parameters": refs, **each_method({})} for n in range((size - 160_000) // 37_000)}
    return openapi(paths, components={"parameters": parameters})


def parameters_by_anchor(size: int) -> File:
    refs = "".join(f"  - {{name: q{n}, in: query, schema: {{maxLength: {n}}}}}\n" for n in range(size // 2 // 50))
    head = f"openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nx-p: &p\n{refs}paths:\n"
    lines = (f"  /p{n}: {{parameters: *p, get: {{}}, put: {{}}, post: {{}}}}\n" for n in range(size // 2 // 55))
    return "openapi.yaml", (head + "".join(lines)).encode()


def responses_by_anchor(size: int) -> File:
    example = "x" * (size // 2)
    head = (
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
        f"x-e: &e {{description: d, content: {{application/json: {{example: {example}}}}}}}\npaths:\n"
    )
    lines = (f"  /p{n}: {{get: {{responses: {{'200': *e, '{201 + n % 99}': *e}}}}}}\n" for n in range(size // 2 // 60))
    return "openapi.yaml", (head + "".join(lines)).encode()


def security_schemes(size: int) -> File:
    schemes = {f"k{n}": {"type": "apiKey", "in": "header", "name": f"X-Key-{n}"} for n in range(size // 4 // 70)}
    security: list[Any] = [{f"k{n}": []} for n in range(size // 4 // 70)]

    def parameter(n: int) -> dict[str, Any]:
        return {"name": f"q{n}", "in": "query"}

    paths = {f"/p{n}": {"get": {"parameters": [parameter(n)], "responses": OK}} for n in range(size // 2 // 130)}
    return openapi(paths, security=security, components={"securitySchemes": schemes})


def swagger_types(size: int) -> File:
    """Swagger 2.0, where each response has every media type that is produced."""
    produces = [f"application/vnd.x{n}+{('json', 'xml')[n % 2]}" for n in range(300)]
    paths = {
        f"/p{n}": {"get": {"responses": {"200": {"description": "d", "schema": {"$ref": "#/definitions/S"}}}}}
        for n in range((size - 60_000) // 115)
    }
    document = {"swagger": "2.0", "info": HEAD["info"], "produces": produces, "paths": paths}
    return "swagger.json", json.dumps({**document, "definitions": {"S": wide(40_000, text)}}).encode()


def form_encodings(size: int) -> File:
    """A form of many fields, each with a type of its own, that each operation asks for."""
    form = {"schema": REF, "encoding": {f"a{n}": {"contentType": "application/json, text/*"} for n in range(500)}}
    paths = {
        f"/p{n}": {"post": {"requestBody": {"content": {"multipart/form-data": form}}, "responses": OK}}
        for n in range(size // 27_000)
    }
    return openapi(paths, components={"schemas": {"S": wide(20_000, text)}})


# --- Other formats ----------------------------------------------------------------------------------------------------


def postman(items: list[Any], **more: Any) -> File:
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return "postman.json", json.dumps({"info": {"name": "t", "schema": schema}, "item": items, **more}).encode()


def postman_variables(size: int) -> File:
    """One long variable, in every saved response."""

    def item(n: int) -> dict[str, Any]:
        request = {"method": "GET", "url": f"http://a/p{n}"}
        return {"name": "n", "request": request, "response": [{"code": 200, "body": f"{n}{{{{v}}}}"}]}

    items = [item(n) for n in range(size // 2 // 120)]
    return postman(items, variable=[{"key": "v", "value": "x" * (size // 2)}])


def postman_nested_variables(size: int) -> File:
    """Variables that double, each said by the one before it."""
    variables = [{"key": f"v{n}", "value": f"{{{{v{n + 1}}}}}{{{{v{n + 1}}}}}"} for n in range(40)]
    variables.append({"key": "v40", "value": "x" * 1_000})

    def item(n: int) -> dict[str, Any]:
        request = {"method": "GET", "url": f"http://a/p{n}"}
        return {"name": "n", "request": request, "response": [{"code": 200, "body": f"{n}{{{{v0}}}}"}]}

    return postman([item(n) for n in range(size // 120)], variable=variables)


def postman_urls(size: int) -> File:
    """A long variable in every URL."""
    items = [{"name": "n", "request": {"method": "GET", "url": f"http://a/{{{{v}}}}/{n}"}} for n in range(size // 75)]
    return postman(items, variable=[{"key": "v", "value": "x/" * 3_000}])


def insomnia_mocks(size: int) -> File:
    workspace = {"_id": "wrk", "_type": "workspace", "name": "w", "scope": "mock-server"}
    mock = {"_id": "mock", "_type": "mock", "parentId": "wrk", "name": "m"}
    routes = [
        {"_id": f"r{n}", "_type": "mock_route", "parentId": "mock", "name": f"/{n}", "method": "GET", "body": "{}"}
        for n in range(size // 110)
    ]
    export = {"_type": "export", "__export_format": 4, "resources": [workspace, mock, *routes]}
    return "insomnia.json", json.dumps(export).encode()


def archive(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return buffer.getvalue()


def wiremock_files(size: int) -> File:
    """One file that all mappings name."""
    mappings = [
        {"request": {"method": "GET", "urlPath": f"/p{n}"}, "response": {"bodyFileName": "b.txt"}}
        for n in range(size // 100)
    ]
    files: dict[str, str | bytes] = {
        "mappings/all.json": json.dumps({"mappings": mappings}),
        "__files/b.txt": b"x" * (size // 2),
    }
    return "wiremock.zip", archive(files)


def wiremock_any_methods(size: int) -> File:
    mappings = [
        {"request": {"method": "ANY", "urlPath": f"/p{n}"}, "response": {"body": "x" * 500}} for n in range(size // 600)
    ]
    return "wiremock.json", json.dumps({"mappings": mappings}).encode()


def wiremock_covering(size: int) -> File:
    """Every stub for more paths follows on those for fewer: each route may get a rule for each of them."""

    def condition(n: int) -> dict[str, Any]:
        return {"headers": {"X-N": {"equalTo": str(n)}}}

    response = {"status": 200, "body": "b"}
    count = size // 2 // 130
    general = [
        {"priority": 9, "request": {"method": "GET", "urlPathTemplate": "/a/{x}", **condition(n)}, "response": response}
        for n in range(min(count, 900))
    ]
    precise = [{"request": {"method": "GET", "urlPath": f"/a/p{n}"}, "response": response} for n in range(count)]
    conditional = [
        {"request": {"method": "GET", "urlPath": f"/a/q{n}", **condition(n)}, "response": response}
        for n in range(count)
    ]
    return "wiremock.json", json.dumps({"mappings": [*conditional, *precise, *general]}).encode()


def wiremock_regular_paths(size: int) -> File:
    """Rules of the server, and what stands before them becomes one too."""
    response = {"status": 200, "body": "b"}
    mappings = [{"request": {"method": "GET", "urlPathPattern": f"/a{n}/.*"}, "response": response} for n in range(900)]
    plain = [
        {"request": {"method": "GET", "urlPath": f"/a{n % 900}/{n}"}, "response": response} for n in range(size // 110)
    ]
    return "wiremock.json", json.dumps({"mappings": [*mappings, *plain]}).encode()


def mockoon(routes: list[Any], **more: Any) -> File:
    environment = {"uuid": "u", "lastMigration": 33, "name": "m", "port": 3000, "routes": routes, **more}
    return "mockoon.json", json.dumps(environment).encode()


def mockoon_route(n: int, responses: list[Any]) -> dict[str, Any]:
    return {"uuid": f"{n}", "type": "http", "method": "get", "endpoint": f"p{n}", "responses": responses}


def mockoon_buckets(size: int) -> File:
    """One data bucket in every response."""
    buckets = [{"id": "b", "uuid": "b", "name": "b", "value": json.dumps("x" * (size // 2))}]
    answers = [
        {"uuid": "r", "bodyType": "DATABUCKET", "databucketID": "b", "statusCode": 200, "body": ""},
    ]
    return mockoon([mockoon_route(n, answers) for n in range(size // 2 // 200)], data=buckets)


def mockoon_bucket_templates(size: int) -> File:
    buckets = [{"id": "b", "uuid": "b", "name": "b", "value": json.dumps("x" * (size // 2))}]
    answers = [{"uuid": "r", "bodyType": "INLINE", "statusCode": 200, "body": "{{data 'b'}}"}]
    return mockoon([mockoon_route(n, answers) for n in range(size // 2 // 200)], data=buckets)


def mockoon_headers(size: int) -> File:
    """Headers of the environment, which every response has."""
    headers = [{"key": f"X-{n}", "value": "v" * 1_000} for n in range(min(size // 2 // 1_030, 90))]
    answers = [{"uuid": "r", "statusCode": 200, "body": "b"}]
    return mockoon([mockoon_route(n, answers) for n in range(size // 2 // 150)], headers=headers)


def mockoon_folders(size: int) -> File:
    """A long prefix before every path."""
    answers = [{"uuid": "r", "statusCode": 200, "body": "b"}]
    return mockoon([mockoon_route(n, answers) for n in range(size // 140)], endpointPrefix="p/" * 3_000)


def har(entries: list[Any]) -> File:
    log = {"version": "1.2", "creator": {"name": "c", "version": "1"}, "entries": entries}
    return "a.har", json.dumps({"log": log}).encode()


def har_entry(method: str, url: str, content: dict[str, Any]) -> dict[str, Any]:
    response = {"status": 200, "statusText": "", "headers": [], "content": {"mimeType": "text/plain", **content}}
    return {"request": {"method": method, "url": url, "headers": []}, "response": response}


def har_queries(size: int) -> File:
    """One path with very many queries, each a rule."""
    return har([har_entry("GET", f"http://a/p?q={n}", {"text": "t"}) for n in range(size // 210)])


def har_binaries(size: int) -> File:
    body = base64.b64encode(bytes(3_000)).decode()
    entries = [har_entry("GET", f"http://a/{n}", {"text": body, "encoding": "base64"}) for n in range(size // 4_230)]
    return har(entries)


def hoverfly_literals(size: int) -> File:
    """One literal in every response."""

    def pair(n: int) -> dict[str, Any]:
        path = [{"matcher": "exact", "value": f"/p{n}"}]
        return {"request": {"path": path}, "response": {"status": 200, "body": "{{ Literals.v }}", "templated": True}}

    data = {
        "pairs": [pair(n) for n in range(size // 2 // 150)],
        "literals": [{"name": "v", "value": "x" * (size // 2)}],
    }
    return "hoverfly.json", json.dumps({"data": data, "meta": {"schemaVersion": "v5.2"}}).encode()


def mockserver(size: int) -> File:
    """Expectations of no method: one for each."""
    expectations = [
        {"httpRequest": {"path": f"/p{n}"}, "httpResponse": {"statusCode": 200, "body": "x" * 200}}
        for n in range(size // 290)
    ]
    return "mockserver.json", json.dumps(expectations).encode()


def mountebank(size: int) -> File:
    """Defaults that every stub takes."""
    stubs = [
        {"predicates": [{"equals": {"path": f"/p{n}"}}], "responses": [{"is": {"statusCode": 200}}]}
        for n in range(size // 2 // 95)
    ]
    default = {"body": "x" * (size // 2), "headers": {"X-A": "a" * 1_000}}
    imposter = {"protocol": "http", "port": 1, "stubs": stubs, "defaultResponse": default}
    return "mountebank.json", json.dumps({"imposters": [imposter]}).encode()


def pact(size: int) -> File:
    interactions = [
        {
            "description": f"d{n}",
            "request": {"method": "GET", "path": "/p", "query": f"n={n}"},
            "response": {"status": 200, "body": {"a": n}},
        }
        for n in range(size // 140)
    ]
    document = {"consumer": {"name": "c"}, "provider": {"name": "p"}, "interactions": interactions}
    return "pact.json", json.dumps({**document, "metadata": {"pactSpecification": {"version": "2.0.0"}}}).encode()


def zeros_in_an_archive(size: int) -> File:
    """What a small archive unpacks to: long bodies, all alike but for their numbers."""
    mappings = [
        {"request": {"method": "GET", "urlPath": f"/p{n}"}, "response": {"body": f"{n}" + " " * 100_000}}
        for n in range(size // 400)
    ]
    files = {f"mappings/{n}.json": json.dumps(each) for n, each in enumerate(mappings)}
    return "wiremock.zip", archive(files)


AMPLIFIERS: dict[str, Amplifier] = {
    amplifier.__name__.replace("_", "-"): amplifier
    for amplifier in (
        long_paths,
        longest_paths,
        escaped_paths,
        short_paths,
        path_items_by_reference,
        parameters_in_paths,
        server_variables,
        long_servers,
        servers_of_path_items,
        one_large_string,
        strings_of_a_megabyte,
        many_examples,
        examples_by_media_type,
        media_types_of_one_schema,
        xml_types_of_small_schemas,
        media_ranges,
        response_headers,
        headers_by_reference,
        header_examples,
        statuses_of_one_response,
        links_and_callbacks,
        long_descriptions,
        schema_in_other_schemas,
        all_of_in_operations,
        one_of_large_schemas,
        discriminators,
        enums_in_operations,
        patterns_in_operations,
        references_in_chains,
        schemas_that_double,
        many_items,
        long_strings,
        request_parameters,
        parameters_by_anchor,
        responses_by_anchor,
        security_schemes,
        swagger_types,
        form_encodings,
        postman_variables,
        postman_nested_variables,
        postman_urls,
        insomnia_mocks,
        wiremock_files,
        wiremock_any_methods,
        wiremock_covering,
        wiremock_regular_paths,
        mockoon_buckets,
        mockoon_bucket_templates,
        mockoon_headers,
        mockoon_folders,
        har_queries,
        har_binaries,
        hoverfly_literals,
        mockserver,
        mountebank,
        pact,
        zeros_in_an_archive,
    )
}
