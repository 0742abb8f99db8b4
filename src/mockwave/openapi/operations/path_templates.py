"""Path templates of documents, brought into the grammar of path patterns (`mockwave.paths`).

OpenAPI knows only `{name}` (3.1 §4.8.8.2), but documents come from frameworks and tools that know more: RFC 6570's
operators (`{?page}`, `{&page}`, `{#part}`, `{+path}`, `{/id}`, `{;id}`, `{.ext}`) and modifiers (`{id*}`, `{id:3}`),
regular expressions (`{id:[0-9]+}`), defaults and patterns (`{name=projects/*}`), optional and greedy parameters.

Parts of a query or a fragment are not part of a path. A parameter stands for one segment or a part of one, whatever its
expression says. If the expression allows slashes and is the whole last segment, it is the rest of the path. A `%` that
does not begin an escape can only mean itself.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

# Most paths are already in the grammar; the others are handled below.
ORDINARY_TEMPLATE: Final = re.compile(
    r"/(?:[^%?#*\s{}]++|\{[^%?#*+\s{}:;&=!|,/.@]++(?:\.[^%?#*+\s{}:;&=!|,/.@]++)*+\})*+"
)

_SPACES: Final = " \t\r\n"  # other control characters, such as U+0085, never stand there by mistake
_NAMES = re.compile(r"\{([^{}]*)\}")
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LEADS = re.compile(r"(;(?:[^;={}/]+=)?|\.)\{([^{}]+)\}")
_NEGATED_CLASS = re.compile(r"\[\^[^\]]*\]")
_SUFFIX = re.compile(r"(?:[*+?]|\.\.\.)$")  # RFC 6570's explode, AWS' greedy, an optional parameter, Ktor's tail
_ANY_TEXT: Final = frozenset((".*", ".+", ".*?", ".+?", "*", "**", "path"))  # expressions and converters
_NOT_OF_PATH: Final = "?&#"  # operators of RFC 6570 §3.2.7 to §3.2.9


class _Piece(NamedTuple):
    """Literal text, or the text between the braces of a parameter."""

    text: str
    is_parameter: bool


def bring_into_grammar(template: str) -> str:
    """Returns the path pattern nearest to `template`, with distinct names of parameters. If there is none, `parse_path`
    says why."""
    if ORDINARY_TEMPLATE.fullmatch(template) is not None:
        if template.count("{") < 2:
            return template
        names = _NAMES.findall(template)
        return template if len(set(names)) == len(names) else _name_once_each(template)
    pieces = _split(template.strip(_SPACES))
    if pieces is None:
        return _escape_percent_signs(template.strip(_SPACES))
    written = "".join(_write(pieces))
    return _name_once_each(written if written.startswith("/") else f"/{written}")


def explain_change(template: str, pattern: str) -> str:
    """Says in the report why `template` is served as the different text `pattern`."""
    if pattern == _escape_percent_signs(template):
        return f"the path is served as {pattern}; a % that does not begin an escape means itself"
    return f"the path is served as {pattern}; the rest of it cannot be expressed"


def find_leads(template: str, pattern: str) -> dict[str, str]:
    """The text of each parameter that stands in the pattern itself, by name: for `/a{;x}`, the `;x=` before `{x}`."""
    if "{;" not in template and "{." not in template:
        return {}
    return {name: lead for lead, name in _LEADS.findall(pattern)}


def _escape_percent_signs(text: str) -> str:
    return _NO_ESCAPE.sub("%25", text)


def _split(template: str) -> list[_Piece] | None:
    """The pieces of `template`, up to a query or a fragment; None if a brace is not closed."""
    pieces: list[_Piece] = []
    start = position = 0
    while position < len(template) and template[position] not in "?#":
        if template[position] != "{":
            position += 1
            continue
        end = _end_of_parameter(template, position)
        if end is None:
            return None
        pieces += (_Piece(template[start:position], False), _Piece(template[position + 1 : end], True))
        start = position = end + 1
    pieces.append(_Piece(template[start:position], False))
    return [piece for piece in pieces if piece.text or piece.is_parameter]


def _end_of_parameter(template: str, start: int) -> int | None:
    """The position at which the brace that opens at `start` closes. In a regular expression braces come in pairs,
    except escaped ones and those in a character class."""
    depth, is_expression, is_in_class = 0, False, False
    position = start
    while position < len(template):
        character = template[position]
        if is_expression and character == "\\":
            position += 2
            continue
        if is_in_class:
            is_in_class = character != "]"
        elif is_expression and character == "[":
            is_in_class = True
            position += template.startswith("^", position + 1)
            position += template.startswith("]", position + 1)  # at the start of a class it is an ordinary character
        elif character == ":":
            is_expression = True
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return None


def _write(pieces: list[_Piece]) -> Iterator[str]:
    """The text of each piece, in the grammar."""
    kept = [piece for piece in pieces if not (piece.is_parameter and piece.text.strip()[:1] in tuple(_NOT_OF_PATH))]
    before = ""
    for index, piece in enumerate(kept):
        if not piece.is_parameter:
            written = _escape_percent_signs(piece.text)
        else:
            is_last = index == len(kept) - 1
            written = _write_parameter(piece.text.strip(), before.endswith("/"), is_last)
        before = written
        yield written


def _write_parameter(expression: str, begins_segment: bool, is_last: bool) -> str:
    """The parameters of an expression; `is_last` if nothing follows it in the path."""
    if expression.startswith("{") and expression.endswith("}"):
        expression = expression[1:-1].strip()  # doubled, as Postman writes it
    operator = expression[:1]
    if operator == "/":
        names = expression[1:].split(",")
        return "".join(
            "/" + _write_variable(name, True, is_last and number == len(names)) for number, name in enumerate(names, 1)
        )
    if operator == ";":
        return "".join(map(_write_matrix, expression[1:].split(",")))
    if operator == ".":
        return "".join(f".{{{_name_of(name)}}}" for name in expression[1:].split(","))
    name, is_template, template = expression.partition("=")
    if is_template and "*" in template and ":" not in name:
        return _write_template(name.strip(), template, begins_segment, is_last)
    return _write_variable(expression, begins_segment, is_last)


def _write_variable(expression: str, begins_segment: bool, is_last: bool) -> str:
    name = _name_of(expression)
    if begins_segment and is_last and _takes_slashes(expression):
        return f"{{{name}:*}}"
    return f"{{{name}}}"


def _write_matrix(variable: str) -> str:
    """A variable of `{;id}`. An exploded one, `{;id*}`, names its members, or itself for each item."""
    name = _name_of(variable)
    return f";{{{name}}}" if variable.rstrip().endswith("*") else f";{name}={{{name}}}"


def _name_of(expression: str) -> str:
    """The name in an expression."""
    name = re.split("[:=]", expression, maxsplit=1)[0].strip().lstrip("+*")
    return _SUFFIX.sub("", name).strip()


def _takes_slashes(expression: str) -> bool:
    """Whether the value of an expression may be several segments."""
    name, _, matched = expression.partition(":")
    if name.startswith(("+", "*")) or name.rstrip().endswith(("*", "+", "...")):
        return True
    matched = matched.strip().removeprefix("^").removesuffix("$")
    if matched.startswith("(") and matched.endswith(")"):
        matched = matched[1:-1]
    return matched in _ANY_TEXT or "/" in _NEGATED_CLASS.sub("", matched)


def _write_template(name: str, template: str, begins_segment: bool, is_last: bool) -> str:
    """The segments of Google's `{name=template}` (google.api.http), each `*` a parameter, a last `**` the rest."""
    segments = template.strip().split("/")
    written = []
    for number, segment in enumerate(segments, 1):
        is_rest = segment == "**" and is_last and number == len(segments) and (number > 1 or begins_segment)
        written.append(f"{{{name}:*}}" if is_rest else f"{{{name}}}" if segment in ("*", "**") else segment)
    return "/".join(written)


def _name_once_each(pattern: str) -> str:
    """`pattern` with a new name for each parameter that repeats an earlier name."""
    taken = set(_NAMES.findall(pattern))
    seen: dict[str, int] = {}

    def rename(match: re.Match[str]) -> str:
        name, _, rest = match[1].partition(":*")
        seen[name] = seen.get(name, 0) + 1
        if seen[name] == 1:
            return match[0]
        number = seen[name]
        while f"{name}_{number}" in taken:
            number += 1
        taken.add(f"{name}_{number}")
        return f"{{{name}_{number}{':*' if match[1].endswith(':*') else rest}}}"

    return _NAMES.sub(rename, pattern)
