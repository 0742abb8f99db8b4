"""Request bodies that are not JSON text (RFC 8259): what is wrong with one, and at which line and column."""

import json
import re

from mockwave.management.long_texts import LONG_BYTES
from mockwave.model import Violation
from mockwave.problems import Refusal

BYTE_ORDER_MARKS: dict[bytes, str] = {
    b"\xef\xbb\xbf": "UTF-8",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}

TOO_DEEP = "arrays and objects are nested too deeply"
TOO_LARGE = "a number in it is too large to be read"

_BYTE = re.compile(r"(?:JSON is malformed: )?(?P<reason>.*) \(byte (?P<offset>\d+)\)")


def refuse_malformed(body: bytes, error: Exception, *, is_shortened: bool = False) -> Refusal:
    """The Refusal of a body that is not JSON text; in a shortened body, places differ from those in the sent one."""
    rule, reason, offset = _find_fault(body, error)
    where = ""
    if offset is not None and not is_shortened:
        line = body.count(b"\n", 0, offset) + 1
        column = len(body[body.rfind(b"\n", 0, offset) + 1 : offset].decode(errors="replace")) + 1
        where = f" (line {line}, column {column})"
    message = f"the request body is not JSON: {reason}{where}"
    violation = Violation(location="body", pointer="", rule=rule, message=message)
    return Refusal(400, "malformed-json", message, [violation])


def _find_fault(body: bytes, error: Exception) -> tuple[str, str, int | None]:
    """Returns the rule that the body breaks, why, and at which byte."""
    if not body.strip():
        return "empty", "it is empty; expected an object", None
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if body.startswith(mark):
            return "encoding", f"it starts with a byte order mark ({encoding}); send UTF-8 without one", 0
    if isinstance(error, RecursionError):
        return "depth", TOO_DEEP, None
    value: object = None
    try:
        text = body.decode()
        if len(body) < LONG_BYTES:  # its reasons are better, but it takes longer
            value = json.loads(text)
    except UnicodeDecodeError as fault:
        return "encoding", f"byte 0x{body[fault.start]:02X} is not UTF-8", fault.start
    except json.JSONDecodeError as fault:
        return "syntax", f"{fault.msg[:1].lower()}{fault.msg[1:]}", len(text[: fault.pos].encode())
    except RecursionError:
        return "depth", TOO_DEEP, None
    except ValueError:
        # Python reads integers of at most a few thousand digits.
        return "range", TOO_LARGE, None
    surrogate = _find_surrogate(value)
    if surrogate is not None:
        return "encoding", f"{surrogate} is half of a surrogate pair, which is not a character", None
    # Python's reader accepts what msgspec refuses: NaN, Infinity, and numbers beyond the range of a double.
    located = _BYTE.fullmatch(str(error))
    if located is None and len(body) >= LONG_BYTES and "truncated" in str(error):
        return "syntax", "it is cut short", len(body)
    if located is None:
        return "range", TOO_LARGE, None
    return "syntax", located["reason"], int(located["offset"])


def _find_surrogate(value: object) -> str | None:
    """The first lone surrogate in any text of the tree, as it would be written in JSON."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            found = re.search(r"[\ud800-\udfff]", item)
            if found is not None:
                return f"\\u{ord(found[0]):04x}"
        elif isinstance(item, dict):
            pending += [*item.values(), *item]
        elif isinstance(item, list):
            pending += item
    return None
