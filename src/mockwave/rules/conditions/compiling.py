"""`when` → Condition: each member of a `when` is read by a row of the table, in order of cost.

    method path client   of the request line and the connection
    pathParameters       as the route names them
    headers basicAuth cookies query
    all any not          with what needs no body, here; else last
    form body multipart

Every fault is named with its pointer. Nothing is raised: a `when` with faults becomes a condition that always holds,
and its rule is refused.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

from msgspec import Struct

from mockwave.bodies.header_values import is_field_name
from mockwave.model import METHODS, Violation
from mockwave.pointers import pointer_below
from mockwave.rules.conditions.basic_auth import BasicAuthCondition
from mockwave.rules.conditions.combinations import All, AnyOf, Not
from mockwave.rules.conditions.condition import ALWAYS, Condition, clip
from mockwave.rules.conditions.contradictions import Proofs
from mockwave.rules.conditions.described_parts import MATCHING_TYPES, MEMBERS, read_description
from mockwave.rules.conditions.fields import (
    BodyCondition,
    ClientCondition,
    CookieCondition,
    FormCondition,
    HeaderCondition,
    MethodCondition,
    PathCondition,
    PathParameterCondition,
    QueryCondition,
    StrictHeaders,
    StrictQuery,
    ValuesCondition,
)
from mockwave.rules.conditions.matchers import begin_reading, read_matcher
from mockwave.rules.conditions.multipart_parts import MultipartCondition
from mockwave.rules.conditions.operators import Operator, Reading
from mockwave.rules.conditions.path_patterns import PathError, PathPatternCondition, PatternParameterCondition
from mockwave.rules.deferral import Deferral

MakesCondition = Callable[..., ValuesCondition]
"""The signature of ValuesCondition."""


def compile_condition(
    when: Any,
    *,
    at: str,
    of_server: bool,
    path_parameters: Collection[str] | None,
    faults: list[Violation],
    methods: Collection[str] | None = None,
    may_never_hold: bool = False,
    deferral: Deferral | None = None,
) -> Condition:
    """Compiles `when`, whose pointer in the body is `at`. Faults are appended to `faults`.

    `path_parameters` are the names of the route's parameters; None if unknown, as for a server's rules. `methods` are
    those of the requests; None for any. With `may_never_hold`, a condition that can never hold is not a fault, as for
    stored rules. With a `deferral`, what takes long to compile is put off.
    """
    scope = Scope(begin_reading(faults, deferral), of_server, path_parameters)
    count = len(faults)
    try:
        conditions = read_when(scope, when, at)
    except RecursionError:  # deeper than the limit only in expected values, not in members that are read
        scope.reading.refuse(at, "limit", "it is nested too deeply")
        return ALWAYS
    if len(faults) == count and not may_never_hold:
        for pointer, message in Proofs(scope.reading.given, methods).find(conditions):
            scope.reading.refuse(pointer, "never", message)
    if len(faults) > count or not conditions:
        return ALWAYS
    return conditions[0] if len(conditions) == 1 else All(at, conditions)


class Scope(Struct, frozen=True, eq=False):
    """The place of a `when`. `is_negated` if it stands below an odd number of `not`."""

    reading: Reading
    of_server: bool
    path_parameters: Collection[str] | None
    is_negated: bool = False
    pattern: PathPatternCondition | None = None
    """The pattern of the path, which defines path parameters."""
    asked_headers: Sequence[str] = ()
    """Headers that other conditions of the same `when` ask."""

    def within(
        self,
        *,
        is_negated: bool | None = None,
        pattern: PathPatternCondition | None = None,
        asked_headers: Sequence[str] = (),
    ) -> "Scope":
        """A scope nested in this one."""
        return Scope(
            self.reading,
            self.of_server,
            self.path_parameters,
            self.is_negated if is_negated is None else is_negated,
            pattern or self.pattern,
            asked_headers,
        )


def read_when(scope: Scope, when: Any, at: str) -> list[Condition]:
    """Reads the conditions of `when`, all of which have to hold."""
    reading = scope.reading
    if not isinstance(when, dict):
        reading.refuse_type(at, "an object with conditions", when)
        return []
    if not reading.enter(at):
        return []
    found: list[Condition] = []
    if isinstance(when.get("path"), str):  # before path parameters, which may belong to its pattern
        found += read_path(scope, when["path"], pointer_below(at, "path"))
        patterns = [each for each in found if isinstance(each, PathPatternCondition)]
        scope = scope.within(pattern=patterns[0] if patterns else None)
        when = {name: given for name, given in when.items() if name != "path"}
    scope = scope.within(asked_headers=[HEADERS_ASKED_BY[name] for name in when if name in HEADERS_ASKED_BY])
    for name, given in when.items():
        read = READERS.get(name)
        if read is None:
            reading.refuse_unknown(pointer_below(at, name), name, "condition", list(READERS))
        else:
            found += read(scope, given, pointer_below(at, name))
    reading.leave()
    return found


def read_method(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    if given == "ANY":
        return ()
    if isinstance(given, str):
        if given.upper() not in METHODS and not is_field_name(given):
            scope.reading.refuse(at, "enum", f"expected a method, or ANY, got {clip(given)!r}")
            return ()
        given = {"equalTo": given.upper()}
    return read_one(scope, MethodCondition, given, at, "", rank=0)


def read_path(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    if not scope.of_server:
        scope.reading.refuse(at, "unknown", "path is a condition of a server's rules; a route has its own")
        return ()
    if not isinstance(given, str):
        return read_one(scope, PathCondition, given, at, "", rank=1)
    try:
        condition = PathPatternCondition(at, given, rank=1)
    except PathError as error:
        scope.reading.refuse(at, "path", str(error))
        return ()
    scope.reading.given.keep(condition, {"path": given}, ("path",))
    return (condition,)


def read_client(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    return read_one(scope, ClientCondition, given, at, "", rank=1)


def read_path_parameters(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    pattern = scope.pattern
    known = scope.path_parameters if pattern is None else pattern.names
    if known is not None and isinstance(given, dict):
        for name in given:
            if name not in known:
                there = f"it has {', '.join(sorted(known))}" if known else "it has none"
                message = f"the path has no parameter {clip(name)!r}; {there}"
                scope.reading.refuse(pointer_below(at, name), "unknown", message)
    if pattern is None:
        return read_named(scope, PathParameterCondition, given, at, rank=2)
    return read_named(scope, partial(PatternParameterCondition, pattern=pattern), given, at, rank=2)


def read_basic_auth(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    reading = scope.reading
    if not isinstance(given, dict):
        reading.refuse_type(at, "an object with username and password", given)
        return ()
    texts: list[str] = []
    for name in ("username", "password"):
        if name not in given:
            reading.refuse(at, "required", f"{name} is missing")
            continue
        text = reading.take_text(given[name], pointer_below(at, name))
        texts += [] if text is None else [text]
    for name in given:
        if name not in ("username", "password"):
            reading.refuse_unknown(pointer_below(at, name), name, "member of basicAuth", ("username", "password"))
    if len(texts) < 2:
        return ()
    if ":" in texts[0]:
        reading.refuse(pointer_below(at, "username"), "never", "no user name has a colon in it (RFC 7617)")
    condition = BasicAuthCondition(at, texts[0], texts[1], rank=4)
    reading.given.keep(condition, given, ("username", "password"))
    return (condition,)


def read_headers(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    names, is_strict = split_strict(given)
    if isinstance(names, dict):
        for name in names:
            if not is_field_name(name):
                message = f"no header can be called {clip(name)!r}"
                scope.reading.refuse(pointer_below(at, name), "never", message)
    found: list[Condition] = list(read_named(scope, HeaderCondition, names, at, rank=3))
    if is_strict:
        asked = [*names, *scope.asked_headers] if isinstance(names, dict) else ()
        strict = StrictHeaders(pointer_below(at, "strict"), asked, rank=3)
        scope.reading.given.keep(strict, {"strict": sorted(strict.names)}, ("strict",))
        found.append(strict)
    return found


def read_cookies(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    return read_named(scope, CookieCondition, given, at, rank=5)


def read_query(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    names, is_strict = split_strict(given)
    found: list[Condition] = list(read_named(scope, QueryCondition, names, at, rank=6))
    if is_strict:
        strict = StrictQuery(pointer_below(at, "strict"), names, rank=6)
        scope.reading.given.keep(strict, {"strict": sorted(strict.names)}, ("strict",))
        found.append(strict)
    return found


def split_strict(given: Any) -> tuple[Any, bool]:
    """The names of query or headers, and whether other names are excluded; `strict` with an object is a name."""
    if isinstance(given, dict) and isinstance(given.get("strict"), bool):
        return {name: each for name, each in given.items() if name != "strict"}, given["strict"]
    return given, False


def read_form(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    return read_named(scope, FormCondition, given, at, rank=10)


def read_multipart(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    """Reads a list of descriptions, each of which has to fit."""
    if not isinstance(given, list):
        scope.reading.refuse_type(at, "an array of descriptions of parts", given)
        return ()
    found: list[Condition] = []
    for index, each in enumerate(given):
        below = pointer_below(at, index)
        if not isinstance(each, dict):
            scope.reading.refuse_type(below, "an object", each)
            continue
        asks_all = scope.reading.take_choice(each, "matchingType", below, MATCHING_TYPES) == "ALL"
        description = read_description(scope.reading, each, below, read_matcher)
        if description is not None:
            condition = MultipartCondition(below, description, asks_all=asks_all, rank=12, is_negated=scope.is_negated)
            scope.reading.given.keep(condition, each, MEMBERS)
            found.append(condition)
    return found


def read_body(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    """Reads a list, like WireMock's bodyPatterns, all of which have to hold; or a single one."""
    if isinstance(given, dict):
        return read_one(scope, BodyCondition, given, at, "", rank=11)
    if not isinstance(given, list):
        scope.reading.refuse_type(at, "an array of operators", given)
        return ()
    found: list[Condition] = []
    for index, each in enumerate(given):
        found += read_one(scope, BodyCondition, each, pointer_below(at, index), "", rank=11)
    return found


def read_all(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    return [condition for each in read_list(scope, given, at) for condition in each]


def read_any(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    if given == []:
        scope.reading.refuse(at, "never", "an empty any never holds; name a condition")
    found = read_list(scope, given, at)
    return [AnyOf(at, [make_one(each, pointer_below(at, index)) for index, each in enumerate(found)])]


def read_not(scope: Scope, given: Any, at: str) -> Sequence[Condition]:
    if given == {}:
        scope.reading.refuse(at, "never", "an empty not never holds; name a condition")
    inner = scope.within(is_negated=not scope.is_negated)
    return [Not(at, make_one(read_when(inner, given, at), at))]


def read_list(scope: Scope, given: Any, at: str) -> list[list[Condition]]:
    if not isinstance(given, list):
        scope.reading.refuse_type(at, "an array of conditions", given)
        return []
    found: list[list[Condition]] = []
    for index, each in enumerate(given):
        below = pointer_below(at, index)
        if not scope.reading.count(below):
            break
        found.append(read_when(scope, each, below))
    return found


def make_one(conditions: Sequence[Condition], at: str) -> Condition:
    return conditions[0] if len(conditions) == 1 else All(at, conditions)


def read_named(scope: Scope, kind: MakesCondition, given: Any, at: str, *, rank: int) -> Sequence[ValuesCondition]:
    """Reads the conditions of an object of names and matchers."""
    if not isinstance(given, dict):
        scope.reading.refuse_type(at, "an object of names and operators", given)
        return ()
    found: list[ValuesCondition] = []
    for name, each in given.items():
        found += read_one(scope, kind, each, pointer_below(at, name), name, rank=rank)
    return found


def read_one(
    scope: Scope, kind: MakesCondition, given: Any, at: str, name: str, *, rank: int
) -> Sequence[ValuesCondition]:
    """Reads the condition of one matcher; none after a fault."""
    operator: Operator | None = read_matcher(scope.reading, given, at)
    return () if operator is None else (kind(at, name, operator, rank=rank, is_negated=scope.is_negated),)


HEADERS_ASKED_BY: Final[Mapping[str, str]] = {
    "basicAuth": "Authorization",
    "cookies": "Cookie",
    "form": "Content-Type",
    "multipart": "Content-Type",
}
"""Conditions on what a header says: `strict` headers in the same `when` let that header through."""

Read = Callable[[Scope, Any, str], Sequence[Condition]]

READERS: Final[Mapping[str, Read]] = {
    "method": read_method,
    "path": read_path,
    "client": read_client,
    "pathParameters": read_path_parameters,
    "headers": read_headers,
    "basicAuth": read_basic_auth,
    "cookies": read_cookies,
    "query": read_query,
    "form": read_form,
    "body": read_body,
    "multipart": read_multipart,
    "all": read_all,
    "any": read_any,
    "not": read_not,
}
