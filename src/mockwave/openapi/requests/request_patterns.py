"""Patterns as strict engines take them: what ECMA-262 tolerates for the sake of old web pages (Annex B.1.2) is escaped.

A brace or bracket that opens or closes nothing stands for itself, and so does a hyphen beside `\\d` and its like in a
class (`[\\w-.]`); to stricter engines these are errors, and `[` and `&&` in a class mean more than themselves. Python's
`(?P<name>` becomes `(?<name>`. Anything else that an engine refuses stays as it is.
"""

import re
from functools import lru_cache

_TOKEN = re.compile(
    r"""(?P<escape>\\(?:[pPux]\{[^{}]*\}|k<[^<>]*>|.))
        |(?P<open>\((?:\?(?:[:=!]|<[=!]|P?<[^<>]*>))?)
        |(?P<any>\[\^\])|(?P<none>\[\])
        |(?P<class>\[(?:\\.|[^\]\\])*\])
        |(?P<count>\{[0-9]+(?:,[0-9]*)?\})
        |(?P<lone>[{}\]])
        |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_CLASS_PART = re.compile(r"\\(?:[pPux]\{[^{}]*\}|.)|.", re.DOTALL)
_SETS = frozenset(("\\d", "\\D", "\\w", "\\W", "\\s", "\\S"))
_NOT_REPEATED = frozenset("|^*+?")


@lru_cache(maxsize=4096)
def spell_strictly(pattern: str) -> str:
    """Returns the same pattern without constructs that strict engines refuse."""
    written = []
    is_repeatable = False  # whether a count may follow here
    for match in _TOKEN.finditer(pattern):
        kind, text = match.lastgroup, match[0]
        if kind == "open":
            text = text.replace("(?P<", "(?<")
        elif kind == "any":
            text = "[\\s\\S]"
        elif kind == "none":
            text = "(?!)"
        elif kind == "class":
            text = _spell_class(text)
        elif kind == "lone" or (kind == "count" and not is_repeatable):
            text = re.sub(r"[{}\]]", r"\\\g<0>", text)
        is_repeatable = kind != "open" and text not in _NOT_REPEATED and not (kind == "count" and is_repeatable)
        written.append(text)
    return "".join(written)


def _spell_class(text: str) -> str:
    start = 2 if text.startswith("[^") else 1
    parts = _CLASS_PART.findall(text[start:-1])
    written = [text[:start]]
    for index, part in enumerate(parts):
        beside = parts[max(index - 1, 0) : index + 2]
        is_hyphen = part == "-" and any(each in _SETS or each[:2] in ("\\p", "\\P") for each in beside)
        written.append(f"\\{part}" if part in ("[", "&", "~") or is_hyphen else part)
    return "".join(written) + "]"
