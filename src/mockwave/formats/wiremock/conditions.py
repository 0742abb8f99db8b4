"""WireMock's request patterns → the condition of a rule.

Operators have WireMock's names here too, so they are passed on unchanged. An unknown operator is refused with its
place: without it, requests that the stub refuses would be answered.
"""

from typing import Any, Final

from mockwave.formats.notes import refuse
from mockwave.formats.stubs.json_path_dialects import read_jayway
from mockwave.formats.stubs.stubs import Condition, all_of
from mockwave.formats.tree_values import Tree, dicts_in, text_of
from mockwave.openapi.document.report import describe
from mockwave.pointers import pointer_below

# Operator → members that may stand beside it.
OPERATORS: Final[dict[str, frozenset[str]]] = {
    "equalTo": frozenset({"caseInsensitive"}),
    "contains": frozenset(),
    "doesNotContain": frozenset(),
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
    "and": frozenset(),
    "or": frozenset(),
    "not": frozenset(),
}
LISTS: Final = frozenset(("and", "or", "hasExactly", "includes"))
DATE_OPERATORS: Final = frozenset(("before", "after", "equalToDateTime"))
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
BY_NAME: Final = {
    "pathParameters": "pathParameters",
    "queryParameters": "query",
    "headers": "headers",
    "cookies": "cookies",
    "formParameters": "form",
}


def read_named(pattern: Tree, key: str, pointer: str) -> Condition:
    """Returns the condition of a map from names to operators."""
    given = pattern.get(key)
    if given is None:
        return {}
    if not isinstance(given, dict):
        refuse(pointer_below(pointer, key), f"expected an object of operators by name, got {describe(given)}")
    kind = BY_NAME[key]
    conditions = []
    for name, operator in given.items():
        at = pointer_below(pointer, key, name)
        if not (isinstance(operator, dict) and "anything" in operator):
            conditions.append({kind: {name: read_operator(operator, at)}})
    return all_of(*conditions)


def read_bodies(pattern: Tree, pointer: str) -> Condition:
    """Returns the condition of all body patterns."""
    key = "bodyPatterns"
    given = pattern.get(key)
    if given is None:
        return {}
    if not isinstance(given, list):
        refuse(pointer_below(pointer, key), f"expected an array of operators, got {describe(given)}")
    operators = [
        read_operator(operator, pointer_below(pointer, key, index))
        for index, operator in enumerate(given)
        if not (isinstance(operator, dict) and "anything" in operator)
    ]
    return {"body": operators} if operators else {}


def read_operator(operator: Any, pointer: str) -> Tree:
    """Returns the operator in the form of rules. Raises SpecificationError if it is unknown."""
    if not isinstance(operator, dict):
        refuse(pointer, f'expected an operator such as {{"equalTo": …}}, got {describe(operator)}')
    if operator.get("absent") is False:
        return {"not": {"absent": True}}
    if "absent" in operator:
        operator = {**operator, "absent": True}  # older files have a text there: "(absent)"
    if "anything" in operator:
        return {"matches": "[\\s\\S]*"}
    named = [key for key in operator if key in OPERATORS]
    allowed = {option for key in named for option in OPERATORS[key]} | set(named)
    if DATE_OPERATORS & set(named):
        allowed |= DATES
    for key in operator:
        if key not in allowed:
            known = "is not an operator of WireMock that is known here"
            refuse(
                pointer_below(pointer, key), f"{key[:60]!r} {known}; without it the stub would answer other requests"
            )
    if not named:
        refuse(pointer, 'expected an operator such as {"equalTo": …}, got an empty object')
    read = dict(operator)
    for key in LISTS & read.keys():
        given = read[key]
        if not isinstance(given, list) or not given:
            got = "an empty array" if given == [] else describe(given)
            refuse(pointer_below(pointer, key), f"expected an array of operators, got {got}")
        read[key] = [read_operator(each, pointer_below(pointer, key, index)) for index, each in enumerate(given)]
    if "not" in read:
        read["not"] = read_operator(read["not"], pointer_below(pointer, "not"))
    for key in ("matchesJsonPath", "matchesXPath"):
        nested = read.get(key)
        if isinstance(nested, dict):
            if isinstance(nested.get("xPathNamespaces"), dict):
                read.setdefault("xPathNamespaces", nested["xPathNamespaces"])
            read[key] = read_nested(nested, pointer_below(pointer, key))
    if "matchesJsonPath" in read:
        of_json = read_jayway(read.pop("matchesJsonPath"))
        read = {"and": [read, of_json]} if of_json.keys() & read.keys() else {**read, **of_json}
    return read


def read_nested(nested: Tree, pointer: str) -> Tree:
    """`{expression, operator}` of a JSONPath or an XPath."""
    expression = nested.get("expression")
    if not isinstance(expression, str):
        refuse(pointer_below(pointer, "expression"), f"expected an expression, got {describe(expression)}")
    rest = {key: value for key, value in nested.items() if key not in ("expression", "xPathNamespaces")}
    return {"expression": expression, **(read_operator(rest, pointer) if rest else {})}


def read_multipart(pattern: Tree, pointer: str) -> Condition:
    """Returns the condition of the multipart patterns."""
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
                name: read_operator(operator, pointer_below(at, "headers", name)) for name, operator in headers.items()
            }
        bodies = part.get("bodyPatterns")
        if isinstance(bodies, list):
            read["body"] = [
                read_operator(each, pointer_below(at, "bodyPatterns", index)) for index, each in enumerate(bodies)
            ]
        parts.append(read)
    return {"multipart": parts} if parts else {}
