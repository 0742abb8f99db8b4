"""Handlebars → Liquid, where both can say the same: values, helpers and blocks of a dialect (of WireMock, Mockoon, …).

Handlebars nests calls; Liquid chains filters. So a nested call gets a name first (`{% assign %}`), right before the tag
that needs it. In Handlebars a condition is false for a value that is empty, 0 or missing; in Liquid only for a missing
one.

A tag without an equal in Liquid stays text and is reported. A block without one leaves the whole text unchanged.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from mockwave.formats.handlebars.liquid_texts import (
    LIQUID,
    MAXIMUM_TAG_CHARACTERS,
    NoEqual,
    check_tag,
    quote,
    read_literal,
    write_text,
)
from mockwave.formats.handlebars.names import Names, ReferTo
from mockwave.formats.handlebars.syntax import (
    Argument,
    Block,
    Call,
    Literal,
    Node,
    Reference,
    SyntaxFault,
    Text,
    Unreadable,
    has_tags,
    read_template,
)
from mockwave.formats.notes import Notes

MAXIMUM_REPORTED: Final = 8  # tags of one template
MAXIMUM_NESTING: Final = 4
MAXIMUM_CHARACTERS: Final = 1_000_000  # as many as templates may have
OBJECTS: Final = frozenset(("request.query", "request.headers", "request.cookies", "request.form"))
MAYBE_ARRAYS: Final = ("request.json", "h", "v_")  # beginnings of paths to what is written as JSON if it is no text

_QUOTED = r"\"[^\"]*\"|'[^']*'"
_PLAIN = re.compile(rf"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[(?:[0-9]+|{_QUOTED})\])*|-?[0-9.]+|{_QUOTED}")


Helper = Callable[[Call, "Liquid"], str]
"""From a call to the Liquid expression for its value, filters and all. Raises NoEqual."""

Condition = Callable[[Call, "Liquid"], str]
"""From a call to the Liquid condition that stands for it: comparisons joined by `and`. Raises NoEqual."""

BlockHelper = Callable[[Block, "Liquid"], str]
"""From a block to the Liquid text for it. Raises NoEqual."""


class Dialect(Struct, frozen=True, kw_only=True):
    """What the templates of one tool can name. `refer`: the Liquid expression of a reference by its steps, None where
    there is none."""

    refer: ReferTo
    helpers: Mapping[str, Helper] = {}
    conditions: Mapping[str, Condition] = {}
    blocks: Mapping[str, BlockHelper] = {}


def translate_template(text: str, dialect: Dialect, pointer: str, notes: Notes) -> tuple[str, bool]:
    """Returns the Liquid template for a Handlebars one, and whether it is a template: text without known tags is sent
    unchanged."""
    if not has_tags(text):
        return text, False
    translated, unknown = text, []
    try:
        nodes = read_template(text)
        liquid = Liquid(dialect)
        written = liquid.write_all(nodes)
        unknown = list(dict.fromkeys(liquid.unknown))
        sources = (node.text if isinstance(node, Text) else node.source for node in nodes)
        if liquid.written or "".join(sources) != text:
            translated = written
    except SyntaxFault as fault:
        unknown = [str(fault)]
    except BlockWithoutEqual as block:
        unknown = [block.source]
    for tag in unknown[:MAXIMUM_REPORTED]:
        notes.leave_out(pointer, f"the template tag {tag[:100]} has no equal in Liquid here; it is sent as it stands")
    return translated, translated is not text and LIQUID.search(translated) is not None


class BlockWithoutEqual(Exception):
    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.source = source


_OWN_NAME = re.compile(r"\bh[0-9]+\b")


class Liquid:
    """A Liquid template on its way. `unknown` are tags that stayed text, `written` how many did not."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.names = Names(dialect.refer)
        self._texts: dict[str, str] = {}
        self._templates: dict[str, str] = {}
        self._opening: list[tuple[str, str]] = []  # tags that stand before all others
        self._name_count = 0
        self._depth = 0  # of templates in each other
        self._characters = 0
        self._before: list[str] = []  # tags that the next one needs
        self.unknown: list[str] = []
        self.written = 0

    def write(self, nodes: Sequence[Node]) -> str:
        """Returns the Liquid text of these nodes. Raises BlockWithoutEqual."""
        return "".join(self._write(node) for node in nodes)

    def write_all(self, nodes: Sequence[Node]) -> str:
        """Returns the whole template. Raises BlockWithoutEqual."""
        pieces = [self.write(nodes)]
        named = set(_OWN_NAME.findall(pieces[0]))
        for name, tag in reversed(self._opening):
            if name in named:
                pieces.append(tag)
                named.update(_OWN_NAME.findall(tag))
        return "".join(reversed(pieces))

    def _write(self, node: Node) -> str:
        if self._characters > MAXIMUM_CHARACTERS:
            raise BlockWithoutEqual(f"of a text that would have more than {MAXIMUM_CHARACTERS:,} characters")
        if isinstance(node, Text):
            return self._count(write_text(node.text))
        if isinstance(node, Unreadable):
            self.unknown.append(node.source)
            return write_text(node.source)
        before, self._before = self._before, []
        try:
            written = self._write_block(node) if isinstance(node, Block) else self._count(self._write_output(node.call))
            self.written += 1
            return "".join((*self._before, written))
        except NoEqual:
            if isinstance(node, Block):
                raise BlockWithoutEqual(node.source) from None
            self.unknown.append(node.source)
            return write_text(node.source)
        finally:
            self._before = before

    def _count(self, text: str) -> str:
        """The text, whose characters are counted: a bucket may stand in very many places."""
        self._characters += len(text)
        return text

    def _write_output(self, call: Call) -> str:
        if call.name in self._dialect.conditions:
            return f"{{% if {self.condition(call)} %}}true{{% else %}}false{{% endif %}}"
        value = self.expression(call)
        whole = next((text for text, name in self._texts.items() if name == value), None)
        if whole is not None:
            return write_text(whole)
        literal = read_literal(value)
        if literal is not None:
            return write_text(literal)
        if value in OBJECTS:
            raise NoEqual
        if value.startswith(MAYBE_ARRAYS) and _PLAIN.fullmatch(value):
            value += " | text"
        return check_tag("{{ " + value + " }}")

    def _write_block(self, block: Block) -> str:
        name = block.call.name
        if block.is_inverted:
            return self.branches("unless", self.condition(_as_argument(block.call)), block)
        if name in self._dialect.blocks:
            return self._dialect.blocks[name](block, self)
        if name in ("if", "unless") and len(block.call.positional) == 1:
            return self.branches(name, self.condition(block.call.positional[0]), block)
        if name in self._dialect.conditions:
            return self.branches("if", self.condition(block.call), block)
        if name == "each" and len(block.call.positional) == 1:
            return self.loop(self.array(block.call.positional[0]), block)
        if name == "with" and len(block.call.positional) == 1:
            this = self.name(block.call.positional[0])
            return self.inside(this, block, {block.call.names[0]: this} if block.call.names else {}, loops=False)
        raise NoEqual

    def branches(self, word: str, condition: str, block: Block) -> str:
        """The block with its `else`, by a condition that has been made."""
        before = "".join(self._before)
        self._before = []
        written = check_tag(f"{{% {word} {condition} %}}") + self.write(block.body)
        if block.inverse:
            written += "{% else %}" + self.write(block.inverse)
        return f"{before}{written}{{% end{word} %}}"

    def loop(self, array: str, block: Block, *, ending: str = "", looks_at_item: bool = True) -> str:
        """The block for each item, which `this` is, unless it stays what it was; `ending` is written after each."""
        before = "".join(self._before)
        self._before = []
        item = self._new_name()
        this, key = (f"{item}[1]", f"{item}[0]") if array in OBJECTS else (item, "")
        if not looks_at_item:
            this = self.names.this
        names = dict(zip(block.call.names, (this, key or "forloop.index0"), strict=False))
        written = check_tag(f"{{% for {item} in {array} %}}") + self.inside(this, block, names, key) + ending
        if block.inverse:
            written += "{% else %}" + self.write(block.inverse)
        return f"{before}{written}{{% endfor %}}"

    def inside(self, this: str, block: Block, names: Mapping[str, str], key: str = "", *, loops: bool = True) -> str:
        """What stands in the block, which looks at `this`."""
        before = "".join(self._before)
        self._before = []
        with self.names.inside(this, names, key, loops=loops):
            return before + self.write(block.body)

    def expression(self, argument: Argument) -> str:
        """Returns the value as an expression with its filters. Raises NoEqual."""
        if isinstance(argument, Literal):
            return quote(argument.value)
        if isinstance(argument, Reference):
            return self.names.refer(argument.path)
        if not argument.name:
            return self.expression(argument.positional[0])
        helper = self._dialect.helpers.get(argument.name)
        if helper is not None:
            return helper(argument, self)
        if argument.positional or argument.named:
            raise NoEqual
        return self.names.refer(argument.name)

    def name(self, argument: Argument) -> str:
        """The value as a literal or a path: for arguments of filters and conditions, and for loops. Raises NoEqual."""
        if isinstance(argument, Call) and argument.name in self._dialect.conditions:
            return self.named_truth(self.condition(argument))
        return self.named(self.expression(argument))

    def named(self, expression: str) -> str:
        """Returns a name for the expression; the expression itself if it needs none."""
        if _PLAIN.fullmatch(expression):
            return expression
        name = self._new_name()
        self._before.append(check_tag(f"{{% assign {name} = {expression} %}}"))
        return name

    def array(self, argument: Argument) -> str:
        """Returns a path to iterate over. Raises NoEqual for texts."""
        name = self.name(argument)
        if read_literal(name) is not None:
            raise NoEqual
        return name

    def number(self, argument: Argument) -> str:
        """Returns the value as a number; a text is converted."""
        if isinstance(argument, Literal) and isinstance(argument.value, int | float):
            return quote(argument.value)
        return self.named(f"{self.expression(argument)} | plus: 0")

    def condition(self, argument: Argument) -> str:
        """Returns the condition that the value exists and is not empty, 0 or false."""
        if isinstance(argument, Call) and argument.name in self._dialect.conditions:
            return self._dialect.conditions[argument.name](argument, self)
        name = self.name(argument)
        if name in ("true", "false", "nil"):
            return "true" if name == "true" else "false"
        literal = read_literal(name)
        if literal is not None:
            return "true" if literal and name not in ("0", "0.0") else "false"
        return f"{name} and {name} != empty and {name} != 0"

    def truth(self, argument: Argument) -> str:
        """Returns a name that is true if the condition holds: for `or`, and for negations."""
        condition = self.condition(argument)
        return condition if re.fullmatch(r"h[0-9]+", condition) else self.named_truth(condition)

    def named_truth(self, condition: str) -> str:
        """Returns a name that is true if the Liquid condition holds."""
        name = self._new_name()
        self._before.append(
            check_tag(f"{{% if {condition} %}}{{% assign {name} = true %}}{{% else %}}")
            + f"{{% assign {name} = false %}}{{% endif %}}"
        )
        return name

    def captured(self, text: str) -> str:
        """Returns a name for the output of a Liquid text."""
        name = self._new_name()
        self._before.append(f"{{% capture {name} %}}{text}{{% endcapture %}}")
        return name

    def literally(self, text: str) -> str:
        """Returns a text of any length and content: as a literal if possible, otherwise as a name."""
        try:
            if len(text) < MAXIMUM_TAG_CHARACTERS // 3:
                return quote(text)
        except NoEqual:
            pass
        if text not in self._texts:
            name = self._texts[text] = self._new_name()
            self._opening.append((name, f"{{% capture {name} %}}{write_text(text)}{{% endcapture %}}"))
        return self._texts[text]

    def template_in_place(self, text: str) -> str:
        """Returns the name of another template's output, made once for all places. Raises NoEqual."""
        if text in self._templates:
            return self._templates[text]
        if self._depth == MAXIMUM_NESTING:
            raise NoEqual
        self._depth += 1
        try:
            with self.names.outside_blocks():
                inner = self.apart(read_template(text))
        except (SyntaxFault, BlockWithoutEqual):
            raise NoEqual from None
        finally:
            self._depth -= 1
        name = self._templates[text] = self._new_name()
        self._opening.append((name, f"{{% capture {name} %}}{inner}{{% endcapture %}}"))
        return name

    def need(self, tag: str) -> None:
        """Adds a tag right before the one being written."""
        self._before.append(tag)

    def apart(self, nodes: Sequence[Node]) -> str:
        """Returns the Liquid text of nodes inside a tag, with every tag they need."""
        before, self._before = self._before, []
        try:
            return self.write(nodes)
        finally:
            self._before = before

    def assign(self, name: str, expression: str) -> str:
        """Returns the tag that assigns an expression to a name of the template; references may follow."""
        return check_tag(f"{{% assign {self.names.introduce(name)} = {expression} %}}")

    def _new_name(self) -> str:
        self._name_count += 1
        return f"h{self._name_count}"


def _as_argument(call: Call) -> Argument:
    return call if call.positional or call.named else Reference(call.name)
