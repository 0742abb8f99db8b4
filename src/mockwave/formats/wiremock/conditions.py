"""What a WireMock request pattern asks for, as the condition of a rule.

The operators have WireMock's names here too, so most travel as they are; `and`, `or` and `not` of values become
conditions around conditions. An operator that nobody knows is refused with its place: to leave it out would answer
requests that the stub refuses.
"""

from typing import Any, Final

from mockwave.formats.notes import refuse
from mockwave.formats.stubs.stubs import Condition, all_of, any_of, negate
from mockwave.formats.trees import Tree, dicts_in, text_of
from mockwave.openapi.document.report import describe
from mockwave.pointers import pointer_below

# Operator → members that may stand beside it.
OPERATORS: Final[dict[str, frozenset[str]]] = {
    "equalTo": frozenset({"caseInsensitive"}),
    "contains": frozenset({"caseInsensitive"}),
    "doesNotContain": frozenset({"caseInsensitive"}),
    "matches": frozenset(),
    "doesNotMatch": frozenset(),
    "absent": frozenset(),
    "binaryEqualTo": frozenset(),
    "equalToJson": frozenset({"ignoreArrayOrder", "ignoreExtraElements"}),
    "matchesJsonPath": frozenset(),
    "matchesJsonSchema": frozenset({"schemaVersion"}),
    "equalToXml": frozenset(
        {
            "enablePlaceholders",
            "placeholderOpeningDelimiterRegex",
            "placeholderClosingDelimiterRegex",
            "exemptedComparisons",
            "ignoreOrderOfSameNode",
            "namespaceAwareness",
        }
    ),
    "matchesXPath": frozenset({"xPathNamespaces"}),
    "equalToNumber": frozenset(),
    "greaterThanNumber": frozenset(),
    "greaterThanEqualNumber": frozenset(),
    "lessThanNumber": frozenset(),
    "lessThanEqualNumber": frozenset(),
    "before": frozenset(),
    "after": frozenset(),
    "equalToDateTime": frozenset(),
    "hasExactly": frozenset(),
    "includes": frozenset(),
}
DATES: Final = frozenset(
    (
        "actualFormat",
        "expectedOffset",
        "expectedOffsetUnit",
        "truncateExpected",
        "truncateActual",
        "applyTruncationLast",
    )
)
LOGICAL: Final = ("and", "or", "not", "anything", "matchesPathTemplate")

BY_NAME: Final = {
    "pathParameters": "pathParameters",
    "queryParameters": "query",
    "headers": "headers",
    "cookies": "cookies",
    "formParameters": "form",
}


def read_named(pattern: Tree, key: str, pointer: str) -> Condition:
    """The condition of one of the maps from names to operators."""
    given = pattern.get(key)
    if given is None:
        return {}
    if not isinstance(given, dict):
        refuse(pointer_below(pointer, key), f"expected an object of operators by name, got {describe(given)}")
    kind = BY_NAME[key]
    conditions = [
        read_value(operator, pointer_below(pointer, key, name), lambda each, name=name: {kind: {name: each}})
        for name, operator in given.items()
    ]
    return all_of(*conditions)


def read_bodies(pattern: Tree, pointer: str, key: str = "bodyPatterns") -> Condition:
    """The condition of all body patterns."""
    given = pattern.get(key)
    if given is None:
        return {}
    if not isinstance(given, list):
        refuse(pointer_below(pointer, key), f"expected an array of operators, got {describe(given)}")
    return all_of(
        *(
            read_value(operator, pointer_below(pointer, key, index), lambda each: {"body": [each]})
            for index, operator in enumerate(given)
        )
    )


def read_value(operator: Any, pointer: str, around: Any) -> Condition:
    """The condition that `around` makes of an operator."""
    if not isinstance(operator, dict):
        refuse(pointer, f'expected an operator such as {{"equalTo": …}}, got {describe(operator)}')
    if operator.get("anything") is not None:
        return {}
    if "and" in operator:
        return all_of(*_read_each(operator, "and", pointer, around))
    if "or" in operator:
        return any_of(_read_each(operator, "or", pointer, around))
    if "not" in operator:
        return negate(read_value(operator["not"], pointer_below(pointer, "not"), around))
    if operator.get("absent") is False:
        return negate(around({"absent": True}))
    read = read_operator(operator, pointer)
    condition: Condition = around(read)
    return condition


def _read_each(operator: Tree, key: str, pointer: str, around: Any) -> list[Condition]:
    given = operator[key]
    if not isinstance(given, list) or not given:
        refuse(pointer_below(pointer, key), f"expected an array of operators, got {describe(given)}")
    return [read_value(each, pointer_below(pointer, key, index), around) for index, each in enumerate(given)]


def read_operator(operator: Tree, pointer: str) -> Tree:
    """The operator in the form that rules have. Raises SpecificationError where it is unknown."""
    named = [key for key in operator if key in OPERATORS]
    allowed = set().union(*(OPERATORS[key] for key in named), named)
    if named and named[0] in ("before", "after", "equalToDateTime"):
        allowed |= DATES
    for key in operator:
        if key not in allowed:
            known = "is no operator of WireMock that is known here"
            refuse(
                pointer_below(pointer, key), f"{key[:60]!r} {known}; the stub would answer other requests without it"
            )
    if not named:
        refuse(pointer, 'expected an operator such as {"equalTo": …}, got an empty object')
    read = dict(operator)
    for key in ("hasExactly", "includes"):
        if isinstance(read.get(key), list):
            read[key] = [
                read_operator(each, pointer_below(pointer, key, index))
                if isinstance(each, dict)
                else refuse(pointer_below(pointer, key, index), f"expected an operator, got {describe(each)}")
                for index, each in enumerate(read[key])
            ]
    for key in ("matchesJsonPath", "matchesXPath"):
        nested = read.get(key)
        if isinstance(nested, dict):
            read[key] = read_nested(nested, pointer_below(pointer, key))
    return read


def read_nested(nested: Tree, pointer: str) -> Tree:
    """`{expression, operator}` of a JSONPath or an XPath."""
    expression = nested.get("expression")
    if not isinstance(expression, str):
        refuse(pointer_below(pointer, "expression"), f"expected an expression, got {describe(expression)}")
    rest = {key: value for key, value in nested.items() if key not in ("expression", "xPathNamespaces")}
    kept = {key: nested[key] for key in ("xPathNamespaces",) if key in nested}
    if not rest:
        return {"expression": expression, **kept}
    return {"expression": expression, **kept, **read_operator(rest, pointer)}


def read_multipart(pattern: Tree, pointer: str) -> Condition:
    """The condition of the multipart patterns."""
    parts = []
    for part, at in dicts_in(pattern.get("multipartPatterns"), pointer_below(pointer, "multipartPatterns")):
        read: Tree = {}
        if part.get("name") is not None:
            read["name"] = text_of(part["name"])
        if part.get("fileName") is not None:
            read["fileName"] = text_of(part["fileName"])
        if part.get("matchingType") is not None:
            read["matchingType"] = part["matchingType"]
        headers = part.get("headers")
        if isinstance(headers, dict):
            read["headers"] = {
                name: read_operator(operator, pointer_below(at, "headers", name))
                if isinstance(operator, dict)
                else refuse(pointer_below(at, "headers", name), f"expected an operator, got {describe(operator)}")
                for name, operator in headers.items()
            }
        bodies = part.get("bodyPatterns")
        if isinstance(bodies, list):
            read["body"] = [
                read_operator(each, pointer_below(at, "bodyPatterns", index))
                if isinstance(each, dict)
                else refuse(pointer_below(at, "bodyPatterns", index), f"expected an operator, got {describe(each)}")
                for index, each in enumerate(bodies)
            ]
        parts.append(read)
    return {"multipart": parts} if parts else {}
