"""Security requirements (OpenAPI 3.1 §4.8.30, Swagger 2.0 §Security Requirement) in one form.

There are alternatives, of which one has to hold; all schemes of an alternative have to hold. A scheme that the document
does not define cannot be checked, and holds; so does one whose key no request can contain. Both are reported.
"""

from typing import Any, Final

from mockwave.answers.request_rules import ApiKeys, Scheme
from mockwave.bodies.header_values import is_field_name
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems, describe
from mockwave.pointers import pointer_below

MAXIMUM_KEYS: Final = 100
"""The most names of API keys, in headers and in queries each, that are redacted in every request."""


class SecurityReader:
    """Reads the security requirements of one document's operations."""

    def __init__(self, document: dict[str, Any], references: References, problems: Problems) -> None:
        components = document.get("components")
        nodes = components.get("securitySchemes") if isinstance(components, dict) else None
        pointer = "/components/securitySchemes"
        if "swagger" in document:
            nodes, pointer = document.get("securityDefinitions"), "/securityDefinitions"
        self._problems = problems
        self._schemes: dict[str, Scheme] = {}
        self._declared = frozenset(nodes if isinstance(nodes, dict) else ())
        for name, node in (nodes if isinstance(nodes, dict) else {}).items():
            place = pointer_below(pointer, name)
            located = references.follow(node, place)
            if located is None:
                continue
            scheme = read_scheme(located.node) if isinstance(located.node, dict) else None
            if scheme is None:
                problems.add(
                    place, "expected a security scheme that requests can be checked against; it is not required"
                )
            elif scheme.location in ("header", "cookie") and not is_field_name(scheme.name):
                what = f"{scheme.name[:80]!r} is not a valid name of a {scheme.location}"
                problems.add(place, f"{what}, so no request can contain this key; it is not required")
            else:
                self._schemes[name] = scheme
        self._usual = self._read(Located(document.get("security"), "/security"))
        self.keys = self._find_keys(pointer, problems)

    def _find_keys(self, pointer: str, problems: Problems) -> ApiKeys:
        """The keys that the document declares, whether an operation requires them or not."""
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
        """The alternatives of `operation`; none if everyone is admitted."""
        if "security" not in operation.node:
            return self._usual
        return self._read(Located(operation.node["security"], f"{operation.pointer}/security"))

    def _read(self, declared: Located) -> tuple[tuple[Scheme, ...], ...]:
        alternatives = []
        nodes, pointer = declared.node, declared.pointer
        if nodes is not None and not isinstance(nodes, list):
            self._problems.add(pointer, f"expected a list of requirements, got {describe(nodes)}; everyone is admitted")
        for index, requirement in enumerate(nodes if isinstance(nodes, list) else ()):
            place = f"{pointer}/{index}"
            if not isinstance(requirement, dict):
                message = f"expected an object of security schemes, got {describe(requirement)}; everyone is admitted"
                self._problems.add(place, message)
                return ()
            for name in requirement:
                if name not in self._declared:
                    message = "the document defines no security scheme of this name; it is not required"
                    self._problems.add(pointer_below(place, name), message)
            schemes = tuple(self._schemes[name] for name in requirement if name in self._schemes)
            if not schemes:
                return ()
            alternatives.append(schemes)
        return tuple(alternatives)


def read_scheme(node: dict[str, Any]) -> Scheme | None:
    """Returns the scheme of a Security Scheme Object; None if nothing can be checked."""
    kind = node.get("type")
    if kind == "apiKey" and isinstance(node.get("name"), str) and node.get("in") in ("header", "query", "cookie"):
        return Scheme("apiKey", node["in"], node["name"])
    if kind == "http" and isinstance(node.get("scheme"), str):
        return Scheme(node["scheme"].lower())
    return Scheme(kind) if kind in ("basic", "oauth2", "openIdConnect") else None
