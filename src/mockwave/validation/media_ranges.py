"""Media types against the ranges that documents declare: `application/*`, `*/*`, `application/*+json`."""

import re
from collections.abc import Sequence

from mockwave.openapi.media_types import essence_of

_BOUNDARY = re.compile(r""";\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;"]+))""", re.IGNORECASE)


def covers(media_range: str, media_type: str) -> bool:
    """Whether `media_type` is in `media_range`. Parameters do not count."""
    return closeness(media_range, media_type) > 0


def closeness(media_range: str, media_type: str) -> int:
    """How narrowly `media_range` covers `media_type`; 0: not at all."""
    wanted, given = essence_of(media_range), essence_of(media_type)
    if wanted == given:
        return 4
    wanted_type, _, wanted_subtype = wanted.partition("/")
    given_type, _, given_subtype = given.partition("/")
    if wanted_type not in ("*", given_type) or not given_subtype:
        return 0
    if wanted_subtype.startswith("*+"):
        return 3 if given_subtype.endswith(wanted_subtype[1:]) else 0
    if wanted_subtype != "*":
        return 0
    return 2 if wanted_type != "*" else 1


def choose_range(media_ranges: Sequence[str], media_type: str) -> int | None:
    """The index of the narrowest range that covers `media_type`; None: there is none."""
    best = max(range(len(media_ranges)), key=lambda index: closeness(media_ranges[index], media_type), default=None)
    return None if best is None or not closeness(media_ranges[best], media_type) else best


def read_boundary(content_type: str) -> str:
    """The boundary parameter of a multipart media type; "" without one."""
    match = _BOUNDARY.search(content_type)
    return "" if match is None else match[1] or match[2] or ""
