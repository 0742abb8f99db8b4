"""Servers: the base paths of a document's servers, at the root and for single path items and operations, which override
the root's (OpenAPI 3.1 §4.8.5, §4.8.9, §4.8.10; Swagger 2.0 `basePath`).

A base path is the path of a server's URL without "/" at the end; "" if it has none. Variables in it take their default
and each value of their `enum`. A request may begin with a base path or not, so a URL that cannot be read is reported
and left out. A list has at most MAXIMUM_BASE_PATHS, since a request without a route is looked up below each.
"""

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import Any, Final
from urllib.parse import quote

from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems, describe
from mockwave.paths import literal_key
from mockwave.pointers import pointer_below

MAXIMUM_BASE_PATHS: Final = 32
MAXIMUM_VALUES: Final = 16  # of a variable that are tried
MAXIMUM_CHARACTERS: Final = 2000  # of a base path: each operation with servers of its own has copies of its own

# A scheme and a host; or, though it is not a URL, a host with a port.
_BEFORE_PATH = re.compile(r"(?:[^/?#]*:)?//[^/?#]*|[^/?#]*:\d+(?=[/?#]|$)")
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_VARIABLE = re.compile(r"\{([^{}]+)\}")


class ServerReader:
    """Reads the servers of one document."""

    def __init__(self, document: dict[str, Any], references: References, problems: Problems) -> None:
        self._references = references
        self._problems = problems
        base_path = document.get("basePath")
        urls = [_path_of(base_path)] if isinstance(base_path, str) else []
        urls += self._read_list(Located(document.get("servers"), "/servers")) or []
        self.base_paths = tuple(dict.fromkeys(map(_as_sent, self._limit(urls, "/servers"))))
        """The distinct base paths of the root, as sent, without ""."""
        self._root = frozenset(map(_as_key, self.base_paths))

    def read_own(self, servers: Located, inherited: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Returns the base paths of a path item or an operation, as keys of path patterns (`mockwave.paths`), without
        ""; None if the root's apply. `inherited` are its base paths if it has no servers."""
        paths = self._read_list(servers)
        if paths is None:
            return inherited
        keys = tuple(dict.fromkeys(map(_as_key, self._limit(paths, servers.pointer))))
        return None if self._root == frozenset(keys) else keys

    def _read_list(self, servers: Located) -> list[str] | None:
        """The paths of all URLs in a list of servers; None if there is none."""
        if servers.node is None or servers.node == []:  # then it is "/" (§4.8.1), or inherited
            return None
        if not isinstance(servers.node, list):
            self._problems.add(servers.pointer, f"expected a list of servers, got {describe(servers.node)}; left out")
            return None
        paths: list[str] | None = None
        for index, node in enumerate(servers.node):
            server = self._references.follow(node, f"{servers.pointer}/{index}")
            if server is None:
                continue
            if not isinstance(server.node, dict) or not isinstance(server.node.get("url"), str):
                message = f"expected a server with a url, got {describe(server.node)}; it is left out"
                self._problems.add(server.pointer, message)
                continue
            paths = paths or []
            paths += self._paths_of(server.node["url"], server.node.get("variables"), server.pointer)
        return paths

    def _paths_of(self, url: str, variables: Any, pointer: str) -> Iterator[str]:
        """The paths of `url` with each value of its variables, defaults first."""
        parts = _VARIABLE.split(url)
        values = [_values_of(name, variables) for name in parts[1::2]]
        for chosen in islice(product(*values), MAXIMUM_BASE_PATHS):
            path = _path_of("".join(each for pair in zip(parts[::2], (*chosen, ""), strict=True) for each in pair))
            unknown = _VARIABLE.search(path)
            if unknown is None:
                yield path
            else:
                message = f"the variable {unknown[1][:80]} has no default; requests cannot begin with this path"
                self._problems.add(pointer_below(pointer, "url"), message)

    def _limit(self, paths: list[str], pointer: str) -> tuple[str, ...]:
        """The distinct paths without "", up to the maximum."""
        found = tuple(path for path in dict.fromkeys(paths) if path and len(path) <= MAXIMUM_CHARACTERS)
        if any(len(path) > MAXIMUM_CHARACTERS for path in paths):
            message = f"a path of a server may have {MAXIMUM_CHARACTERS} characters; longer ones are left out"
            self._problems.add(pointer, message)
        if len(found) > MAXIMUM_BASE_PATHS:
            message = f"requests may begin with at most {MAXIMUM_BASE_PATHS} paths of servers; the others are left out"
            self._problems.add(pointer, message)
        return found[:MAXIMUM_BASE_PATHS]


def _values_of(name: str, variables: Any) -> list[str]:
    """The values of the variable `name`, its default first; the variable itself if it is not declared."""
    variable = variables.get(name) if isinstance(variables, dict) else None
    if not isinstance(variable, dict):
        return [f"{{{name}}}"]
    listed = variable.get("enum")
    given = [variable.get("default"), *(listed if isinstance(listed, list) else ())]
    values = [str(each) for each in given if isinstance(each, str | int | float) and not isinstance(each, bool)]
    return list(dict.fromkeys(values))[:MAXIMUM_VALUES] or [f"{{{name}}}"]


def _path_of(url: str) -> str:
    """The path of a URL, or of a reference relative to the root, without "/" at the end (RFC 3986 §5.2.4)."""
    host = _BEFORE_PATH.match(url)
    path = re.split("[?#]", url if host is None else url[host.end() :], maxsplit=1)[0].strip()
    segments: list[str] = []
    for segment in path.removeprefix("/").split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment != ".":
            segments.append(segment)
    return f"/{'/'.join(segments)}".rstrip("/")


def _as_sent(path: str) -> str:
    """The path as clients send it: written escapes are kept, and characters that cannot stand in a URL are escaped."""
    return quote(_NO_ESCAPE.sub("%25", path), safe="/%!$&'()*+,;=:@~")


def _as_key(path: str) -> str:
    """The key of the path pattern for exactly `path`, all literal text."""
    return "/".join(literal_key(segment) for segment in path.split("/"))
