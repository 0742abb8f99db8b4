"""What a collection holds for its requests alone is not kept: a mock needs no tokens, and its source can be read back.

Values of `auth` and of headers that carry credentials, scripts, and variables that only those name.
"""

import json
from typing import Any, Final

from mockwave.formats.postman.variables import VARIABLE, as_text
from mockwave.formats.tree_values import Tree, dict_of, dicts_in, list_of

HEADERS: Final = frozenset("authorization proxy-authorization cookie x-api-key api-key x-auth-token".split())
KEPT_OF_AUTH: Final = frozenset(("key", "in", "addTokenTo"))
"""Where a credential goes, which is a part of what an operation asks."""


def remove_secrets(collection: Tree) -> None:
    """Removes them from the tree, in place."""
    nodes: list[Any] = [collection]
    declared: list[Tree] = []
    while nodes:
        node = nodes.pop()
        if isinstance(node, list):
            nodes += node
            continue
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("auth"), dict):
            node["auth"] = _without_credentials(node["auth"])
        node.pop("event", None)
        for key in ("request", "originalRequest"):
            if isinstance(node.get(key), dict):
                _clear_headers(node[key])
                nodes.append(node[key])
        if isinstance(node.get("variable"), list):
            declared.append(node)
        nodes += (node[key] for key in ("item", "response") if isinstance(node.get(key), list))
    _drop_variables(collection, declared)


def _without_credentials(auth: Tree) -> Tree:
    kind = auth.get("type")
    if not isinstance(kind, str):
        return {}
    given = auth.get(kind)
    if isinstance(given, dict):
        return {"type": kind, kind: {key: value for key, value in given.items() if key in KEPT_OF_AUTH}}
    kept = [each for each, _ in dicts_in(given, "") if as_text(each.get("key")) in KEPT_OF_AUTH]
    return {"type": kind, kind: kept}


def _clear_headers(request: Tree) -> None:
    headers = request.get("header")
    if isinstance(headers, str):
        lines = headers.splitlines(keepends=True)
        request["header"] = "".join(each for each in lines if each.partition(":")[0].strip().lower() not in HEADERS)
    for header in list_of(headers):
        if isinstance(header, dict) and as_text(header.get("key")).strip().lower() in HEADERS:
            header["value"] = ""


def _drop_variables(collection: Tree, declared: list[Tree]) -> None:
    """Drops secret variables, and those that nothing names any more, a variable that is kept included."""
    for node in declared:
        for variable in list_of(node["variable"]):
            if dict_of(variable).get("type") == "secret":
                variable.pop("value", None)
    lists = [node.pop("variable") for node in declared]
    named = _names_in(collection)
    by_name: dict[str, list[Tree]] = {}
    for variable in (each for given in lists for each in given if isinstance(each, dict)):
        by_name.setdefault(str(variable.get("key", variable.get("id"))), []).append(variable)
    waiting = list(named)
    while waiting:
        for variable in by_name.get(waiting.pop(), ()):
            more = _names_in(variable.get("value")) - named
            named |= more
            waiting += more
    for node, given in zip(declared, lists, strict=True):
        node["variable"] = [
            each for each in given if isinstance(each, dict) and str(each.get("key", each.get("id"))) in named
        ]


def _names_in(value: Any) -> set[str]:
    return {name.strip() for name in VARIABLE.findall(json.dumps(value, ensure_ascii=False))}
