"""Reads older forms of Mockoon environments as the app does when it opens them.

Numbers are those of the app's migrations (`lastMigration`). Values in the current form are unchanged.
"""

from typing import Final

from mockwave.formats.tree_values import Tree, dict_of, dicts_in, list_of, text_of

HIGHEST: Final = 33


def read_responses(route: Tree) -> list[Tree]:
    """Returns the responses of a route; before migration 6 the route itself was its only response."""
    given = [response for response, _ in dicts_in(route.get("responses"), "")]
    if given or "statusCode" not in route:
        return given
    single: Tree = {
        key: route[key] for key in ("body", "latency", "statusCode", "headers", "file", "filePath") if key in route
    }
    single["headers"] = [*list_of(route.get("headers")), *list_of(route.get("customHeaders"))]  # 4
    if route.get("contentType"):  # 2
        single["headers"].insert(0, {"key": "Content-Type", "value": route["contentType"]})
    return [single]


def read_mode(route: Tree) -> str:
    """Returns the response mode: 13, 14 and 21 merged two flags into one field."""
    mode = route.get("responseMode")
    if mode:
        return text_of(mode)
    if route.get("randomResponse") is True:
        return "RANDOM"
    return "SEQUENTIAL" if route.get("sequentialResponse") is True else ""


def read_file_path(response: Tree) -> str:
    """Returns the path of the file with the body: 5 made it a field, 24 added a type to bodies."""
    path = text_of(response.get("filePath") or dict_of(response.get("file")).get("filename"))
    kind = response.get("bodyType")
    return path if path and (kind == "FILE" or kind is None) else ""


def is_switched_off(route: Tree) -> bool:
    """Whether the route was not served: 31 removed the switch."""
    return route.get("enabled") is False


def find_default(responses: list[Tree]) -> int:
    """Returns the response that answers if no rule holds: 20 marked it; before, it was the first."""
    return next((index for index, response in enumerate(responses) if response.get("default") is True), 0)
