"""Checks one operation's requests: security, parameters, body. Everything it needs is built once, lazily."""

import time
from collections.abc import Mapping

from mockwave._header_fields import values_of
from mockwave.answers.request_rules import RequestRules, Scheme, decode_rules
from mockwave.validation.body_checks import CheckedBodies, UnsupportedMediaType
from mockwave.validation.check_limits import (
    COMPILATION_ON_LOOP_S,
    HEAD_BYTES_ON_LOOP,
    PARAMETERS_ON_LOOP,
    READ_BYTES_ON_LOOP,
    USUAL_LIMITS,
    Limits,
    TooLongForLoop,
    hold_to,
)
from mockwave.validation.compiled_schemas import MAXIMUM_VIOLATIONS, CheckedSchema, Schemas
from mockwave.validation.credentials import challenges_of, find_unmet, violation_of
from mockwave.validation.parameters import (
    NO_PAIRS,
    CheckedParameter,
    Pairs,
    Parameters,
    read_cookies,
    read_headers,
    read_query,
)
from mockwave.validation.verdicts import Faults, Headers, Measures

NO_RULES = RequestRules((), (), False, (), ())


class RequestCheck:
    """Checks requests against the encoded rules of one operation (`answers/request_rules.py`); b"" means no rules.

    Even without rules a request may not have a body, since none is declared. With `is_on_loop`, work that takes longer
    than the event loop can spare raises TooLongForLoop: long requests, and, if the rules are costly, all requests until
    it is known that preparing the rules does not take long (`learn`).
    """

    def __init__(self, encoded: bytes, name: str, *, is_on_loop: bool = False) -> None:
        """`name` is the operation's name in the log."""
        rules = decode_rules(encoded) if encoded else NO_RULES
        schemas = Schemas(rules.definitions, name, is_on_loop=is_on_loop)
        names: dict[str, set[str]] = {}
        for rule in rules.parameters:
            names.setdefault(rule.location, set()).add(rule.name)
        self._rules = rules
        self._schemas = schemas
        parameter_schemas = [CheckedSchema(rule.schema, schemas) for rule in rules.parameters]
        self._parameters = [
            CheckedParameter(rule, schema, names[rule.location])
            for rule, schema in zip(rules.parameters, parameter_schemas, strict=True)
        ]
        self._bodies = CheckedBodies(rules.bodies, rules.body_required, schemas)
        self._all_schemas = [*parameter_schemas, *self._bodies.schemas]
        self._locations = frozenset(rule.location for rule in rules.parameters) | frozenset(
            scheme.location for schemes in rules.security for scheme in schemes
        )
        self._has_cookies = "cookie" in self._locations
        self._has_headers = self._has_cookies or "header" in self._locations
        count = len(rules.parameters)
        self._head_bytes_on_loop = min(HEAD_BYTES_ON_LOOP, READ_BYTES_ON_LOOP // max(count, 1))
        """Nothing at all (-1), if there are too many parameters to look for."""
        if count > PARAMETERS_ON_LOOP:
            self._head_bytes_on_loop = -1
        self._is_on_loop = is_on_loop
        self._is_ready = not (is_on_loop and rules.is_costly)

    @property
    def compiled_bytes(self) -> int:
        """An upper estimate of the memory of all schemas compiled so far."""
        return self._schemas.compiled_bytes

    def find_faults(
        self, path: Mapping[str, bytes], query: bytes, headers: Headers, body: bytes, limits: Limits = USUAL_LIMITS
    ) -> Faults | None:
        """Returns what is wrong with a request, or None. `path` has the parameters of the path, as sent. Raises
        TooMany, TooLongForLoop."""
        if self._has_cookies or len(query) > limits.query_parameters:
            self._hold_to_limits(query, headers, limits)
        if self._is_on_loop:
            self._hold_to_loop(path, query, headers)
        status, violations = 422, []
        unmet: list[Scheme] = []
        if self._locations or self._rules.security:
            given = self._read(path, query, headers)
            unmet = self._find_unmet(given)
            violations += [violation_of(scheme) for scheme in unmet]
            for parameter in self._parameters:
                violations += parameter.check(given)
        if body or self._rules.body_required:
            content_type, coding = find_header(headers, b"content-type"), find_header(headers, b"content-encoding")
            try:
                violations += self._bodies.check(body, content_type, coding, limits)
            except UnsupportedMediaType as error:
                status = 415
                violations.append(error.violation)
        if not violations:
            return None
        violations = violations[:MAXIMUM_VIOLATIONS]
        return Faults(401, violations, challenges_of(unmet)) if unmet else Faults(status, violations)

    def prepare(self) -> Measures:
        """Compiles all schemas, and returns their Measures."""
        started_s = time.process_time()
        for schema in self._all_schemas:
            schema.compile()
        compilation_s = time.process_time() - started_s
        return Measures(tuple(schema.weight for schema in self._all_schemas), compilation_s)

    def learn(self, measures: Measures) -> None:
        """Takes the Measures of rules that another process has prepared."""
        for schema, weight in zip(self._all_schemas, measures.weights, strict=True):
            schema.take_weight(weight)
        self._is_ready = measures.compilation_s <= COMPILATION_ON_LOOP_S

    def _hold_to_limits(self, query: bytes, headers: Headers, limits: Limits) -> None:
        if "query" in self._locations:
            count = query.count(b"&") + 1
            hold_to(limits.query_parameters, count, "parameters in its query", "--max-query-parameters")
        if self._has_cookies:
            count = sum(value.count(b";") + 1 for name, value in headers if name == b"cookie")
            hold_to(limits.cookies, count, "cookies", "--max-cookies")

    def _hold_to_loop(self, path: Mapping[str, bytes], query: bytes, headers: Headers) -> None:
        size = len(query) + sum(map(len, path.values()))
        if self._has_headers:
            size += sum(len(value) for _, value in headers)
        if size > self._head_bytes_on_loop or not self._is_ready:
            raise TooLongForLoop
        self._schemas.begin_request()

    def _read(self, path: Mapping[str, bytes], query: bytes, headers: Headers) -> Parameters:
        wanted = self._locations
        return Parameters(
            path=path,
            query=Pairs(read_query(query)) if "query" in wanted else NO_PAIRS,
            headers=read_headers(headers) if "header" in wanted or self._rules.security else {},
            cookies=Pairs(read_cookies(headers)) if "cookie" in wanted else NO_PAIRS,
        )

    def _find_unmet(self, given: Parameters) -> list[Scheme]:
        if not self._rules.security:
            return []

        def has_key(location: str, name: str) -> bool:
            if location == "header":
                return name.lower() in given.headers
            return name in (given.query if location == "query" else given.cookies)

        return find_unmet(self._rules.security, given.headers.get("authorization", ""), has_key)


def find_header(headers: Headers, name: bytes) -> str | None:
    """The first non-empty value of a header; None if there is none."""
    for value in values_of(headers, name):
        if value:
            return value.decode("latin-1")
    return None
