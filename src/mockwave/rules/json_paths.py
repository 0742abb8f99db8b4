"""JSONPath (RFC 9535): parsed by jsonpath-rfc9535, evaluated here within steps.

The cost of a query depends on expression and document together: a filter in a filter, after a descent, looks at each
pair of values. The library's evaluation and its regular expressions have no bound. So its tree is compiled into
functions that count the values they look at, and match with the bounded engines. A query returns values, without
locations. A query that can find at most one value, as most do, walks straight to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Final

from mockwave.rules.i_regexps import compile_i_regexp
from mockwave.rules.json_values import NOTHING, are_equal, is_less
from mockwave.rules.step_budget import Steps

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathQuery

MAXIMUM_CHARACTERS: Final = 2_000
STEPS_OF_COMPARISON: Final = 2

Find = Callable[[Any, Any, Steps], list[Any]]
"""A function that returns the values found, from a value and the root of its document."""
Evaluate = Callable[[Any, Any, Steps], Any]
Test = Callable[[Any, Any, Steps], bool]


class PathRefused(ValueError):
    """The text is not a valid JSONPath; the message says why."""


class JsonPath:
    """A compiled JSONPath. `is_singular` if it finds at most one value."""

    __slots__ = ("_find", "_steps", "is_singular", "text")

    def __init__(self, text: str) -> None:
        """Raises PathRefused."""
        self.text = text
        query = _parse(text)
        self.is_singular = query.singular_query()
        self._steps: list[Any] = _list_steps(query) if self.is_singular else []
        try:
            self._find = _compile_query(query)
        except RecursionError:
            raise PathRefused("it is nested too deeply") from None

    def find(self, root: Any, steps: Steps) -> list[Any]:
        """The values found, in order. Raises TooLongForLoop, OutOfSteps."""
        if not self.is_singular:
            return self._find(root, root, steps)
        value = _walk(root, self._steps)
        return [] if value is NOTHING else [value]


@lru_cache(maxsize=512)
def compile_path(text: str) -> JsonPath:
    """Raises PathRefused."""
    return JsonPath(text)


@cache
def _environment() -> JSONPathEnvironment:
    # Imported here: it takes 40 ms, which only workers with a JSONPath rule should pay.
    from jsonpath_rfc9535 import JSONPathEnvironment

    return JSONPathEnvironment()


def _parse(text: str) -> JSONPathQuery:
    from jsonpath_rfc9535 import JSONPathError

    if len(text) > MAXIMUM_CHARACTERS:
        raise PathRefused(f"it is longer than {MAXIMUM_CHARACTERS} characters")
    try:
        return _environment().compile(text)
    except JSONPathError as error:
        raise PathRefused(f"not a JSONPath of RFC 9535: {error}") from None
    except RecursionError:
        raise PathRefused("it is nested too deeply") from None
    except ValueError as error:  # an integer of thousands of digits
        raise PathRefused(f"not a JSONPath of RFC 9535: {error}") from None


def _list_steps(query: JSONPathQuery) -> list[str | int]:
    """Names and indices of a singular query."""
    selectors: list[Any] = [segment.selectors[0] for segment in query.segments]
    return [each.name if hasattr(each, "name") else each.index for each in selectors]


def _walk(value: Any, path: Sequence[Any]) -> Any:
    """Walks straight to the value at these names and indices; NOTHING if there is none."""
    try:
        for step in path:
            if not isinstance(value, dict if isinstance(step, str) else list):
                return NOTHING
            value = value[step]
    except (KeyError, IndexError):
        return NOTHING
    return value


def _compile_query(query: JSONPathQuery) -> Find:
    from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment

    segments = [
        (isinstance(segment, JSONPathRecursiveDescentSegment), [_compile_selector(each) for each in segment.selectors])
        for segment in query.segments
    ]

    def find(start: Any, root: Any, steps: Steps) -> list[Any]:
        found = [start]
        for descends, selectors in segments:
            below: list[Any] = []
            for value in found:
                steps.spend(1)
                for each in _descend(value, steps) if descends else (value,):
                    if isinstance(each, dict | list):
                        for select in selectors:
                            below += select(each, root, steps)
            found = below
        return found

    return find


def _descend(value: Any, steps: Steps) -> Iterable[Any]:
    """The value and all values below it, parents before children, in order."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, dict | list):
            steps.spend(1 + len(each))
            waiting.extend(reversed(list(each.values()) if isinstance(each, dict) else each))


def _compile_selector(selector: Any) -> Find:
    return _SELECTORS[type(selector).__name__](selector)


def _select_name(selector: Any) -> Find:
    name: str = selector.name

    def select(value: Any, root: Any, steps: Steps) -> list[Any]:
        steps.spend(1)
        return [value[name]] if isinstance(value, dict) and name in value else []

    return select


def _select_index(selector: Any) -> Find:
    index: int = selector.index

    def select(value: Any, root: Any, steps: Steps) -> list[Any]:
        steps.spend(1)
        return [value[index]] if isinstance(value, list) and -len(value) <= index < len(value) else []

    return select


def _select_slice(selector: Any) -> Find:
    part: slice = selector.slice

    def select(value: Any, root: Any, steps: Steps) -> list[Any]:
        if not isinstance(value, list) or part.step == 0:
            return []
        steps.spend(1 + len(range(*part.indices(len(value)))))
        return value[part]

    return select


def _select_all(selector: Any) -> Find:
    def select(value: Any, root: Any, steps: Steps) -> list[Any]:
        steps.spend(1 + len(value))
        return list(value.values()) if isinstance(value, dict) else value

    return select


def _select_by_filter(selector: Any) -> Find:
    is_quick = _quick_comparison(selector.expression)
    if is_quick is not None:

        def select_quickly(value: Any, root: Any, steps: Steps) -> list[Any]:
            steps.spend(1 + STEPS_OF_COMPARISON * len(value))
            below = value.values() if isinstance(value, dict) else value
            return [each for each in below if is_quick(each)]

        return select_quickly
    test = _compile_test(selector.expression)

    def select(value: Any, root: Any, steps: Steps) -> list[Any]:
        steps.spend(1 + len(value))
        below = value.values() if isinstance(value, dict) else value
        return [each for each in below if test(each, root, steps)]

    return select


def _quick_comparison(expression: Any) -> Callable[[Any], bool] | None:
    """The test of a filter like `@.price < 10`, as most are: a member, and a number or a string; None of all others."""
    while type(expression).__name__ == "FilterExpression":
        expression = expression.expression
    if type(expression).__name__ != "ComparisonExpression" or type(expression.left).__name__ != "RelativeFilterQuery":
        return None
    compare, literal = _QUICK_COMPARISONS.get(expression.operator), getattr(expression.right, "value", None)
    path = _list_steps(expression.left.query) if expression.left.query.singular_query() else []
    if compare is None or len(path) != 1 or not isinstance(path[0], str) or type(literal) not in (int, float, str):
        return None
    (name,) = path
    kinds = (str,) if type(literal) is str else (int, float)  # of booleans, which are integers, the type is another

    def test(current: Any) -> bool:
        if type(current) is not dict:
            return False
        value = current.get(name)
        return type(value) in kinds and compare(value, literal)

    return test


_QUICK_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {"==": eq, "<": lt, ">": gt, "<=": le, ">=": ge}

_SELECTORS: Final[dict[str, Callable[[Any], Find]]] = {
    "NameSelector": _select_name,
    "IndexSelector": _select_index,
    "SliceSelector": _select_slice,
    "WildcardSelector": _select_all,
    "FilterSelector": _select_by_filter,
}


def _compile_test(expression: Any) -> Test:
    """Compiles a logical expression (RFC 9535 §2.3.5.1)."""
    return _TESTS[type(expression).__name__](expression)


def _test_whole(expression: Any) -> Test:
    return _compile_test(expression.expression)


def _test_not(expression: Any) -> Test:
    test = _compile_test(expression.right)
    return lambda current, root, steps: not test(current, root, steps)


def _test_both(expression: Any) -> Test:
    left, right = _compile_test(expression.left), _compile_test(expression.right)
    if expression.operator == "&&":
        return lambda current, root, steps: left(current, root, steps) and right(current, root, steps)
    return lambda current, root, steps: left(current, root, steps) or right(current, root, steps)


def _test_comparison(expression: Any) -> Test:
    left, right = _compile_value(expression.left), _compile_value(expression.right)
    compare = _COMPARISONS[expression.operator]

    def test(current: Any, root: Any, steps: Steps) -> bool:
        return compare(left(current, root, steps), right(current, root, steps), steps)

    return test


def _test_existence(expression: Any) -> Test:
    if expression.query.singular_query():
        value_of = _value_of_nodes(expression)
        return lambda current, root, steps: value_of(current, root, steps) is not NOTHING
    find = _compile_nodes(expression)
    return lambda current, root, steps: bool(find(current, root, steps))


def _test_function(expression: Any) -> Test:
    """Compiles `match` and `search` of a value and an I-Regexp (RFC 9485)."""
    text, pattern = map(_compile_value, expression.args)
    is_whole = expression.name == "match"

    def test(current: Any, root: Any, steps: Steps) -> bool:
        value, wanted = text(current, root, steps), pattern(current, root, steps)
        if not isinstance(value, str) or not isinstance(wanted, str):
            return False
        steps.spend(1 + len(value) // 20)
        is_found_in = compile_i_regexp(wanted, is_whole, steps)
        return is_found_in is not None and is_found_in(value) is True

    return test


_TESTS: Final[dict[str, Callable[[Any], Test]]] = {
    "FilterExpression": _test_whole,
    "PrefixExpression": _test_not,
    "LogicalExpression": _test_both,
    "ComparisonExpression": _test_comparison,
    "RelativeFilterQuery": _test_existence,
    "RootFilterQuery": _test_existence,
    "FunctionExtension": _test_function,
}

_COMPARISONS: Final[dict[str, Callable[[Any, Any, Steps], bool]]] = {
    "==": are_equal,
    "!=": lambda left, right, steps: not are_equal(left, right, steps),
    "<": is_less,
    ">": lambda left, right, steps: is_less(right, left, steps),
    "<=": lambda left, right, steps: is_less(left, right, steps) or are_equal(left, right, steps),
    ">=": lambda left, right, steps: is_less(right, left, steps) or are_equal(left, right, steps),
}


def _compile_value(expression: Any) -> Evaluate:
    """Compiles a comparable: a literal, the value of a singular query, or that of a function."""
    kind = type(expression).__name__
    if kind == "FunctionExtension":
        return _VALUE_FUNCTIONS[expression.name](expression)
    if kind in ("RelativeFilterQuery", "RootFilterQuery"):
        return _value_of_nodes(expression)
    literal = expression.value
    return lambda current, root, steps: literal


def _value_of_nodes(expression: Any) -> Evaluate:
    if expression.query.singular_query():
        path = _list_steps(expression.query)
        count = 1 + len(path)
        is_root = type(expression).__name__ == "RootFilterQuery"

        def walk(current: Any, root: Any, steps: Steps) -> Any:
            steps.spend(count)
            return _walk(root if is_root else current, path)

        return walk
    find = _compile_nodes(expression)

    def evaluate(current: Any, root: Any, steps: Steps) -> Any:
        found = find(current, root, steps)
        return found[0] if len(found) == 1 else NOTHING

    return evaluate


def _length(expression: Any) -> Evaluate:
    value_of = _compile_value(expression.args[0])

    def evaluate(current: Any, root: Any, steps: Steps) -> Any:
        value = value_of(current, root, steps)
        return len(value) if isinstance(value, str | list | dict) else NOTHING

    return evaluate


def _count(expression: Any) -> Evaluate:
    find = _compile_nodes(expression.args[0])
    return lambda current, root, steps: len(find(current, root, steps))


def _value(expression: Any) -> Evaluate:
    return _value_of_nodes(expression.args[0])


_VALUE_FUNCTIONS: Final[dict[str, Callable[[Any], Evaluate]]] = {"length": _length, "count": _count, "value": _value}


def _compile_nodes(expression: Any) -> Find:
    """Compiles a query in a filter, which starts at the current value or the root."""
    find = _compile_query(expression.query)
    if type(expression).__name__ == "RootFilterQuery":
        return lambda current, root, steps: find(root, root, steps)
    return find
