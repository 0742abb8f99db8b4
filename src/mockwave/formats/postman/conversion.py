"""Postman Collections (schema.postman.com, format 2.0 and 2.1) → OpenAPI documents, so that all other code reads one
format.

A collection has requests and saved responses, not rules: the requirements are inferred from the examples. Each method
and path becomes one operation, however many requests have it: their bodies become alternatives, their responses
examples, and a parameter that all of them have is required. Requests inherit `auth` and variables from their folders
(`variables.py`). The host part of a URL may contain a path (`{{url}}` is `https://host/api`): it becomes the server's
path, with which a request may begin or not. Pointers in the report are of the OpenAPI document.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from mockwave.bodies.media_types import essence_of
from mockwave.bodies.syntaxes import is_json
from mockwave.formats.postman.templates import make_translator, translate_variables
from mockwave.formats.postman.urls import (
    dicts_of,
    find_path_values,
    headers_of,
    query_of,
    split_url,
)
from mockwave.formats.postman.variables import VARIABLE, Variables, as_text
from mockwave.openapi.document.dialects import METHODS
from mockwave.openapi.document.report import Problems
from mockwave.openapi.values.suggestions import parse_json
from mockwave.pointers import pointer_below

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
# What a saved response was shown as → media type, where its headers name none.
PREVIEW_MEDIA_TYPES: Final = {
    "css": "text/css",
    "csv": "text/csv",
    "graphql": "application/json",
    "html": "text/html",
    "javascript": "text/javascript",
    "json": "application/json",
    "plain": "text/plain",
    "raw": "text/plain",
    "text": "text/plain",
    "xml": "application/xml",
    "yaml": "application/yaml",
}

MAXIMUM_NAMED: Final = 8  # variables of one text that are reported

_STRING_OR_VARIABLE = re.compile(r'"(?:[^"\\]|\\.)*+"|\{\{([^{}]+)\}\}', re.DOTALL)
_HTML = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def is_collection(document: Any) -> bool:
    """Whether `document` is a Postman Collection."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("item"), list)
        and isinstance(document.get("info"), dict)
        and not ("openapi" in document or "swagger" in document)
    )


class SavedExample(NamedTuple):
    """A saved response: the operation that has it by method and path, its status and its name there, and what the
    request that it was saved for has: the values of path parameters, and the query. `template` is the answer of a rule
    that fills the body in, where it has variables that stand for something else in each answer. `saved_name` and
    `saved_id` are those that it has in the collection."""

    method: str
    path: str
    status: str
    name: str
    has_body: bool
    path_values: dict[str, str]
    query: list[tuple[str, str]]
    template: dict[str, Any] | None
    saved_name: str = ""
    saved_id: str = ""


def convert_collection(collection: dict[str, Any], problems: Problems) -> dict[str, Any]:
    """Returns the OpenAPI document for `collection`."""
    return _convert(collection, problems)[0]


def find_examples(collection: dict[str, Any]) -> list[SavedExample]:
    """Returns the saved responses of the collection, in order."""
    return _convert(collection, Problems())[1]


def _convert(collection: dict[str, Any], problems: Problems) -> tuple[dict[str, Any], list[SavedExample]]:
    info = collection["info"]
    converter = _Converter(problems)
    for item, auth, variables in items_of(collection, None, Variables(None)):
        converter.add(item, auth, variables)
    document = {
        "openapi": "3.1.0",
        "info": {"title": str(info.get("name", "")), "version": str(info.get("version", ""))},
        "servers": converter.take_common_servers(),
        "paths": converter.paths,
        "components": {"securitySchemes": converter.schemes},
    }
    return document, converter.examples


def items_of(
    group: dict[str, Any], inherited: Any, outer: Variables
) -> Iterator[tuple[dict[str, Any], Any, Variables]]:
    """Yields the requests below a folder, each with its `auth` and variables."""
    auth, variables = group.get("auth") or inherited, outer.within(group.get("variable"))
    for item in group["item"]:
        if isinstance(item, dict) and isinstance(item.get("item"), list):
            yield from items_of(item, auth, variables)
        elif isinstance(item, dict) and isinstance(item.get("request"), dict | str):
            yield item, auth, variables.within(item.get("variable"))


class _Converter:
    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.paths: dict[str, dict[str, Any]] = {}
        self.schemes: dict[str, dict[str, Any]] = {}
        self.examples: list[SavedExample] = []
        self._operations: list[dict[str, Any]] = []
        self._names: dict[
            int, dict[str, None]
        ] = {}  # of the saved responses of one status, by identity of what they make

    def add(self, item: dict[str, Any], inherited_auth: Any, variables: Variables) -> None:
        """Adds to `paths` what a request and its saved responses show."""
        request = item["request"] if isinstance(item["request"], dict) else {"url": item["request"]}
        method, path, operation, pointer = self._find_operation(request, variables)
        merge_parameters(operation, parameters_of(request, path, variables))
        self._add_body(operation, request, variables, pointer)
        self._add_security(operation, request.get("auth") or inherited_auth, variables)
        for response in dicts_of(item.get("response")):
            original = response.get("originalRequest")
            asked = original if isinstance(original, dict) and original.get("url") else request
            own_path = split_url(asked.get("url"), variables)[1]
            values = find_path_values(path, own_path)
            if values is None:  # saved for another path than the request has now
                asked = {"method": method, **asked}
                method_there, path_there, there, pointer_there = self._find_operation(asked, variables)
                merge_parameters(there, parameters_of(asked, path_there, variables))
                there.setdefault("security", [])
                added = self._add_response(there, response, variables, pointer_there, path_there)
                owner, values = (method_there, path_there), {}
            else:
                added = self._add_response(operation, response, variables, pointer, path)
                owner = (method, path)
            status, name, has_body, template = added
            query = query_of(asked, variables)
            saved = (as_text(response.get("name")), as_text(response.get("id") or response.get("_postman_id")))
            self.examples.append(SavedExample(*owner, status, name, has_body, values, query, template, *saved))

    def _find_operation(self, request: dict[str, Any], variables: Variables) -> tuple[str, str, dict[str, Any], str]:
        """Returns the method and path of a request, and its operation with the pointer; the operation may be new."""
        base, path = split_url(request.get("url"), variables)
        method = str(request.get("method") or "GET")
        method = method.lower() if method.lower() in METHODS else method
        holder = self.paths.setdefault(path, {})
        pointer = pointer_below("/paths", path, method)
        if method not in METHODS:
            holder = holder.setdefault("additionalOperations", {})
            pointer = pointer_below("/paths", path, "additionalOperations", method)
        if method not in holder:
            holder[method] = {"responses": {}, "servers": []}
            self._operations.append(holder[method])
        operation = holder[method]
        if {"url": base} not in operation["servers"]:
            operation["servers"].append({"url": base})
        return method, path, operation, pointer

    def take_common_servers(self) -> list[dict[str, Any]]:
        """Moves the servers from all operations and returns them; returns none if they differ."""
        found: list[list[dict[str, Any]]] = [operation["servers"] for operation in self._operations]
        if not found or any(each != found[0] for each in found):
            return []
        for operation in self._operations:
            del operation["servers"]
        return found[0]

    def _add_body(self, operation: dict[str, Any], request: dict[str, Any], variables: Variables, pointer: str) -> None:
        body = request.get("body")
        if isinstance(body, str):
            body = {"mode": "raw", "raw": body}
        mode = as_text(body.get("mode")) if isinstance(body, dict) else ""
        if not isinstance(body, dict) or mode not in USUAL_MEDIA_TYPES or not body.get(mode):
            return
        media_type = variables.fill(header_of(request.get("header"), "content-type"))
        if not media_type and mode == "raw" and language_of(body) == "json":
            media_type = "application/json"
        media_type = essence_of(media_type or USUAL_MEDIA_TYPES[mode])
        content = operation.setdefault("requestBody", {"content": {}})["content"]
        schema = self._body_schema(body, mode, media_type, variables, pointer)
        known = content.setdefault(media_type, {"schema": {"anyOf": []}})["schema"]["anyOf"]
        if schema not in known:
            known.append(schema)

    def _body_schema(self, body: dict[str, Any], mode: str, media_type: str, variables: Variables, pointer: str) -> Any:
        if mode in ("urlencoded", "formdata"):
            names = [variables.fill(str(each["key"])) for each in dicts_of(body[mode]) if each.get("key") is not None]
            return {"type": "object", "properties": {name: {} for name in names}}
        if mode != "raw" or not is_json(media_type):
            return True
        value = parse_json(_STRING_OR_VARIABLE.sub(_null_for_variable, variables.fill(str(body["raw"]))))
        if value is None:
            self._problems.add(f"{pointer}/requestBody", "the body of the saved request is not JSON; any is taken")
            return True
        return infer_schema(value)

    def _add_security(self, operation: dict[str, Any], auth: Any, variables: Variables) -> None:
        """The authentications of all requests of an operation are alternatives; if one request needs none, it is
        optional."""
        scheme = read_auth(auth, variables)
        if scheme is None:
            operation["security"] = []
            return
        name = next((name for name, known in self.schemes.items() if known == scheme), f"auth{len(self.schemes)}")
        self.schemes[name] = scheme
        alternatives = operation.setdefault("security", [{name: []}])
        if alternatives and {name: []} not in alternatives:
            alternatives.append({name: []})

    def _add_response(
        self, operation: dict[str, Any], response: dict[str, Any], variables: Variables, pointer: str, path: str
    ) -> tuple[str, str, bool, dict[str, Any] | None]:
        """Adds the saved response. Returns the status and the name that it has there, whether it has a body, and the
        answer that fills this in, if it is one to fill in."""
        status = str(response.get("code") or 200)
        declared = operation["responses"].setdefault(status, {"description": ""})
        name, taken = str(response.get("name") or "default"), self._names.setdefault(id(declared), {})
        name = name if name not in taken else f"{name} {len(taken) + 1}"
        taken[name] = None
        known = {key.lower(): key for key in declared.get("headers", ())}
        for key, value in read_saved_headers(response.get("header"), variables).items():
            headers = declared.setdefault("headers", {})
            header = headers.setdefault(known.get(key.lower(), key), {"schema": {"type": "string"}, "examples": {}})
            if isinstance(value, list):
                header["schema"] = {"type": "array", "items": {"type": "string"}}
            header["examples"][name] = {"value": value}
            self._report_variables(name, "".join(value), pointer)
        body = response.get("body")
        if isinstance(body, dict | list):
            body = as_text(body)
        media_type = variables.fill(header_of(response.get("header"), "content-type")).strip()
        if not isinstance(body, str) or not (media_type or body):
            return status, name, False, None
        body = variables.fill(body)
        translate = make_translator(path)
        self._report_variables(name, body, pointer, lambda variable: translate(variable.strip()) is not None)
        if "/" not in media_type:  # none, or what is not a media type
            media_type = find_media_type(str(response.get("_postman_previewlanguage") or ""), body)
        content = declared.setdefault("content", {}).setdefault(media_type, {"examples": {}})
        parsed = parse_json(body) if is_json(media_type) else None
        if parsed is not None:
            content.setdefault("schema", infer_schema(parsed))
        content["examples"][name] = {"serializedValue": body}
        text, is_template = translate_variables(body, translate)  # what is not known is told above
        if not is_template:
            return status, name, True, None
        headers = read_saved_headers(response.get("header"), variables)
        answer = {"statusCode": int(status), "responseHeaders": headers, "contentType": media_type}
        return status, name, True, {**answer, "responseBody": text, "template": "liquid"}

    def _report_variables(
        self, response: str, text: str, pointer: str, is_known: Callable[[str], bool] = lambda _: False
    ) -> None:
        """Reports the variables that are left in a text of a saved response, and are not known otherwise."""
        if "{{" not in text:
            return
        left = (variable for variable in dict.fromkeys(VARIABLE.findall(text)) if not is_known(variable))
        for name in islice(left, MAXIMUM_NAMED):
            message = f"the saved response {response[:80]!r} has {{{{{name[:80]}}}}}, to which nothing gives a value"
            self._problems.add(f"{pointer}/responses", f"{message}; it stays as it is")


def _null_for_variable(match: re.Match[str]) -> str:
    """A variable without a value, outside of strings: any JSON, so the value of which nothing is inferred."""
    return match[0] if match[1] is None else "null"


def read_saved_headers(nodes: Any, variables: Variables) -> dict[str, str | list[str]]:
    """The headers of a saved response that can be sent again, each once: lines of one name are one list (RFC 9110
    §5.3), but for cookies (RFC 6265 §3)."""
    lines: dict[str, tuple[str, list[str]]] = {}
    for header in headers_of(nodes):
        name = variables.fill(header["key"]).strip()
        if name.lower() not in UNREPEATABLE:
            lines.setdefault(name.lower(), (name, []))[1].append(variables.fill(as_text(header.get("value"))))
    return {name: values if lowered == "set-cookie" else ", ".join(values) for lowered, (name, values) in lines.items()}


def find_media_type(language: str, body: str) -> str:
    """The media type of a saved body: of the language that it was shown in, else of what it looks like."""
    named = PREVIEW_MEDIA_TYPES.get(language.lower())
    if named is not None:
        return named
    if isinstance(parse_json(body), dict | list):
        return "application/json"
    if _HTML.match(body):
        return "text/html"
    return "application/xml" if re.match(r"\s*<[?!A-Za-z]", body) else "text/plain"


def parameters_of(request: dict[str, Any], path: str, variables: Variables) -> list[tuple[str, str]]:
    """Location and name of each parameter that a request has."""
    url = request.get("url")
    queried = url.get("query") if isinstance(url, dict) else None
    if isinstance(queried, str) or queried is None:
        text = queried or as_text(url.get("raw") if isinstance(url, dict) else url).partition("?")[2]
        queried = [{"key": name} for name, _ in parse_qsl(text.partition("#")[0], keep_blank_values=True)]
    return [
        *(("path", name) for name in re.findall(r"\{([^{}]+)\}", path)),
        *(("query", variables.fill(each["key"])) for each in headers_of(queried)),
        *(("header", variables.fill(each["key"]).lower()) for each in headers_of(request.get("header"))),
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


def read_auth(auth: Any, variables: Variables) -> dict[str, Any] | None:
    """The Security Scheme Object of an `auth`; None if nothing is asked for."""
    kind = auth.get("type") if isinstance(auth, dict) else None
    if not isinstance(kind, str):
        return None
    given = auth.get(kind)
    attributes = {as_text(each.get("key")): each.get("value") for each in dicts_of(given)}
    options = given if isinstance(given, dict) else attributes
    if kind == "apikey":
        location = options.get("in") if options.get("in") in ("header", "query") else "header"
        return {"type": "apiKey", "in": location, "name": variables.fill(str(options.get("key") or "Authorization"))}
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


def header_of(nodes: Any, name: str) -> str:
    """The value of one header; "" without it."""
    return next((as_text(node.get("value")) for node in headers_of(nodes) if node["key"].strip().lower() == name), "")


def language_of(body: dict[str, Any]) -> str:
    """The language that the body of a request is written in, as its editor was told."""
    options = body.get("options")
    raw = options.get("raw") if isinstance(options, dict) else None
    return str(raw.get("language", "")) if isinstance(raw, dict) else ""
