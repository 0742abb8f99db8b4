"""Methods of both clients, each written once: descriptors that turn the description of a call into a method.

On a MockwaveClient the method returns the result, on an AsyncMockwaveClient an awaitable of it; lists are iterated with
`for` or `async for`. Types and docstrings come from the function that describes the call.
"""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

from mockwave.client.call_plans import Call, Plan
from mockwave.client.callers import AwaitingCaller, BlockingCaller

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Item = TypeVar("Item")


class Method(Generic[Arguments, Result]):
    """A method with one result; `make_plan` returns its plan."""

    def __init__(self, described: Callable[Arguments, object], make_plan: Callable[Arguments, Plan[Result]]) -> None:
        self.__doc__ = described.__doc__
        self.__name__ = described.__name__
        self._described = described
        self.make_plan = make_plan

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...

    @overload
    def __get__(self, client: BlockingCaller, owner: type) -> Callable[Arguments, Result]: ...

    @overload
    def __get__(self, client: AwaitingCaller, owner: type) -> Callable[Arguments, Awaitable[Result]]: ...

    def __get__(self, client: BlockingCaller | AwaitingCaller | None, owner: type) -> Any:
        if client is None:
            return self

        @functools.wraps(self._described)
        def method(*arguments: Arguments.args, **named: Arguments.kwargs) -> Any:
            return client.perform(self.make_plan(*arguments, **named))

        return method

    def __call__(self, *arguments: Arguments.args, **named: Arguments.kwargs) -> Plan[Result]:
        """Returns only the plan, for use in other plans: `yield from read_server(mock_server_id)`."""
        return self.make_plan(*arguments, **named)


class CallMethod(Method[Arguments, Result]):
    """One call of the API as a method; `describe` makes the Call."""

    def __init__(self, describe: Callable[Arguments, Call[Result]]) -> None:
        super().__init__(describe, lambda *arguments, **named: iter(describe(*arguments, **named)))
        self.describe = describe


class PlanMethod(Method[Arguments, Result]):
    """Several calls as a method with one result."""

    def __init__(self, describe: Callable[Arguments, Plan[Result]]) -> None:
        super().__init__(describe, describe)
        self.describe = describe


class ListMethod(Generic[Arguments, Item]):
    """An iterator over the results of several calls, as a method; `describe` yields items of one kind."""

    def __init__(self, kind: type[Item], describe: Callable[Arguments, Plan[None]]) -> None:
        self.describe = describe
        self.__doc__ = describe.__doc__
        self.__name__ = describe.__name__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...

    @overload
    def __get__(self, client: BlockingCaller, owner: type) -> Callable[Arguments, Iterator[Item]]: ...

    @overload
    def __get__(self, client: AwaitingCaller, owner: type) -> Callable[Arguments, AsyncIterator[Item]]: ...

    def __get__(self, client: BlockingCaller | AwaitingCaller | None, owner: type) -> Any:
        if client is None:
            return self

        @functools.wraps(self.describe)
        def method(*arguments: Arguments.args, **named: Arguments.kwargs) -> Any:
            return client.iterate(self.describe(*arguments, **named))

        return method


def call(describe: Callable[Arguments, Call[Result]]) -> CallMethod[Arguments, Result]:
    """Decorates a function that describes one call."""
    return CallMethod(describe)


def plan(describe: Callable[Arguments, Plan[Result]]) -> PlanMethod[Arguments, Result]:
    """Decorates a function that makes several calls to one result."""
    return PlanMethod(describe)


def iterates(kind: type[Item]) -> Callable[[Callable[Arguments, Plan[None]]], ListMethod[Arguments, Item]]:
    """Decorates a function that yields items of this kind."""
    return lambda describe: ListMethod(kind, describe)
