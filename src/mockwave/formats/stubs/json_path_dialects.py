"""JSONPaths as other tools write them → RFC 9535, which rules take.

The dialects are older than the RFC. All take names with hyphens after a dot, and a path without `$`. Jayway's, which
WireMock and MockServer have, adds the following; its filter at the root also tests a root that is an object itself,
while the RFC's tests the values of its members.

    @.name =~ /re/i           match(@.name, 're'), as far as I-Regexp (RFC 9485) can say it
    @.items.size() == 2       length(@.items) == 2
    @.tags contains 'a'       an item of an array, or a part of a text
    @.plan in ['a', 'b']      one of several
    $.items.length()          a number, beside an operator on it

What is not known stays as it is, so that the rule is refused with the reason.
"""

import re
from typing import Any, Final

from mockwave.formats.stubs.expressions import escape_regex
from mockwave.formats.tree_values import Tree, whole_number

MAXIMUM_CHARACTERS: Final = 2_000  # of a JSONPath in a rule

# Texts, expressions and fractions wait under characters of the private area while the syntax around them is changed.
_HELD = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|=~\s*/(?:[^/\\]|\\.)*/[A-Za-z]*|(?<![\w.\])'"-])-?\d+\.\d+(?:[eE][+-]?\d+)?"""
)
_PRIVATE: Final = 0xE000
_MAXIMUM_HELD: Final = 1_000
_HOLD: Final = "[\ue000-\ue3e7]"

_OPERAND: Final = r"([@$](?:\.\.?[^\W\d]\w*|\[[^\[\]?]*\])*)"
_NAME = re.compile(r"(\.\.?)(?![\[(*])([\w@#/-]+)")
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")
_LENGTH = re.compile(_OPERAND + r"\.(?:length|size)\(\)")
_SIZE = re.compile(_OPERAND + r"\s+size\s+(\d+)")
_REGEX = re.compile(_OPERAND + rf"\s*({_HOLD})")
_IN = re.compile(_OPERAND + r"\s+(n?in)\s*\[([^\[\]]*)\]")
_CONTAINS = re.compile(_OPERAND + rf"\s+contains\s+({_HOLD}|-?\d+|true|false|null)")
_EMPTY = re.compile(_OPERAND + r"\s+empty\s+(true|false)")
_AFTER_ALL = re.compile(r"(?:\[\*\]|\.\*)\[\s*\?")  # whose filter tests each value itself, as the RFC's does
_LENGTH_AT_END = re.compile(r"\.(?:length|size)\(\)$")
_NUMBERS: Final = {"equalTo": "==", "equalToNumber": "==", "greaterThanNumber": ">", "lessThanNumber": "<"} | {
    "greaterThanEqualNumber": ">=",
    "lessThanEqualNumber": "<=",
}


def read_json_path(path: str) -> str:
    """Returns the JSONPath of the RFC."""
    text = path.strip()
    if len(text) > MAXIMUM_CHARACTERS:
        return path
    held: list[str] = []
    text = _hold(text, held)
    if len(held) > _MAXIMUM_HELD:
        return path
    if not text.startswith("$"):
        text = "$" + text if text.startswith((".", "[")) else f"$.{text}"
    text = re.sub(r"(?<!\.)\.\[", "[", text)
    text = re.sub(r"\[\(@\.(?:length|size)(?:\(\))?\s*-\s*(\d+)\)\]", r"[-\1]", text)
    at_end = _LENGTH_AT_END.search(text)
    if at_end is not None:
        text = text[: at_end.start()]
    text = _NAME.sub(lambda match: _write_name(match, text), text)
    text = _LENGTH.sub(r"length(\1)", text)
    text = _SIZE.sub(r"length(\1) == \2", text)
    text = _EMPTY.sub(lambda match: f"length({match[1]}) {'==' if match[2] == 'true' else '!='} 0", text)
    text = _IN.sub(_write_choice, text)
    text = _CONTAINS.sub(lambda match: _write_contains(match, held), text)
    text = _REGEX.sub(lambda match: _write_match(match, held), text)
    return _restore(text, held) + (at_end[0] if at_end is not None else "")


def read_jayway(given: Any) -> Tree:
    """Returns the operators of a `matchesJsonPath`: a text, or `{expression, operator}` whose operator is read."""
    expression = given.get("expression") if isinstance(given, dict) else given
    if not isinstance(expression, str):
        return {"matchesJsonPath": given}
    path = _AFTER_ALL.sub("[?", read_json_path(expression))
    rest = {key: value for key, value in given.items() if key != "expression"} if isinstance(given, dict) else {}
    counted = _read_count(path, rest)
    if counted is not None:
        return counted
    split = _split_root_filter(path)
    if split is None or _AFTER_ALL.search(expression) or _from_root(split[0]) == split[0]:
        return {"matchesJsonPath": {"expression": path, **rest} if isinstance(given, dict) else path}
    test, tail = split
    of_array: Tree = {"matchesJsonPath": {"expression": path, **rest} if rest else path, "matchesJsonSchema": ARRAY}
    of_object: Tree = {"matchesJsonPath": f"$[?{_from_root(test)}]", "matchesJsonSchema": OBJECT}
    if tail or rest:
        below = f"${tail}"
        of_object = {"and": [of_object, {"matchesJsonPath": {"expression": below, **rest} if rest else below}]}
    return {"or": [of_object, of_array]}


ARRAY: Final = {"type": "array"}
OBJECT: Final = {"type": "object"}


def _read_count(path: str, rest: Tree) -> Tree | None:
    """The operators for a path that ends in `.length()`; None for others, and where the operator is not on a number."""
    end = _LENGTH_AT_END.search(path)
    if end is None:
        return None
    base = path[: end.start()]
    if not rest:
        return {"matchesJsonPath": f"$[?length({base}) >= 0]"}
    tests = [
        f"length({base}) {_NUMBERS[name]} {whole_number(value)}"
        for name, value in rest.items()
        if name in _NUMBERS and whole_number(value) is not None
    ]
    return {"matchesJsonPath": f"$[?{' && '.join(tests)}]"} if len(tests) == len(rest) else None


def _hold(text: str, held: list[str]) -> str:
    def take(match: re.Match[str]) -> str:
        held.append(match[0])
        return chr(_PRIVATE + min(len(held) - 1, _MAXIMUM_HELD - 1))

    return _HELD.sub(take, text)


def _restore(text: str, held: list[str]) -> str:
    return re.sub(_HOLD, lambda match: held[ord(match[0]) - _PRIVATE], text)


def _write_name(match: re.Match[str], text: str) -> str:
    dots, name = match[1], match[2]
    if _PLAIN_NAME.fullmatch(name) or text[match.end() : match.end() + 1] == "(":
        return match[0]
    return f"{'..' if dots == '..' else ''}['{name}']"


def _write_choice(match: re.Match[str]) -> str:
    choices = [each.strip() for each in match[3].split(",") if each.strip()]
    either = " || ".join(f"{match[1]} == {each}" for each in choices) or "false == true"
    return f"!({either})" if match[2] == "nin" else f"({either})"


def _write_contains(match: re.Match[str], held: list[str]) -> str:
    operand, wanted = match[1], match[2]
    if ord(wanted[0]) < _PRIVATE:
        return f"{operand}[?@ == {wanted}]"
    text = held[ord(wanted) - _PRIVATE]
    if text[0] not in "'\"":
        return f"{operand}[?@ == {wanted}]"
    plain = re.sub(r"\\(.)", r"\1", text[1:-1])
    held.append(_quote(escape_regex(plain).replace("\\$", "$").replace("\\^", "^")))
    if len(held) > _MAXIMUM_HELD:
        return match[0]
    return f"({operand}[?@ == {wanted}] || search({operand}, {chr(_PRIVATE + len(held) - 1)}))"


def _write_match(match: re.Match[str], held: list[str]) -> str:
    given = held[ord(match[2]) - _PRIVATE]
    if not given.startswith("=~"):
        return match[0]
    pattern, _, flags = given[2:].strip()[1:].rpartition("/")
    written = write_i_regexp(pattern, ignores_case="i" in flags)
    if written is None or len(held) >= _MAXIMUM_HELD:
        return match[0]
    held.append(_quote(written))
    return f"match({match[1]}, {chr(_PRIVATE + len(held) - 1)})"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


_CLASSES: Final = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \\t\\n\\r"}
_ESCAPABLE: Final = frozenset("()*+-.?[\\]^{|}nrt")


def write_i_regexp(pattern: str, *, ignores_case: bool = False) -> str | None:
    """Returns the I-Regexp (RFC 9485) that matches the same whole texts; None if there is none."""
    if pattern.startswith("(?i)"):
        pattern, ignores_case = pattern[4:], True
    pattern = pattern.removeprefix("^")
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        pattern = pattern[:-1]
    pieces: list[str] = []
    in_class = False
    position = 0
    while position < len(pattern):
        character = pattern[position]
        following = pattern[position + 1 : position + 2]
        position += 1
        if character == "\\":
            position += 1
            known = _CLASSES.get(following.lower()) if following else None
            if known is not None and following.islower():
                pieces.append(known if in_class else f"[{known}]")
            elif known is not None and not in_class:
                pieces.append(f"[^{known}]")
            elif not following or (following.isalnum() and following not in _ESCAPABLE):
                return None
            else:
                pieces.append(f"\\{following}" if following in _ESCAPABLE else following)
        elif character in "^$" and not (in_class and pieces[-1] == "["):
            return None
        elif character == "(" and following == "?" and not in_class:
            if not pattern.startswith("?:", position):
                return None
            pieces.append("(")
            position += 2
        elif character in "*+?}" and following == "?" and not in_class:
            pieces.append(character)  # a reluctant quantifier makes no difference to whether the whole text matches
            position += 1
        elif ignores_case and character.isalpha() and character.lower() != character.upper():
            if in_class and (following == "-" or pieces[-1] == "-"):
                return None
            both = character.lower() + character.upper()
            pieces.append(both if in_class else f"[{both}]")
        else:
            in_class = character == "[" or (in_class and character != "]")
            pieces.append(character)
    return "".join(pieces)


def _split_root_filter(path: str) -> tuple[str, str] | None:
    """The test of a filter on the root, and what follows the filter; None of other paths."""
    held: list[str] = []
    text = _hold(path, held)
    if not re.match(r"\$\[\s*\?", text) or len(held) > _MAXIMUM_HELD:
        return None
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "]" and depth == 0:
            inside = text[text.index("?") + 1 : position]
            return _restore(inside, held), _restore(text[position + 1 :], held)
    return None


def _from_root(test: str) -> str:
    """The test with the root where it has the current value, but for the filters within it."""
    held: list[str] = []
    text = _hold(test, held)
    written: list[str] = []
    depths: list[bool] = []  # of each bracket that is open, whether it is a filter
    for position, character in enumerate(text):
        if character == "[":
            depths.append(text[position + 1 :].lstrip().startswith("?"))
        elif character == "]" and depths:
            depths.pop()
        written.append("$" if character == "@" and not any(depths) else character)
    return _restore("".join(written), held)
