"""Hoverfly's request matchers → the condition of a rule: matchers by field, and states as scenarios."""

from typing import Any, Final

from mockwave.formats.stubs.expressions import search_regex
from mockwave.formats.stubs.json_path_dialects import read_json_path
from mockwave.formats.stubs.stub_paths import SaidPath, escape_literal, glob_regex, read_glob, read_regex
from mockwave.formats.stubs.stubs import Condition, all_of
from mockwave.formats.tree_values import Tree, dict_of, list_of, text_of, whole_number
from mockwave.model import METHODS

OLD_MATCHERS: Final = {
    "exactMatch": "exact",
    "globMatch": "glob",
    "regexMatch": "regex",
    "jsonMatch": "json",
    "jsonPartialMatch": "jsonpartial",
    "jsonPathMatch": "jsonpath",
    "xmlMatch": "xml",
    "xpathMatch": "xpath",
}
STARTED: Final = "Started"


class CannotAsk(Exception):
    """A matcher cannot be expressed as a condition; the text says why."""


def matchers_of(field: Any) -> list[Tree]:
    """Returns the matchers of a field: it is a list, one matcher, one of the older form, or an exact text."""
    if field is None:
        return []
    if isinstance(field, str):
        return [{"matcher": "exact", "value": field}]
    if isinstance(field, dict) and "matcher" not in field and "value" not in field:
        return [{"matcher": OLD_MATCHERS[key], "value": value} for key, value in field.items() if key in OLD_MATCHERS]
    given = field if isinstance(field, list) else [field]
    return [{"matcher": "exact", **each} for each in given if isinstance(each, dict)]


def exact_of(field: Any) -> str | None:
    """Returns the only text that a field matches; None if it matches others."""
    matchers = matchers_of(field)
    if len(matchers) == 1 and text_of(matchers[0]["matcher"]).lower() == "exact":
        return text_of(matchers[0].get("value"))
    return None


def read_method(field: Any) -> tuple[tuple[str, ...], Condition]:
    exact = exact_of(field)
    if exact is not None:
        if exact.upper() not in METHODS:
            raise CannotAsk(f"routes take {', '.join(METHODS)}, not {exact[:40]}")
        return (exact.upper(),), {}
    operators = [read_operator(each) for each in matchers_of(field)]
    return METHODS, all_of(*({"method": each} for each in operators if each))


def read_path(field: Any) -> tuple[SaidPath | None, Condition]:
    """Returns the path pattern, or none and the condition on the whole path."""
    matchers = matchers_of(field)
    if not matchers:
        return SaidPath("/**"), {}
    if len(matchers) == 1:
        value = text_of(matchers[0].get("value"))
        match text_of(matchers[0]["matcher"]).lower():
            case "exact":
                return SaidPath(escape_literal(value if value.startswith("/") else f"/{value}")), {}
            case "glob" if (pattern := read_glob(value)) is not None:
                return SaidPath(pattern), {}
            case "regex" if value.startswith("^") and value.endswith("$") and (said := read_regex(value)) is not None:
                return said, {}
    return None, all_of(*({"path": operator} for each in matchers if (operator := read_operator(each))))


def read_named(given: Any, kind: str) -> Condition:
    conditions: list[Condition] = []
    for name, field in dict_of(given).items():
        operators = [operator for each in matchers_of(field) if (operator := read_operator(each))]
        if operators:
            conditions.append({kind: {name: operators[0] if len(operators) == 1 else {"and": operators}}})
    return all_of(*conditions)


def read_body(field: Any, methods: tuple[str, ...]) -> Condition:
    if exact_of(field) == "":  # as capturing writes it for a request without one
        return {} if set(methods) <= {"GET", "HEAD", "OPTIONS", "DELETE"} else {"body": [{"equalTo": ""}]}
    conditions: list[Condition] = []
    for each in matchers_of(field):
        if text_of(each.get("matcher")).lower() == "form":
            conditions.append(read_named(each.get("value"), "form"))
        elif operator := read_operator(each):
            conditions.append({"body": [operator]})
    return all_of(*conditions)


def read_operator(matcher: Tree) -> Tree:
    """Returns the operator of a matcher; an empty one if it matches anything."""
    kind, value = text_of(matcher.get("matcher")).lower() or "exact", matcher.get("value")
    text = text_of(value)
    then = matcher.get("doMatch")
    nested = read_operator(then) if isinstance(then, dict) else {}
    if nested and kind not in ("jsonpath", "xpath"):
        raise CannotAsk(f"doMatch after {kind[:40]}")
    match kind:
        case "exact":
            return {"equalTo": text}
        case "glob":
            return {} if text == "*" else {"matches": glob_regex(text)}
        case "regex":
            return {"matches": search_regex(text)}
        case "json":
            return {"equalToJson": text}
        case "jsonpartial":
            return {"equalToJson": text, "ignoreExtraElements": True}
        case "jsonpath":
            path = read_json_path(text)
            return {"matchesJsonPath": {"expression": path, **nested} if nested else path}
        case "xml" | "xmltemplated":
            return {"equalToXml": text, **({"enablePlaceholders": True} if kind == "xmltemplated" else {})}
        case "xpath":
            return {"matchesXPath": {"expression": text, **nested} if nested else text}
        case "negate":
            return {"not": {"equalTo": text}}
        case "array" if isinstance(value, list):
            config = dict_of(matcher.get("config"))
            key = "includes" if config.get("ignoreUnknown") or config.get("ignoreOccurrences") else "hasExactly"
            return {key: [{"equalTo": text_of(each)} for each in value]}
    raise CannotAsk(f"the matcher {kind[:40]!r} cannot be asked")


def read_state(pair: Tree, sequences: dict[str, set[int]]) -> Tree:
    """Returns the scenario of a pair. Hoverfly keeps texts by key; a key never set is `Started` here."""
    response = dict_of(pair.get("response"))
    required = dict_of(dict_of(pair.get("request")).get("requiresState"))
    to = dict_of(response.get("transitionsState"))
    removed = [text_of(each) for each in list_of(response.get("removesState"))]
    keys = dict.fromkeys((*required, *to, *removed))
    if not keys:
        return {}
    if len(keys) > 1:
        raise CannotAsk(f"a rule has one scenario, and the pair names {len(keys)} states")
    (key,) = keys
    scenario = {"name": key}
    if key in required:
        value = text_of(required[key])
        scenario["from"] = STARTED if key.startswith("sequence:") and value == "1" else value
    if key in removed:
        scenario["to"] = STARTED
    elif key in to:
        scenario["to"] = text_of(to[key])
    elif key in sequences and whole_number(required.get(key)) is not None:
        following = (whole_number(required[key]) or 0) + 1
        if following in sequences[key]:
            scenario["to"] = str(following)
    return {"scenario": scenario}
