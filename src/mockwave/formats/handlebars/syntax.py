"""The syntax of Handlebars (handlebarsjs.com): a text is a tree of texts, calls that write something, and blocks.

    {{a.b}}  {{{a}}}  {{helper 'x' 7 (inner y) name='z'}}  {{#block x}} … {{else}} … {{/block}}  {{^x}} … {{/x}}
    {{! comment }}  {{!-- comment --}}  \\{{text}}  {{~trims~}}

A reference is read as a call without arguments: which of the two it is depends on the helpers of the dialect.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

MAXIMUM_DEPTH: Final = 20  # of blocks, and of calls in each other


class Literal(Struct, frozen=True):
    value: str | int | float | bool | None


class Reference(Struct, frozen=True):
    """A path as it stands: `request.query.[a b].0`, `this.name`, `../id`, `@index`."""

    path: str


class Call(Struct, frozen=True):
    """A helper with its arguments; a reference where there are none. `names`: those of `as |item index|`."""

    name: str
    positional: "tuple[Argument, ...]" = ()
    named: "dict[str, Argument]" = {}
    names: tuple[str, ...] = ()


Argument = Literal | Reference | Call


class Text(Struct, frozen=True):
    text: str


class Output(Struct, frozen=True):
    """A tag that writes what the call makes; `source` is the tag."""

    call: Call
    source: str


class Block(Struct, frozen=True):
    """A block; `inverse` is what stands after `{{else}}`. `is_inverted`: it began with `{{^`."""

    call: Call
    source: str
    body: "list[Node]"
    inverse: "list[Node]"
    is_inverted: bool = False


class Unreadable(Struct, frozen=True):
    """A tag that cannot be read."""

    source: str


Node = Text | Output | Block | Unreadable


class SyntaxFault(Exception):
    """Blocks do not fit together; the text is the tag."""


_INSIDE = r"(?:[^{}\"']|\"[^\"]{0,2000}\"|'[^']{0,2000}'){0,1000}+"
_TAG = re.compile(rf"(\{{\{{!--)|\\?(?:\{{\{{\{{{_INSIDE}\}}\}}\}}|\{{\{{{_INSIDE}\}}\}})", re.DOTALL)
_COMMENT_END = re.compile(r"--~?\}\}")
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"[^"]*"|'[^']*')|(?P<open>\()|(?P<close>\))|(?P<names>as\s+\|[^|]*\|)"""
    r"""|(?P<key>[A-Za-z_][\w-]*)=|(?P<word>(?:\[[^\[\]]*\]|[^\s()"'=|\[\]])+))"""
)
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "undefined": None}


def read_template(text: str) -> list[Node]:
    """Returns the tree of the text. Raises SyntaxFault."""
    return _Reader(text).read()


def has_tags(text: str) -> bool:
    return "{{" in text


class _Open:
    """A block that is not closed yet."""

    def __init__(self, call: Call, source: str, *, is_inverted: bool, is_chained: bool) -> None:
        self.call = call
        self.source = source
        self.is_inverted = is_inverted
        self.is_chained = is_chained  # `{{else if x}}`: closed by what closes the block around it
        self.parts: list[list[Node]] = [[]]

    def close(self) -> Block:
        body, *inverse = self.parts
        return Block(self.call, self.source, body, inverse[0] if inverse else [], self.is_inverted)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._root: list[Node] = []
        self._open: list[_Open] = []
        self._trims = False

    def read(self) -> list[Node]:
        position = searched = 0
        has_comment_ends = True
        while (match := _TAG.search(self._text, searched)) is not None:
            searched = match.end()
            if match[1] is not None:
                end = _COMMENT_END.search(self._text, searched) if has_comment_ends else None
                if end is None:  # nor is there one behind any other
                    has_comment_ends = False
                    continue
                searched = end.end()
            self._add_text(self._text[position : match.start()], is_trimmed=match[0].startswith(("{{~", "{{{~")))
            position = searched
            self._take_tag(match[0])
        self._add_text(self._text[position:], is_trimmed=False)
        if self._open:
            raise SyntaxFault(self._open[-1].source)
        return self._root

    def _nodes(self) -> list[Node]:
        return self._open[-1].parts[-1] if self._open else self._root

    def _add_text(self, text: str, *, is_trimmed: bool) -> None:
        if self._trims:
            text = text.lstrip()
        if is_trimmed:
            text = text.rstrip()
        if text:
            self._nodes().append(Text(text))
        self._trims = False

    def _take_tag(self, tag: str) -> None:
        if tag.startswith("\\"):  # escaped: the tag itself is meant
            self._nodes().append(Text(tag[1:]))
            return
        self._trims = tag.rstrip("}").endswith("~")
        inside = tag.strip("{}").strip("~").strip()
        kind, rest = inside[:1], inside[1:].strip()
        if kind == "!":
            return
        if kind == "/":
            self._close(rest, tag)
        elif inside == "^" or inside == "else" or inside.startswith(("else ", "else\t", "else\n")):
            self._take_else(inside.removeprefix("^").removeprefix("else").strip(), tag)
        elif kind in ("#", "^"):
            call = read_call(rest.removeprefix("*"))
            if call is None or len(self._open) == MAXIMUM_DEPTH:
                raise SyntaxFault(tag)
            self._open.append(_Open(call, tag, is_inverted=kind == "^", is_chained=False))
        else:
            found = read_call(inside.removeprefix("&"))
            self._nodes().append(Unreadable(tag) if found is None or kind == ">" else Output(found, tag))

    def _take_else(self, condition: str, tag: str) -> None:
        if not self._open or len(self._open[-1].parts) == 2:
            raise SyntaxFault(tag)
        self._open[-1].parts.append([])
        if condition:
            call = read_call(condition)
            if call is None or len(self._open) == MAXIMUM_DEPTH:
                raise SyntaxFault(tag)
            self._open.append(_Open(call, tag, is_inverted=False, is_chained=True))

    def _close(self, name: str, tag: str) -> None:
        while self._open:
            block = self._open.pop()
            self._nodes().append(block.close())
            if not block.is_chained:
                if block.call.name != name:
                    break
                return
        raise SyntaxFault(tag)


def read_call(text: str) -> Call | None:
    """Returns the call inside a tag; None if it is not a call."""
    tokens = list(_tokens(text))
    if not tokens or tokens[-1] == ("fault", ""):
        return None
    call, position = _read_call(tokens, 0, 0)
    return call if call is not None and position == len(tokens) else None


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            yield "fault", ""
            return
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


def _read_call(tokens: list[tuple[str, str]], position: int, depth: int) -> tuple[Call | None, int]:
    """Returns the call that begins at a token, up to a closing bracket or the end; and the token at which it ends."""
    kind, name = tokens[position] if position < len(tokens) else ("", "")
    position += 1
    if kind == "string" and depth == 0 and position == len(tokens):
        return Call("", (Literal(name[1:-1]),)), position
    if kind != "word" or depth == MAXIMUM_DEPTH:
        return None, position
    positional: list[Argument] = []
    named: dict[str, Argument] = {}
    names: tuple[str, ...] = ()
    while position < len(tokens) and tokens[position][0] != "close":
        kind, text = tokens[position]
        position += 1
        if kind == "names":
            names = tuple(text.partition("|")[2].rstrip("|").split())
            continue
        key = ""
        if kind == "key":
            key = text
            if position == len(tokens):
                return None, position
            kind, text = tokens[position]
            position += 1
        argument: Argument | None
        if kind == "open":
            argument, position = _read_call(tokens, position, depth + 1)
            if argument is None or position >= len(tokens):
                return None, position
            position += 1  # its closing bracket
        else:
            argument = _read_word(kind, text)
        if argument is None:
            return None, position
        if key:
            named[key] = argument
        else:
            positional.append(argument)
    return Call(name, tuple(positional), named, names), position


def _read_word(kind: str, text: str) -> Argument | None:
    if kind == "string":
        return Literal(text[1:-1])
    if kind != "word":
        return None
    if text in _CONSTANTS:
        return Literal(_CONSTANTS[text])
    if _NUMBER.fullmatch(text):
        return Literal(float(text) if "." in text else int(text))
    return Reference(text)


def path_steps(path: str) -> list[str]:
    """Returns the steps of a reference: `request.headers.[X-A].0` is request, headers, X-A, 0."""
    return [bracketed or plain for bracketed, plain in re.findall(r"\[([^\[\]]*)\]|([^.\[\]]+)", path)]
