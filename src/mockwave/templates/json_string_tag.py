"""The tag that writes its block as a JSON string, for templates of JSON documents (json_templates.py).

It is for dialects without `capture` and `json`, and stands in no text that a user writes.
"""

import sys
from typing import Any, Final

import msgspec
from liquid import RenderContext, Token
from liquid.ast import BlockNode, Node
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_EOF, TOKEN_TAG

NAME: Final = sys.intern("json_string_of_mockwave")
END: Final = sys.intern(f"end{NAME}")
ENDS: Final = frozenset((END, TOKEN_EOF))


class JsonStringNode(Node):
    __slots__ = ("block",)

    def __init__(self, token: Token, block: BlockNode) -> None:
        super().__init__(token)
        self.block = block

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        made = context.get_buffer(buffer)
        self.block.render(context, made)
        buffer.write(msgspec.json.encode(made.getvalue()).decode())
        return 1

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> list[Node]:
        return [self.block]


class JsonStringTag(Tag):
    name = NAME
    end = END

    def parse(self, stream: TokenStream) -> JsonStringNode:
        token = stream.eat(TOKEN_TAG)
        block = get_parser(self.env).parse_block(stream, ENDS)
        stream.expect(TOKEN_TAG, value=END)
        return JsonStringNode(token, block)
