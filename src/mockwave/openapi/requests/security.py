"""Security requirements (OpenAPI 3.1 §4.8.30, Swagger 2.0 §Security Requirement): who may in, in one form.

Alternatives, of which one has to hold, each of schemes that all have to hold. A scheme that the document does not
define cannot be checked, and holds; so does one whose key no request could bring, which is reported.
"""

from typing import Any, Final

from msgspec import Struct

from mockwave.bodies.header_values import is_field_name
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems, pointer_below

MAXIMUM_KEYS: Final = 100
"""Names of API keys, in headers and in queries each, that are looked for in every request."""


class Scheme(Struct, frozen=True, array_like=True):
    """`kind`: apiKey, oauth2, openIdConnect, or an HTTP authentication scheme in lower case (`basic`, `bearer` …).

    `location` and `name` say where an apiKey is sent.
    """

    kind: str
    location: str = ""
    name: str = ""


class ApiKeys(Struct, frozen=True, array_like=True):
    """The names of a document's API keys, in headers (lower case) and in queries; those in cookies are no others'."""

    headers: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()


class SecurityReader:
    """Reads the security requirements of one document's operations."""

    def __init__(self, document: dict[str, Any], references: References, problems: Problems) -> None:
        components = document.get("components")
        nodes = components.get("securitySchemes") if isinstance(components, dict) else None
        pointer = "/components/securitySchemes"
        if "swagger" in document:
            nodes, pointer = document.get("securityDefinitions"), "/securityDefinitions"
        self._schemes: dict[str, Scheme] = {}
        for name, node in (nodes if isinstance(nodes, dict) else {}).items():
            place = pointer_below(pointer, name)
            located = references.follow(node, place)
            scheme = read_scheme(located.node) if located is not None and isinstance(located.node, dict) else None
            if scheme is not None and scheme.location in ("header", "cookie") and not is_field_name(scheme.name):
                what = f"{scheme.name[:80]!r} is not a name of a {scheme.location}"
                problems.add(place, f"{what}, so no request can bring this key; it is not asked for")
            elif scheme is not None:
                self._schemes[name] = scheme
        self._usual = self._read(document.get("security"))
        self.keys = self._find_keys(pointer, problems)

    def _find_keys(self, pointer: str, problems: Problems) -> ApiKeys:
        """The keys that the document declares, asked for by an operation or not."""
        found: dict[str, dict[str, None]] = {"header": {}, "query": {}, "cookie": {}, "": {}}
        for scheme in self._schemes.values():
            name = scheme.name.lower() if scheme.location == "header" else scheme.name
            found[scheme.location][name] = None
        for location in ("header", "query"):
            if len(found[location]) > MAXIMUM_KEYS:
                message = f"logs redact the first {MAXIMUM_KEYS} API keys in the {location}; there are more"
                problems.add(pointer, message)
        headers, queries = (tuple(found[location])[:MAXIMUM_KEYS] for location in ("header", "query"))
        return ApiKeys(headers, queries)

    def read(self, operation: Located) -> tuple[tuple[Scheme, ...], ...]:
        """The alternatives of `operation`; none where everyone may in."""
        if "security" not in operation.node:
            return self._usual
        return self._read(operation.node["security"])

    def _read(self, declared: Any) -> tuple[tuple[Scheme, ...], ...]:
        alternatives = []
        for requirement in declared if isinstance(declared, list) else ():
            names = requirement if isinstance(requirement, dict) else ()
            schemes = tuple(self._schemes[name] for name in names if name in self._schemes)
            if not schemes:
                return ()
            alternatives.append(schemes)
        return tuple(alternatives)


def read_scheme(node: dict[str, Any]) -> Scheme | None:
    """The scheme of a Security Scheme Object; None if nothing can be checked."""
    kind = node.get("type")
    if kind == "apiKey" and isinstance(node.get("name"), str) and node.get("in") in ("header", "query", "cookie"):
        return Scheme("apiKey", node["in"], node["name"])
    if kind == "http" and isinstance(node.get("scheme"), str):
        return Scheme(node["scheme"].lower())
    return Scheme(kind) if kind in ("basic", "oauth2", "openIdConnect") else None
