r"""Spellings of Java's regular expressions that stubs of WireMock have, in those of ECMA-262.

`\Q…\E` quotes a text, `\h` is a horizontal space. Within brackets, `&&[` would ask for an intersection; as ECMA-262
reads it as three characters, it is refused rather than misunderstood.
"""

import re
from typing import Final

from mockwave.patterns.bounded import PatternRefused

HORIZONTAL: Final = r"\t \xA0\u1680\u180E\u2000-\u200A\u202F\u205F\u3000"

# An escape or a quoted text, the beginning and the end of a class, or a part of an intersection.
_PART: Final = re.compile(r"\\Q(.*?)(?:\\E|\Z)|\\(.)|(\[\^?\]?)|(\])|(&&\[)", re.DOTALL)
_SYNTAX: Final = re.compile(r"([\\^$.*+?()\[\]{}|/-])")


def translate_java(pattern: str) -> str:
    """Returns `pattern` without Java's own spellings. Raises PatternRefused."""
    if "\\" not in pattern and "&&[" not in pattern:
        return pattern
    made, end, is_in_class = [], 0, False
    for part in _PART.finditer(pattern):
        made.append(pattern[end : part.start()])
        end = part.end()
        quoted, escaped, opens, closes, intersects = part.groups()
        text = part[0]
        if quoted is not None:
            text = _SYNTAX.sub(r"\\\1", quoted)
        elif escaped == "h":
            text = HORIZONTAL if is_in_class else f"[{HORIZONTAL}]"
        elif escaped == "E":
            text = ""
        elif opens and not is_in_class:
            is_in_class = True
        elif closes:
            is_in_class = False
        elif intersects and is_in_class:
            raise PatternRefused("&& within brackets is not understood; write the characters that are meant")
        made.append(text)
    return "".join(made) + pattern[end:]
