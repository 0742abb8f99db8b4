"""Half surrogate pairs in documents: JSON can write them (`"\\ud800"`), though they are not characters.

They have no UTF-8 form, so a text that contains one cannot be stored or sent. Each is replaced by U+FFFD, as browsers
do (encoding.spec.whatwg.org §4.2), and reported.
"""

import re
from typing import Any

from mockwave.openapi.document.report import Problems
from mockwave.openapi.document.trees import Place, change_values, find_pointer

_HALF = re.compile("[\ud800-\udfff]")
_ESCAPED_HALF = re.compile(rb"\\u[dD]")
_ENCODED_HALF = re.compile(b"\xed[\xa0-\xbf]")  # their UTF-8, if RFC 3629 §3 allowed one
REPLACEMENT = "\ufffd"


def may_hold_surrogates(text: bytes) -> bool:
    """Whether the text of a document, in UTF-8, contains half a pair, or an escape that may be one."""
    if _ESCAPED_HALF.search(text) is not None:
        return True
    return b"\xed" in text and _ENCODED_HALF.search(text) is not None  # the first test is ten times as fast


def join_halves(text: str) -> str:
    """`text` with each pair of halves (JSON's escape of a character beyond U+FFFF) replaced by that character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if _HALF.search(text) else text


def replace_surrogates(tree: Any, problems: Problems) -> Any:
    """Returns `tree` with each half pair replaced; objects and arrays are changed in place."""

    def replace(value: Any, place: Place) -> Any:
        if not isinstance(value, str) or _HALF.search(value) is None:
            return value
        pointer = _HALF.sub(REPLACEMENT, find_pointer(place))
        problems.add(pointer, "half of a surrogate pair is not a character; U+FFFD takes its place")
        return _HALF.sub(REPLACEMENT, value)

    return change_values(tree, replace)
