"""Postman Collections (schema.postman.com, format 2.0 and 2.1) as OpenAPI documents, so that all else reads one format.

A collection shows requests and saved responses, not rules: what it asks of a request is inferred from the examples.
Each method and path becomes one operation, however many requests have it: their bodies become alternatives, their
responses examples, and a parameter is required that all of them have. Folders carry `auth` down to their requests.
Pointers in the report are of the OpenAPI document.
"""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from mockwave.openapi.dialects import METHODS
from mockwave.openapi.media_types import essence_of, is_json
from mockwave.openapi.suggestions import parse_json

# Type of `auth` → scheme of the Authorization header.
HTTP_SCHEMES: Final = {
    "basic": "basic",
    "bearer": "bearer",
    "digest": "digest",
    "hawk": "hawk",
    "ntlm": "ntlm",
    "oauth1": "oauth",
    "awsv4": "aws4-hmac-sha256",
    "edgegrid": "eg1-hmac-sha256",
}
# Mode of a request's body → media type, where its headers name none.
USUAL_MEDIA_TYPES: Final = {
    "raw": "text/plain",
    "urlencoded": "application/x-www-form-urlencoded",
    "formdata": "multipart/form-data",
    "graphql": "application/json",
    "file": "application/octet-stream",
}
# Headers of a saved response that belonged to its connection or to its very bytes.
UNREPEATABLE: Final = frozenset(
    ("connection", "content-encoding", "content-length", "content-type", "date", "keep-alive", "transfer-encoding")
)

_VARIABLE = re.compile(r"\{\{([^{}]+)\}\}")


def is_collection(document: Any) -> bool:
    """Whether `document` is a Postman Collection."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("item"), list)
        and isinstance(document.get("info"), dict)
        and not ("openapi" in document or "swagger" in document)
    )


def convert_collection(collection: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document that says what `collection` shows."""
    info = collection["info"]
    converter = _Converter(collection)
    paths: dict[str, dict[str, Any]] = {}
    for item, auth in items_of(collection, None):
        converter.add(paths, item, auth)
    return {
        "openapi": "3.1.0",
        "info": {"title": str(info.get("name", "")), "version": str(info.get("version", ""))},
        "paths": paths,
        "components": {"securitySchemes": converter.schemes},
    }


def items_of(group: dict[str, Any], inherited: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """The requests below a folder, each with the `auth` that holds for it."""
    auth = group.get("auth") or inherited
    for item in group["item"]:
        if isinstance(item, dict) and isinstance(item.get("item"), list):
            yield from items_of(item, auth)
        elif isinstance(item, dict) and isinstance(item.get("request"), dict | str):
            yield item, auth


class _Converter:
    def __init__(self, collection: dict[str, Any]) -> None:
        self.schemes: dict[str, dict[str, Any]] = {}
        self._variables = {
            str(variable.get("key", variable.get("id"))): str(variable["value"])
            for variable in dicts_of(collection.get("variable"))
            if isinstance(variable.get("value"), str | int | float)
        }

    def add(self, paths: dict[str, dict[str, Any]], item: dict[str, Any], inherited_auth: Any) -> None:
        """Adds to `paths` what a request and its saved responses show."""
        request = item["request"] if isinstance(item["request"], dict) else {"url": item["request"]}
        path = self._path_of(request.get("url"))
        method = str(request.get("method") or "GET")
        method = method.lower() if method.lower() in METHODS else method
        holder = paths.setdefault(path, {})
        if method.lower() not in METHODS:
            holder = holder.setdefault("additionalOperations", {})
        operation = holder.setdefault(method, {"responses": {}})
        merge_parameters(operation, parameters_of(request, path))
        self._add_body(operation, request)
        self._add_security(operation, request.get("auth") or inherited_auth)
        for response in dicts_of(item.get("response")):
            self._add_response(operation, response)

    def _path_of(self, url: Any) -> str:
        if isinstance(url, dict):
            segments = url.get("path", url.get("raw", ""))
            if isinstance(segments, list):
                texts = [str(each.get("value", "")) if isinstance(each, dict) else str(each) for each in segments]
                return self._join(texts)
            if "path" not in url:
                return self._path_of(segments)
            return self._join(str(segments).removeprefix("/").split("/"))
        text = self._fill_in(str(url or ""))
        # `{{host}}/path` and `host/path` name a host without a scheme.
        rest = urlsplit(text).path if "://" in text else f"/{text.partition('/')[2].partition('?')[0]}"
        return self._join(rest.removeprefix("/").split("/"))

    def _join(self, segments: list[str]) -> str:
        return "/" + "/".join(self._segment(segment) for segment in segments)

    def _segment(self, text: str) -> str:
        if text.startswith(":") and len(text) > 1:
            return f"{{{text[1:]}}}"
        return _VARIABLE.sub(r"{\1}", self._fill_in(text))

    def _fill_in(self, text: str) -> str:
        """`text` with the collection's variables in it; others are left."""
        return _VARIABLE.sub(lambda match: self._variables.get(match[1], match[0]), text)

    def _add_body(self, operation: dict[str, Any], request: dict[str, Any]) -> None:
        body = request.get("body")
        if isinstance(body, str):
            body = {"mode": "raw", "raw": body}
        mode = body.get("mode") if isinstance(body, dict) else None
        if not isinstance(body, dict) or mode not in USUAL_MEDIA_TYPES or not body.get(mode):
            return
        media_type = header_of(request.get("header"), "content-type")
        if not media_type and mode == "raw" and language_of(body) == "json":
            media_type = "application/json"
        media_type = essence_of(media_type or USUAL_MEDIA_TYPES[mode])
        content = operation.setdefault("requestBody", {"content": {}})["content"]
        schema = self._body_schema(body, mode, media_type)
        known = content.setdefault(media_type, {"schema": {"anyOf": []}})["schema"]["anyOf"]
        if schema not in known:
            known.append(schema)

    def _body_schema(self, body: dict[str, Any], mode: str, media_type: str) -> Any:
        if mode in ("urlencoded", "formdata"):
            names = [str(field["key"]) for field in dicts_of(body[mode]) if field.get("key") is not None]
            return {"type": "object", "properties": {name: {} for name in names}}
        value = parse_json(self._fill_in(str(body["raw"]))) if mode == "raw" and is_json(media_type) else None
        return True if value is None else infer_schema(value)

    def _add_security(self, operation: dict[str, Any], auth: Any) -> None:
        """The ways in of all requests of an operation are alternatives; with one that needs none, everyone may in."""
        scheme = read_auth(auth)
        if scheme is None:
            operation["security"] = []
            return
        name = next((name for name, known in self.schemes.items() if known == scheme), f"auth{len(self.schemes)}")
        self.schemes[name] = scheme
        alternatives = operation.setdefault("security", [{name: []}])
        if alternatives and {name: []} not in alternatives:
            alternatives.append({name: []})

    def _add_response(self, operation: dict[str, Any], response: dict[str, Any]) -> None:
        declared = operation["responses"].setdefault(str(response.get("code") or 200), {"description": ""})
        for header in headers_of(response.get("header")):
            if header["key"].lower() not in UNREPEATABLE:
                schema = {"type": "string", "example": str(header.get("value", ""))}
                declared.setdefault("headers", {}).setdefault(header["key"], {"schema": schema})
        media_type, body = header_of(response.get("header"), "content-type"), response.get("body")
        if not media_type or not isinstance(body, str):
            return
        content = declared.setdefault("content", {}).setdefault(media_type, {"examples": {}})
        value = parse_json(body) if is_json(media_type) else None
        if value is not None:
            content.setdefault("schema", infer_schema(value))
        name, examples = str(response.get("name") or "default"), content["examples"]
        examples[name if name not in examples else f"{name} {len(examples) + 1}"] = {"serializedValue": body}


def parameters_of(request: dict[str, Any], path: str) -> list[tuple[str, str]]:
    """Location and name of each parameter that a request has."""
    url = request.get("url")
    queried = url.get("query") if isinstance(url, dict) else None
    if isinstance(queried, str) or queried is None:
        text = queried or str(url.get("raw", "") if isinstance(url, dict) else url or "").partition("?")[2]
        queried = [{"key": name} for name, _ in parse_qsl(text.partition("#")[0], keep_blank_values=True)]
    return [
        *(("path", name) for name in re.findall(r"\{([^{}]+)\}", path)),
        *(("query", each["key"]) for each in headers_of(queried)),
        *(("header", each["key"].lower()) for each in headers_of(request.get("header"))),
    ]


def merge_parameters(operation: dict[str, Any], found: list[tuple[str, str]]) -> None:
    """Adds the parameters of one more request."""
    known = operation.get("parameters")
    required = {(each["in"], each["name"]): each["required"] for each in known or ()}
    merged = {key: known is None or required.get(key, False) for key in dict.fromkeys(found)}
    merged.update((key, False) for key in required if key not in merged)
    operation["parameters"] = [
        {"name": name, "in": location, "required": is_required, "schema": {"type": "string"}}
        for (location, name), is_required in merged.items()
    ]


def read_auth(auth: Any) -> dict[str, Any] | None:
    """The Security Scheme Object of an `auth`; None where nothing is asked for."""
    kind = auth.get("type") if isinstance(auth, dict) else None
    if not isinstance(kind, str):
        return None
    given = auth.get(kind)
    options = given if isinstance(given, dict) else {each.get("key"): each.get("value") for each in dicts_of(given)}
    if kind == "apikey":
        location = options.get("in") if options.get("in") in ("header", "query") else "header"
        return {"type": "apiKey", "in": location, "name": str(options.get("key") or "Authorization")}
    if kind == "oauth2":
        if options.get("addTokenTo") == "queryParams":
            return {"type": "apiKey", "in": "query", "name": "access_token"}
        return {"type": "http", "scheme": "bearer"}
    return {"type": "http", "scheme": HTTP_SCHEMES[kind]} if kind in HTTP_SCHEMES else None


def infer_schema(value: Any) -> dict[str, Any]:
    """The schema of which `value` is an example: its types, and the members that its objects have."""
    if isinstance(value, dict):
        properties = {name: infer_schema(child) for name, child in value.items()}
        return {"type": "object", "properties": properties, "required": list(properties)}
    if isinstance(value, list):
        items = [infer_schema(item) for item in value]
        same = bool(items) and all(item == items[0] for item in items)
        return {"type": "array", "items": items[0]} if same else {"type": "array"}
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string")):
        if isinstance(value, kind):
            return {"type": name}
    return {}


def dicts_of(nodes: Any) -> list[dict[str, Any]]:
    """The objects in a list that may be none."""
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []


def headers_of(nodes: Any) -> list[dict[str, Any]]:
    """Headers (or members of a query) that are not disabled; format 2.0 takes a text of lines for all headers."""
    if isinstance(nodes, str):
        lines = [line.partition(":") for line in nodes.splitlines() if ":" in line]
        return [{"key": name.strip(), "value": value.strip()} for name, _, value in lines]
    return [node for node in dicts_of(nodes) if isinstance(node.get("key"), str) and node.get("disabled") is not True]


def header_of(nodes: Any, name: str) -> str:
    """The value of one header; "" without it."""
    return next((str(node.get("value") or "") for node in headers_of(nodes) if node["key"].lower() == name), "")


def language_of(body: dict[str, Any]) -> str:
    """The language that the body of a request is written in, as its editor was told."""
    options = body.get("options")
    raw = options.get("raw") if isinstance(options, dict) else None
    return str(raw.get("language", "")) if isinstance(raw, dict) else ""
