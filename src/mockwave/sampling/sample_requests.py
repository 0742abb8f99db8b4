"""A valid request for a declared operation: only required parts, from the document's examples or made.

Values are deliberately simple: the first of an enum, the lower bound, a text of the least length. The judge decides
whether a value conforms.
"""

import json
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from mockwave.openapi.schemas.pattern_strings import make_string
from mockwave.sampling.declarations import Declarations, DeclaredOperation, Node, Parameter

BOUNDARY = "corpus-boundary"
MAXIMUM_DEPTH = 12
MAXIMUM_VALUES = 20_000
"""In one request: schemas that hold each other several times over would make more and more of them."""
USUAL_TEXT = "a1b2"
IGNORED = (
    "accept",
    "content-type",
    "authorization",
    "content-length",
    "transfer-encoding",
    "connection",
    "host",
    "expect",
)
TEXTS = {
    "date-time": "2026-11-23T12:00:00Z",
    "date": "2026-11-23",
    "time": "12:00:00Z",
    "uuid": "2f1f5b6e-6c0f-4c5c-9d56-0a1b2c3d4e5f",
    "email": "ada@example.com",
    "uri": "https://example.com/a",
    "url": "https://example.com/a",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
    "byte": "YWRh",
}


class Request(NamedTuple):
    """A request: `path` with its query; `values` by the pointers of their schemas, for a judge of requests.

    `is_written` if every parameter could be written; no style has a form for lists of lists and the like.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    values: list[tuple[Node, Any]]
    is_written: bool


class Sampler:
    """Makes the requests of one document."""

    def __init__(self, declarations: Declarations) -> None:
        self._declarations = declarations
        self._made = 0

    def make_request(self, operation: DeclaredOperation, route_path: str) -> Request:
        """A request for the operation, on the path of its route."""
        self._made = 0
        query: list[tuple[str, str]] = []
        headers: dict[str, str] = {}
        cookies: list[str] = []
        in_path: dict[str, str] = {}
        values = []
        is_written = True
        for parameter in operation.parameters:
            if not parameter.is_required or is_ignored(parameter):
                continue
            value = self._make_shown(parameter.schema)
            values.append((parameter.schema, value))
            is_written &= parameter.style == "content" or (is_flat(value) and value not in ({}, []))
            text = json.dumps(value) if parameter.style == "content" else write(value)
            if parameter.place == "path":
                in_path[parameter.name] = write_path(parameter, value)
            elif parameter.place == "query":
                query += write_query(parameter, value)
            elif parameter.place == "header":
                headers[parameter.name] = quote(text, safe="".join(map(chr, range(32, 127))))
            else:
                cookies.append(f"{parameter.name}={quote(text)}")
        for scheme in operation.credentials:
            present(scheme, query, headers, cookies)
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
        body = None
        if operation.body is not None:
            value = {} if operation.body.schema is None else self.make(operation.body.schema)
            if operation.body.schema is not None:
                values.append((operation.body.schema, value))
            headers["Content-Type"], body = encode(value, operation.body.media_type)
        if any(each.name.lower() == "content-length" and each.is_required for each in operation.parameters):
            headers["Content-Length"] = str(len(body or b""))  # which clients leave out where there is no body
        path = fill(route_path, operation.path, in_path) + (f"?{urlencode(query)}" if query else "")
        return Request(operation.method, path, without_line_breaks(headers), body, values, is_written)

    def _make_shown(self, node: Node) -> Any:
        """A value for the schema at `node` that can be seen where it is written: an object with a member, if it may."""
        value = self.make(node)
        schema = self._declarations.follow(node).value
        if value == {} and isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
            return {name: self.make(Node(each, ""), 1) for name, each in list(schema["properties"].items())[:1]}
        return value

    def make(self, node: Node, depth: int = 0) -> Any:
        """A value for the schema at `node`."""
        schema = self._declarations.follow(node).value
        self._made += 1
        if depth > MAXIMUM_DEPTH or self._made > MAXIMUM_VALUES:
            return {}
        if not isinstance(schema, dict):
            return "a1"
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return next((each for each in schema["enum"] if each != ""), "")  # which no path can hold
        if "const" in schema:
            return schema["const"]
        for keyword in ("allOf", "oneOf", "anyOf"):
            parts = schema.get(keyword)
            if isinstance(parts, list) and parts:
                whole = dict(schema)
                del whole[keyword]
                chosen = [Node(part, "") for part in (parts if keyword == "allOf" else parts[:1])]
                return self._name_choice(schema, parts[0], self._make_composed(whole, chosen, depth))
        kind = schema.get("type")
        kinds = [each for each in (kind if isinstance(kind, list) else [kind]) if each != "null"] or ["null"]
        if "properties" in schema and kinds == [None]:
            kinds = ["object"]
        if kinds[0] == "object":
            properties = schema.get("properties")
            properties = properties if isinstance(properties, dict) else {}
            required = schema.get("required")
            names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
            shown = [name for name in names if not self._is_read_only(properties.get(name))]
            return {name: self.make(Node(properties.get(name, {}), ""), depth + 1) for name in shown}
        if kinds[0] == "array":
            count = schema.get("minItems") or (1 if depth <= 1 else 0)  # forms write no empty ones
            item = self.make(Node(schema.get("items", {}), ""), depth + 1) if count else None
            return [item] * min(int(count), 50)
        return make_scalar(schema, str(kinds[0]))

    def _name_choice(self, schema: dict[str, Any], chosen: Any, value: Any) -> Any:
        """`value`, made by the first of the alternatives, with what the discriminator calls that one."""
        discriminator = schema.get("discriminator")
        reference = chosen.get("$ref") if isinstance(chosen, dict) else None
        if not isinstance(discriminator, dict) or not isinstance(value, dict) or not isinstance(reference, str):
            return value
        mapping = discriminator.get("mapping")
        names = [name for name, each in mapping.items() if each == reference] if isinstance(mapping, dict) else []
        place, _, own_name = reference.rpartition("/")
        names += [own_name] if place.endswith(("/schemas", "/definitions")) else []
        return {**value, str(discriminator.get("propertyName")): names[0]} if names else value

    def _make_composed(self, whole: dict[str, Any], parts: list[Node], depth: int) -> Any:
        merged: dict[str, Any] = {}
        for part in [*parts, Node(whole, "")]:
            schema = self._declarations.follow(part).value
            for keyword, value in schema.items() if isinstance(schema, dict) else ():
                known = merged.get(keyword)
                if isinstance(known, dict) and isinstance(value, dict):
                    merged[keyword] = {**known, **value}
                elif isinstance(known, list) and isinstance(value, list) and keyword in ("required", "allOf"):
                    merged[keyword] = known + [each for each in value if each not in known]
                else:
                    merged[keyword] = value
        return self.make(Node(merged, ""), depth + 1)

    def _is_read_only(self, node: Any) -> bool:
        found = self._declarations.follow(Node(node, "")).value
        return isinstance(found, dict) and found.get("readOnly") is True


def is_ignored(parameter: Parameter) -> bool:
    """Whether the standard ignores the parameter (OpenAPI 3.1 §4.8.12.1), or the connection decides it."""
    return parameter.place == "header" and parameter.name.lower() in IGNORED


def is_flat(value: Any) -> bool:
    """Whether a parameter with this value can be written (RFC 6570 §2.3)."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not any(isinstance(part, dict | list) for part in parts)


def make_scalar(schema: dict[str, Any], kind: str) -> Any:
    if kind in ("integer", "number"):
        low, high = schema.get("minimum"), schema.get("maximum")
        value = low if isinstance(low, int | float) else min(high, 1) if isinstance(high, int | float) else 1
        if schema.get("exclusiveMinimum") is True:
            value += 1
        exclusive = schema.get("exclusiveMinimum")
        if isinstance(exclusive, int | float) and not isinstance(exclusive, bool):
            value = exclusive + 1
        return int(value) + (value > int(value)) if kind == "integer" else value
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    shortest, longest = schema.get("minLength"), schema.get("maxLength")
    shortest = shortest if isinstance(shortest, int) else 0
    if isinstance(schema.get("pattern"), str):
        made = make_string([schema["pattern"]], shortest, longest if isinstance(longest, int) else None)
        if made:
            return made
    text = TEXTS.get(str(schema.get("format")), USUAL_TEXT)
    text += "x" * (min(shortest, 10_000) - len(text))
    return text[:longest] if isinstance(longest, int) and longest > 0 else text


def present(scheme: dict[str, Any], query: list[tuple[str, str]], headers: dict[str, str], cookies: list[str]) -> None:
    """Adds the credentials of the security scheme, unless a parameter contains them."""
    kind, name = str(scheme.get("type")).lower(), str(scheme.get("name"))
    if kind == "apikey":
        if scheme.get("in") == "query":
            query += [] if name in dict(query) else [(name, "key")]
        elif scheme.get("in") == "cookie":
            cookies += [] if any(each.startswith(f"{name}=") for each in cookies) else [f"{name}=key"]
        else:
            headers.setdefault(name, "key")
    else:
        scheme_name = "basic" if kind == "basic" else str(scheme.get("scheme", "bearer")).lower()
        credentials = "YWRhOmFkYQ==" if scheme_name == "basic" else "token"
        headers.setdefault("Authorization", f"{scheme_name.capitalize()} {credentials}")


def fill(route_path: str, declared_path: str, values: dict[str, str]) -> str:
    """The route's path with a value in place of each parameter, by the names in the document."""
    names = iter(find_names(declared_path))
    parts = []
    rest = route_path
    while "{" in rest and "}" in rest:
        literal, _, rest = rest.partition("{")
        route_name, _, rest = rest.partition("}")
        name = next(names, route_name)
        parts += [quote(literal, safe="/%:@!$&'()*+,;=-._~"), quote(values.get(name, "") or USUAL_TEXT, safe="=;,")]
    return "".join(parts) + quote(rest, safe="/%:@!$&'()*+,;=-._~")


def find_names(path: str) -> list[str]:
    return [part.partition("}")[0].rstrip("+*") for part in path.split("{")[1:]]


def encode(value: Any, media_type: str) -> tuple[str, bytes]:
    """Content-Type and bytes of a body."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence == "application/x-www-form-urlencoded":
        pairs = {name: write_part(member) for name, member in value.items()} if isinstance(value, dict) else {}
        return essence, urlencode(pairs).encode()
    if essence.startswith("multipart/"):
        parts = value.items() if isinstance(value, dict) else ()
        fields = [(name, each) for name, member in parts for each in (member if isinstance(member, list) else [member])]
        head = 'Content-Disposition: form-data; name="{}"'
        texts = [f"--{BOUNDARY}\r\n{head.format(name)}\r\n\r\n{write_part(each)}\r\n" for name, each in fields]
        return f"{essence}; boundary={BOUNDARY}", ("".join(texts) + f"--{BOUNDARY}--\r\n").encode()
    if "json" in essence or "*" in essence:
        return "application/json" if "*" in essence else media_type, json.dumps(value).encode()
    if "xml" in essence:
        return media_type, b"<a/>"
    if isinstance(value, dict | list):
        return media_type, json.dumps(value).encode()
    return media_type, (write(value) or USUAL_TEXT).encode("utf-8", "replace")


def write_part(value: Any) -> str:
    """A field of a form: objects are JSON (OpenAPI 3.0 §4.8.15.1, 3.1 §4.8.15.1.1)."""
    return json.dumps(value) if isinstance(value, dict) or not is_flat(value) else write(value)


def write_path(parameter: Parameter, value: Any) -> str:
    """A value as a segment, in the styles of OpenAPI 3.0 §4.8.12.3 that paths have."""
    if parameter.style == "content":
        return json.dumps(value)
    if parameter.style not in PATH_STYLES:
        return write_exploded(value, ",") if parameter.explode else write(value)
    prefix, separator = PATH_STYLES[parameter.style]
    named = f"{parameter.name}=" if prefix == ";" else ""
    if not parameter.explode or not isinstance(value, list | dict):
        return f"{prefix}{named}{write(value)}"
    if isinstance(value, dict):
        return prefix + write_exploded(value, separator)
    return prefix + separator.join(named + write(item) for item in value)


PATH_STYLES = {"label": (".", "."), "matrix": (";", ";")}


def write_exploded(value: Any, separator: str) -> str:
    pairs = value.items() if isinstance(value, dict) else ()
    return separator.join(f"{name}={write(member)}" for name, member in pairs) or write(value)


def write_query(parameter: Parameter, value: Any) -> list[tuple[str, str]]:
    if parameter.style == "content":
        return [(parameter.name, json.dumps(value))]
    if isinstance(value, dict) and parameter.style == "deepObject":
        return [(f"{parameter.name}[{name}]", write(member)) for name, member in value.items()]
    if isinstance(value, dict) and parameter.explode:
        return [(name, write(member)) for name, member in value.items()]
    if isinstance(value, list) and not parameter.explode:
        return [(parameter.name, SEPARATORS.get(parameter.style, ",").join(map(write, value)))]
    return [(parameter.name, write(item)) for item in (value if isinstance(value, list) else [value])]


SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}


def write(value: Any) -> str:
    """A value as the text of a parameter, in the styles "simple" and "form"."""
    if isinstance(value, list):
        return ",".join(write(item) for item in value)
    if isinstance(value, dict):
        return ",".join(f"{name},{write(member)}" for name, member in value.items())
    return value if isinstance(value, str) else json.dumps(value)


def without_line_breaks(headers: dict[str, str]) -> dict[str, str]:
    """The headers as a client can send them."""
    tokens = {
        name: value for name, value in headers.items() if name.isascii() and name.isprintable() and " " not in name
    }
    return {name: value.replace("\r", " ").replace("\n", " ") for name, value in tokens.items()}
