"""Names of media types in a document: a name that is not one is read as the one that is meant, and reported."""

from typing import Any

from mockwave.bodies.media_types import find_meant, sendable_media_type
from mockwave.openapi.document.references import Located
from mockwave.openapi.document.report import Problems, describe


def read_name(name: str, pointer: str, problems: Problems) -> str | None:
    """Returns the media type or range that `name`, found at `pointer`, means; None if it means none."""
    if sendable_media_type(name) is not None:
        return name
    meant = find_meant(name)
    if not meant:
        problems.add(pointer, f"{name[:80]!r} is not a media type; its content is left out")
        return None
    problems.add(pointer, f"{name[:80]!r} is not a media type; it is read as {meant}")
    return meant


def read_names(listed: Located, problems: Problems) -> list[str]:
    """Returns the distinct media types of Swagger 2.0's `consumes` or `produces`; none if there is no list."""
    names: dict[str, None] = {}
    nodes: Any = [listed.node] if isinstance(listed.node, str) else listed.node
    for index, node in enumerate(nodes if isinstance(nodes, list) else ()):
        place = f"{listed.pointer}/{index}"
        if isinstance(node, str):
            name = read_name(node, place, problems)
            if name is not None:
                names[name] = None
        else:
            problems.add(place, f"expected a media type, got {describe(node)}; it is left out")
    return list(names)
