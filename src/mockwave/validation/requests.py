"""One operation's requests, checked: security, parameters, body. What is built for it is built once, and lazily."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from mockwave.model import Violation
from mockwave.openapi.requests import RequestRules, decode_rules
from mockwave.validation.bodies import CheckedBodies, UnsupportedMediaType
from mockwave.validation.parameters import (
    CheckedParameter,
    Parameters,
    read_cookies,
    read_headers,
    read_query,
)
from mockwave.validation.schemas import CheckedSchema, Schemas
from mockwave.validation.security import find_challenges

Headers = Sequence[tuple[bytes, bytes]]

NO_RULES = RequestRules(2020, (), (), False, (), b"")


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
        schemas = Schemas(rules.draft, rules.definitions, name)
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
        status, violations, challenges = 422, [], []
        if self._locations or self._rules.security:
            given = self._read(path, query, headers)
            for parameter in self._parameters:
                violations += parameter.check(given)
            challenges = self._find_challenges(given) or []
        if body or self._rules.body_required:
            content_type = next((decode(value) for name, value in headers if name == b"content-type"), None)
            try:
                violations += self._bodies.check(body, content_type)
            except UnsupportedMediaType as error:
                status = 415
                violations.append(error.violation)
        if challenges:
            status = 401
            message = f"credentials are missing or malformed; expected {', '.join(challenges)}"
            refused = Violation(location="header", pointer="/authorization", rule="security", message=message)
            violations.insert(0, refused)
        return Faults(status, violations, challenges) if violations else None

    def _read(self, path: Mapping[str, bytes], query: bytes, headers: Headers) -> Parameters:
        wanted = self._locations
        return Parameters(
            path=dict(path),
            query=read_query(query) if "query" in wanted else [],
            headers=read_headers(headers) if "header" in wanted or self._rules.security else {},
            cookies=read_cookies(headers) if "cookie" in wanted else [],
        )

    def _find_challenges(self, given: Parameters) -> list[str] | None:
        if not self._rules.security:
            return None

        def has_key(location: str, name: str) -> bool:
            if location == "header":
                return name.lower() in given.headers
            return any(key == name for key, _ in (given.query if location == "query" else given.cookies))

        return find_challenges(self._rules.security, given.headers.get("authorization", ""), has_key)


def decode(value: bytes) -> str:
    return value.decode("latin-1")
