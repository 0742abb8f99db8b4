"""One operation's requests, checked: security, parameters, body. What is built for it is built once, and lazily."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from mockwave.model import Violation
from mockwave.openapi.requests import RequestRules, decode_rules
from mockwave.openapi.security import Scheme
from mockwave.validation.bodies import CheckedBodies, UnsupportedMediaType
from mockwave.validation.parameters import (
    CheckedParameter,
    Parameters,
    read_cookies,
    read_headers,
    read_query,
)
from mockwave.validation.schemas import CheckedSchema, Schemas
from mockwave.validation.security import challenges_of, find_unmet, violation_of

Headers = Sequence[tuple[bytes, bytes]]

NO_RULES = RequestRules((), (), False, (), ())


class Faults(Struct, frozen=True):
    """What is wrong with a request: `status` is 401 for its credentials, 415 for its media type, else 422.

    `challenges` are those of WWW-Authenticate.
    """

    status: int
    violations: list[Violation]
    challenges: list[str] = []


class RequestCheck:
    """Holds requests to the rules of one operation, encoded (`openapi/requests.py`); b"" for none.

    Even without rules a request may not bring a body, since none is declared.
    """

    def __init__(self, encoded: bytes, name: str) -> None:
        """`name` is what the log calls the operation."""
        rules = decode_rules(encoded) if encoded else NO_RULES
        schemas = Schemas(rules.definitions, name)
        self._rules = rules
        self._parameters = [
            CheckedParameter(
                rule,
                CheckedSchema(rule.schema, schemas),
                frozenset(
                    other.name
                    for other in rules.parameters
                    if other.location == rule.location and other.name != rule.name
                ),
            )
            for rule in rules.parameters
        ]
        self._bodies = CheckedBodies(rules.bodies, rules.body_required, schemas)
        self._locations = frozenset(rule.location for rule in rules.parameters) | frozenset(
            scheme.location for schemes in rules.security for scheme in schemes
        )

    def find_faults(self, path: Mapping[str, bytes], query: bytes, headers: Headers, body: bytes) -> Faults | None:
        """What is wrong with a request; None: nothing is. `path` holds the parameters of the path, as sent."""
        status, violations = 422, []
        unmet: list[Scheme] = []
        if self._locations or self._rules.security:
            given = self._read(path, query, headers)
            unmet = self._find_unmet(given)
            violations += [violation_of(scheme) for scheme in unmet]
            for parameter in self._parameters:
                violations += parameter.check(given)
        if body or self._rules.body_required:
            try:
                violations += self._bodies.check(
                    body, find_header(headers, b"content-type"), find_header(headers, b"content-encoding")
                )
            except UnsupportedMediaType as error:
                status = 415
                violations.append(error.violation)
        if not violations:
            return None
        return Faults(401, violations, challenges_of(unmet)) if unmet else Faults(status, violations)

    def _read(self, path: Mapping[str, bytes], query: bytes, headers: Headers) -> Parameters:
        wanted = self._locations
        return Parameters(
            path=dict(path),
            query=read_query(query) if "query" in wanted else [],
            headers=read_headers(headers) if "header" in wanted or self._rules.security else {},
            cookies=read_cookies(headers) if "cookie" in wanted else [],
        )

    def _find_unmet(self, given: Parameters) -> list[Scheme]:
        if not self._rules.security:
            return []

        def has_key(location: str, name: str) -> bool:
            if location == "header":
                return name.lower() in given.headers
            return any(key == name for key, _ in (given.query if location == "query" else given.cookies))

        return find_unmet(self._rules.security, given.headers.get("authorization", ""), has_key)


def find_header(headers: Headers, name: bytes) -> str | None:
    """The first value of a header; None without one, or with an empty one."""
    return next((value.decode("latin-1") for key, value in headers if key == name and value), None)
