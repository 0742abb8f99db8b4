"""Carrying out the steps of a plan, apart from HTTP: blocking (BlockingCaller), or async (AwaitingCaller). Subclasses
send requests by `send` and `listen`."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any, Generic, Self, TypeVar

from mockwave.client.call_plans import Attempt, Call, Give, Listen, Pause, Plan, Reply, attempt
from mockwave.client.event_streams import StreamEvent

Result = TypeVar("Result")

RETRY_FOR_S = 30.0


class Run(Generic[Result]):
    """A plan while it is carried out, which is closed in the end. It has a `result` once it has ended."""

    result: Result

    def __init__(self, plan: Plan[Result]) -> None:
        self._plan = plan
        self.outcome: Any = None
        """Of the last step, for the plan."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._plan.close()

    def go_on(self) -> object:
        """Returns the next step; None if the plan has ended."""
        outcome, self.outcome = self.outcome, None
        try:
            return self._plan.send(outcome)
        except StopIteration as end:
            self.result = end.value
            return None


class BlockingCaller:
    """Carries out plans while its caller waits."""

    retry_for_s = RETRY_FOR_S

    def send(self, call: Call[Any]) -> Reply:
        """Sends the call once. Raises NoAnswer."""
        raise NotImplementedError

    def listen(self, step: Listen) -> Iterator[StreamEvent]:
        """The events of a stream as they come. Raises ProblemError, NoAnswer."""
        raise NotImplementedError

    def perform(self, plan: Plan[Result]) -> Result:
        """Carries out a plan to its result."""
        with Run(plan) as run:
            while (step := run.go_on()) is not None:
                run.outcome = self._take(step)
        return run.result

    def iterate(self, plan: Plan[None]) -> Iterator[Any]:
        """The items that a plan yields while it is carried out."""
        with Run(plan) as run:
            while (step := run.go_on()) is not None:
                if isinstance(step, Give):
                    yield from step.items
                elif isinstance(step, Listen):
                    yield from self.listen(step)
                else:
                    run.outcome = self._take(step)

    def _take(self, step: object) -> Any:
        if isinstance(step, Call):
            return self.perform(attempt(step, self.retry_for_s))
        if isinstance(step, Attempt):
            return self.send(step.call)
        if isinstance(step, Pause):
            time.sleep(step.duration_s)
        return None


class AwaitingCaller:
    """Carries out plans while other tasks run."""

    retry_for_s = RETRY_FOR_S

    async def send(self, call: Call[Any]) -> Reply:
        """Sends the call once. Raises NoAnswer."""
        raise NotImplementedError

    def listen(self, step: Listen) -> AsyncGenerator[StreamEvent, None]:
        """The events of a stream as they come. Raises ProblemError, NoAnswer."""
        raise NotImplementedError

    async def perform(self, plan: Plan[Result]) -> Result:
        """Carries out a plan to its result."""
        with Run(plan) as run:
            while (step := run.go_on()) is not None:
                run.outcome = await self._take(step)
        return run.result

    async def iterate(self, plan: Plan[None]) -> AsyncIterator[Any]:
        """The items that a plan yields while it is carried out."""
        with Run(plan) as run:
            while (step := run.go_on()) is not None:
                if isinstance(step, Give):
                    for item in step.items:
                        yield item
                elif isinstance(step, Listen):
                    async with aclosing(self.listen(step)) as events:
                        async for event in events:
                            yield event
                else:
                    run.outcome = await self._take(step)

    async def _take(self, step: object) -> Any:
        if isinstance(step, Call):
            return await self.perform(attempt(step, self.retry_for_s))
        if isinstance(step, Attempt):
            return await self.send(step.call)
        if isinstance(step, Pause):
            await asyncio.sleep(step.duration_s)
        return None
