"""python-liquid under limits: the templates it parses, its tags and filters, and what a render may take.

Nothing is loaded by name (there is no `include` or `render`), values are reached only by subscript, and each node,
look-up, filter, write and turn of a loop is counted (`template_limits.py`). This module is imported when the first
template is needed (`templates.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from liquid import Environment, RenderContext, Token
from liquid.ast import Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import FilteredExpression, LoopExpression, Path
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    cycle_tag,
    decrement_tag,
    doc_tag,
    echo_tag,
    for_tag,
    if_tag,
    ifchanged_tag,
    increment_tag,
    inline_comment_tag,
    liquid_tag,
    tablerow_tag,
    unless_tag,
)
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.tag import Tag

from mockwave.templates.bounded_context import BoundedContext, BoundedOutput
from mockwave.templates.contexts import NAMES, Named, TemplateContext
from mockwave.templates.filters import APP_FILTERS, FILTERS
from mockwave.templates.json_string_tag import JsonStringTag
from mockwave.templates.template_errors import OutOfSteps, TemplateError
from mockwave.templates.template_limits import MAXIMUM_ITERATIONS, Meter
from mockwave.templates.template_scanning import line_of
from mockwave.templates.template_texts import Values, find_item, text_of

MISSING: Final = (KeyError, TypeError, IndexError)


class CountedLoop(LoopExpression):
    """A loop whose turns are counted, each with the nodes that it visits."""

    __slots__ = ("steps",)
    steps: int

    def evaluate(self, context: RenderContext) -> tuple[Iterator[object], int]:
        items, length = super().evaluate(context)
        assert isinstance(context, BoundedContext)
        return self._count(items, context.meter), length

    def _count(self, items: Iterator[object], meter: Meter) -> Iterator[object]:
        for item in items:
            meter.iterate(self.steps)
            yield item

    def _to_iter(self, obj: object, context: RenderContext) -> tuple[Any, int]:
        """What there is to go through, with its length; what can be cut as a sequence is returned as that."""
        if isinstance(obj, Values):
            return obj.values, len(obj.values)
        if isinstance(obj, Named):
            return (), 0
        items, length = super()._to_iter(obj, context)
        return (obj if isinstance(obj, range | list) else items), length

    def _slice(
        self,
        it: Any,
        length: int,
        context: RenderContext,
        *,
        limit: int | None,
        offset: int | str | None,
    ) -> tuple[Iterator[object], int]:
        """The items from the offset on. Those before it are not gone through: there may be a billion."""
        offset_key = f"{self.identifier}-{self.iterable}"
        start = context.stopindex(offset_key) if offset == "continue" else int(offset or 0)
        start = min(max(start, 0), length)
        stop = length if limit is None else min(max(start + limit, start), length)
        context.stopindex(offset_key, index=stop)
        count = stop - start
        if count > MAXIMUM_ITERATIONS:
            raise TemplateError(0, f"a loop over {count:,} items; the limit is {MAXIMUM_ITERATIONS:,} turns in all")
        assert isinstance(context, BoundedContext)
        if not isinstance(it, Sequence):
            context.meter.spend(stop >> 5)
            it = list(islice(it, start, stop))
        else:
            it = it[start:stop]
        return iter(reversed(it) if self.reversed else it), count


def counted(expression: LoopExpression, block: Node) -> CountedLoop:
    """The loop of a tag, with counted turns."""
    loop = CountedLoop(
        expression.token,
        expression.identifier,
        expression.iterable,
        limit=expression.limit,
        offset=expression.offset,
        reversed_=expression.reversed,
        cols=expression.cols,
    )
    loop.steps = 1 + count_nodes(block)
    return loop


class CountedFor(for_tag.ForNode):
    __slots__ = ()

    def __init__(self, token: Token, expression: LoopExpression, block: Any, default: Any = None) -> None:
        super().__init__(token, counted(expression, block), block, default)


class CountedTablerow(tablerow_tag.TablerowNode):
    __slots__ = ()

    def __init__(self, token: Token, expression: LoopExpression, block: Any) -> None:
        super().__init__(token, counted(expression, block), block)


class ForTag(for_tag.ForTag):
    node_class = CountedFor


class TablerowTag(tablerow_tag.TablerowTag):
    node_class = CountedTablerow


class OutputNode(output.OutputNode):
    """`{{ … }}`, written by `text_of`."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        assert isinstance(context, BoundedContext)
        written: int = buffer.write(text_of(self.expression.evaluate(context), context.meter))
        return written


class OutputTag(output.Output):
    node_class = OutputNode


class EchoNode(echo_tag.EchoNode):
    __slots__ = ()
    render_to_output = OutputNode.render_to_output


class EchoTag(echo_tag.EchoTag):
    node_class = EchoNode


APP_TAGS: Final[tuple[type[Tag], ...]] = (
    content.Literal,
    OutputTag,
    illegal.Illegal,
    if_tag.IfTag,
    unless_tag.UnlessTag,
    assign_tag.AssignTag,
)
"""The tags of the Insomnia app; for python-liquid `raw` is not a tag."""
TAGS: Final[tuple[type[Tag], ...]] = (
    *APP_TAGS,
    EchoTag,
    ForTag,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    TablerowTag,
    capture_tag.CaptureTag,
    case_tag.CaseTag,
    comment_tag.CommentTag,
    cycle_tag.CycleTag,
    decrement_tag.DecrementTag,
    doc_tag.DocTag,
    ifchanged_tag.IfChangedTag,
    increment_tag.IncrementTag,
    inline_comment_tag.InlineCommentTag,
    liquid_tag.LiquidTag,
)


class BoundedEnvironment(Environment):
    """The tags and filters of a dialect."""

    def __init__(self, tags: tuple[type[Tag], ...], filters: Mapping[str, Any]) -> None:
        self._own_tags = tags
        self._own_filters = filters
        super().__init__()

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in self._own_tags:
            self.add_tag(tag)
        for name, function in self._own_filters.items():
            self.add_filter(name, function)


ENVIRONMENTS: Final = {
    "liquid": BoundedEnvironment(TAGS, FILTERS),
    "insomnia": BoundedEnvironment((*APP_TAGS, JsonStringTag), APP_FILTERS),
}

Part = str | tuple[Any, ...] | Node
"""A part of a template: literal text, the path to a value, or any other node."""


class ParsedTemplate:
    """A template that was read."""

    __slots__ = ("_dialect", "_parts", "_template", "_text")

    def __init__(self, text: str, dialect: str) -> None:
        """Raises TemplateError."""
        self._text = text
        self._dialect = dialect
        environment = ENVIRONMENTS[dialect]
        try:
            template = environment.from_string(text)
            check_filters(template.nodes, environment)
        except LiquidError as error:
            raise located(error, text, line_of(text, len(text))) from None
        except RecursionError:
            raise TemplateError(0, "the template is nested too deeply") from None
        self._parts = [part_of(node) for node in template.nodes]
        # After parsing, most templates need only their parts; a worker may have thousands.
        self._template = template if any(isinstance(part, Node) for part in self._parts) else None

    def render(self, context: TemplateContext, meter: Meter) -> str:
        """Raises TemplateError, OutOfSteps.

        Most templates are text and paths to values, for which python-liquid takes long; those are looked up here, with
        the same result.
        """
        scope = Named(NAMES[self._dialect], context, meter)
        output = BoundedOutput(meter)
        state: BoundedContext | None = None
        for part in self._parts:
            if isinstance(part, str):
                output.pieces.append(part)
            elif isinstance(part, tuple):
                try:
                    text = text_of(find_value(part, scope, state), meter)
                except MISSING:
                    continue
                if len(text) > LONG_CHARACTERS:
                    meter.make(len(text))
                output.write(text)
            else:
                if state is None:
                    assert self._template is not None
                    state = BoundedContext(self._template, scope, meter, context)
                self._render_node(part, state, output)
        return "".join(output.pieces)

    def _render_node(self, node: Node, state: BoundedContext, output: BoundedOutput) -> None:
        try:
            node.render(state, output)  # type: ignore[arg-type]
        except OutOfSteps:
            raise
        except TemplateError as error:
            raise TemplateError(error.line or self._line_of(node), error.message) from None
        except LiquidError as error:
            raise located(error, self._text, self._line_of(node)) from None
        except LiquidInterrupt:
            raise TemplateError(self._line_of(node), "break and continue stand in loops") from None
        except RecursionError:
            raise TemplateError(self._line_of(node), "the template is nested too deeply") from None
        except Exception as fault:
            # A value of a type that a filter does not expect: python-liquid does not foresee them all.
            raise TemplateError(self._line_of(node), f"{type(fault).__name__}: {fault}"[:200]) from None

    def _line_of(self, node: Node) -> int:
        return line_of(self._text, max(node.token.start_index, 0))


LONG_CHARACTERS: Final = 1_000


def find_value(path: tuple[Any, ...], scope: Named, state: BoundedContext | None) -> Any:
    """Returns the value at a path. Raises KeyError, TypeError or IndexError if there is none."""
    root = path[0]
    if state is None:
        value = scope[root]
    elif root in state.locals:
        value = state.locals[root]
    else:
        value = state.scope[root]
    for key in path[1:]:
        value = find_item(value, key)
    return value


def located(error: LiquidError, text: str, otherwise: int) -> TemplateError:
    """The error with its line, or `otherwise`."""
    token = error.token
    line = line_of(text, token.start_index) if token is not None and token.start_index >= 0 else otherwise
    return TemplateError(line, str(error.message or type(error).__name__))


def part_of(node: Node) -> Part:
    """The node, in the form that renders fastest."""
    if isinstance(node, content.ContentNode):
        return node.text
    expression = node.expression if isinstance(node, OutputNode) else None
    if isinstance(expression, FilteredExpression) and not expression.filters and isinstance(expression.left, Path):
        path = expression.left.path
        if isinstance(path[0], str) and all(isinstance(each, str | int) for each in path):
            return tuple(path)
    return node


def check_filters(nodes: Any, environment: Environment) -> None:
    """Raises LiquidError for an unknown filter, wherever it stands."""
    for node in every_node(nodes):
        for expression in node.expressions():
            for each in every_expression(expression):
                for filters in (getattr(each, "filters", None), getattr(each, "tail_filters", None)):
                    for filter_ in filters or ():
                        filter_.validate_filter_arguments(environment)


def every_node(nodes: Any) -> Iterator[Node]:
    """The nodes and those within them."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children(None))


def every_expression(expression: Any) -> Iterator[Any]:
    """The expression and those within it."""
    waiting = [expression]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(each.children())


def count_nodes(node: Node) -> int:
    return sum(1 for _ in every_node([node]))
