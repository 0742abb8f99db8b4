"""Half surrogate pairs in documents: JSON can write them (`"\\ud800"`), though they stand for no character.

They have no UTF-8 form, so nothing that holds one can be stored or sent. Each is replaced by U+FFFD, as in the UTF-8 of
every browser (encoding.spec.whatwg.org §4.2), and reported.
"""

import re
from typing import Any

from mockwave.openapi.report import Problems, pointer_below

_HALF = re.compile("[\ud800-\udfff]")
_ENCODED_HALF = re.compile(b"\xed[\xa0-\xbf]")  # their UTF-8, were they allowed one (RFC 3629 §3)
REPLACEMENT = "\ufffd"


def may_hold_surrogates(text: bytes) -> bool:
    """Whether the text of a document, in UTF-8, has half a pair in it, or an escape that may be one."""
    return b"\\ud" in text or b"\\uD" in text or _ENCODED_HALF.search(text) is not None


def replace_surrogates(node: Any, problems: Problems, pointer: str = "") -> Any:
    """`node` with each half pair replaced; objects and arrays are changed in place."""
    root = {"": node}
    waiting: list[tuple[Any, str]] = [(root, pointer)]
    while waiting:
        holder, place = waiting.pop()
        keys: Any = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            child = holder[key]
            below = place if holder is root else pointer_below(place, key)
            if isinstance(key, str) and _HALF.search(key):
                del holder[key]
                below = _HALF.sub(REPLACEMENT, below)
                key = _HALF.sub(REPLACEMENT, key)
                holder[key] = child
                _report(problems, below)
            if isinstance(child, str) and _HALF.search(child):
                holder[key] = _HALF.sub(REPLACEMENT, child)
                _report(problems, below)
            elif isinstance(child, dict | list):
                waiting.append((child, below))
    return root[""]


def _report(problems: Problems, pointer: str) -> None:
    problems.add(pointer, "half of a surrogate pair stands for no character; U+FFFD takes its place")
