"""URLs of Postman requests: as texts or taken apart, with variables in any place.

What stands before the path may hold a path itself (`{{url}}` is `https://host/api`): that is a base path.
"""

import re
from typing import Any
from urllib.parse import parse_qsl

from mockwave.formats.postman.variables import VARIABLE, Variables, as_text

# Of a URL: a scheme, then a host of text and variables, up to the first slash outside of both.
_AUTHORITY = re.compile(r"(?:(?:\{\{[^{}]+\}\}|[^/?#{}])*://)?(?:\{\{[^{}]+\}\}|[^/?#{}])*")
_BEFORE_PATH = re.compile(r"(?:[^/?#]*:)?//[^/?#]*|[^/?#]*")


def split_url(url: Any, variables: Variables) -> tuple[str, str]:
    """The path that what stands before the path of a URL holds, "/" where it holds none, and the path template."""
    if not isinstance(url, dict):
        text = str(url or "")
        match = _AUTHORITY.match(text)
        authority = "" if match is None or text.startswith("/") else match[0]
        path = re.split("[?#]", text[len(authority) :], maxsplit=1)[0]
        base, begun = split_authority(authority, variables)
        return base, join_segments((begun + path).removeprefix("/").split("/"), variables)
    segments = url.get("path", url.get("raw", ""))
    if "path" not in url:
        return split_url(segments if isinstance(segments, str) else "", variables)
    host = url.get("host")
    parts = [as_text(each) for each in host] if isinstance(host, list) else [as_text(host)]
    if isinstance(segments, list):
        texts = [as_text(each.get("value")) if isinstance(each, dict) else as_text(each) for each in segments]
    else:
        texts = as_text(segments).removeprefix("/").split("/")
    base, begun = split_authority(".".join(parts), variables)
    return base, join_segments([begun, *texts] if begun else texts, variables)


def split_authority(authority: str, variables: Variables) -> tuple[str, str]:
    """The path in what stands before the path of a URL; and what of it belongs to that already, as in `{{url}}users`
    where the variable ends in a slash."""
    end = authority.rfind("}}") + 2
    if "{{" in authority and variables.fill(authority[:end]).endswith("/"):
        return base_of(variables.fill(authority[:end])), authority[end:]
    return base_of(variables.fill(authority)), ""


def base_of(before_path: str) -> str:
    """The path in what stands before the path of a URL, all variables filled in; "/" if there is none."""
    host = _BEFORE_PATH.match(before_path)
    path = re.split("[?#]", before_path if host is None else before_path[host.end() :], maxsplit=1)[0].rstrip("/")
    return "/" if "{{" in path else path or "/"


def join_segments(segments: list[str], variables: Variables) -> str:
    """The path template of these segments."""
    return "/" + "/".join(
        f"{{{each[1:]}}}" if each.startswith(":") and len(each) > 1 else VARIABLE.sub(r"{\1}", variables.fill(each))
        for each in segments
    )


def find_path_values(path: str, own_path: str) -> dict[str, str] | None:
    """The values that a path has for the parameters of a path template; None if it is not one of its paths."""
    values: dict[str, str] = {}
    segments, own = path.split("/"), own_path.split("/")
    if len(segments) != len(own):
        return None
    for segment, value in zip(segments, own, strict=True):
        if segment == value:
            continue
        if not (segment.startswith("{") and segment.endswith("}")) or not value:
            return None
        if "{" not in value:
            values[segment[1:-1]] = value
    return values


def query_of(request: dict[str, Any], variables: Variables) -> list[tuple[str, str]]:
    """The names and values in the query of a request."""
    url = request.get("url")
    queried = url.get("query") if isinstance(url, dict) else None
    if isinstance(queried, list):
        return [
            (variables.fill(each["key"]), variables.fill(as_text(each.get("value")))) for each in headers_of(queried)
        ]
    text = queried or as_text(url.get("raw") if isinstance(url, dict) else url).partition("?")[2]
    return parse_qsl(variables.fill(str(text).partition("#")[0]), keep_blank_values=True)


def headers_of(nodes: Any) -> list[dict[str, Any]]:
    """Headers (or members of a query) that are not disabled; format 2.0 takes a text of lines for all headers."""
    if isinstance(nodes, str):
        lines = [line.partition(":") for line in nodes.splitlines() if ":" in line]
        return [{"key": name.strip(), "value": value.strip()} for name, _, value in lines]
    return [node for node in dicts_of(nodes) if isinstance(node.get("key"), str) and node.get("disabled") is not True]


def dicts_of(nodes: Any) -> list[dict[str, Any]]:
    """The objects in a list that may be none."""
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []
