"""Steps: work that keeps the event loop on somebody's behalf, noted in the control block while it runs.

A worker that hangs can no longer say at what. So before a request is answered the long way, its key is written to the
worker's slot. The parent, which kills a stuck worker, reads the key there and has all workers refuse requests with it
for a while. The key is made of the mock server and the body, or of the whole request if it has no body. Plain hits are
not steps.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from typing import Any, ParamSpec, TypeVar

from msgspec import Struct

from mockwave._control import KEY_BYTES_OF_BODIES as KEY_BYTES
from mockwave._control import ControlBlock
from mockwave.problems import Refusal

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Steps:
    """The steps of one worker. `slot` is its slot in the control block, and changes with it."""

    def __init__(self, control: ControlBlock, slot: int) -> None:
        self._control = control
        self.slot = slot

    def key_of_request(
        self,
        owner: str,
        method: str,
        path: bytes,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        body: Sequence[bytes],
    ) -> int:
        """Returns the key of a request to a mock server, or to another `owner`; its body comes in pieces."""
        if len(body) > 1:
            size = sum(map(len, body))
            if size:
                return self._control.key_of_body(owner, size, *ends_of(body))
            body = ()
        return self._control.key_of_request(owner, method, path, query, headers, body[0] if body else b"")

    def key_of_loading(self, mock_server_id: str) -> int:
        """Returns the key of the work that loads a mock server."""
        return self._control.key_of(b"load", mock_server_id.encode())

    def refuse_known(self, key: int, what: str) -> None:
        """Raises Refusal for a step that recently made a worker hang."""
        refused_s = self._control.refused_for(key)
        if refused_s:
            self._control.count_refused()
            raise Refusal(
                503,
                "refused-for-a-while",
                f"{what} made a worker hang or crash a while ago (its digest is {key:016x});"
                f" it is refused for {refused_s} s",
                headers=[(b"retry-after", b"%d" % refused_s)],
            )

    def run(
        self,
        key: int,
        text: bytes,
        function: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **keywords: Arguments.kwargs,
    ) -> Result:
        """Calls the function as one step."""
        self._control.begin_step(self.slot, key, text)
        try:
            return function(*arguments, **keywords)
        finally:
            self._control.end_step(self.slot)

    def run_request(
        self,
        owner: str,
        method: str,
        path: bytes,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        shown_path: bytes,
        function: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **keywords: Arguments.kwargs,
    ) -> Result:
        """Calls the function that answers this request, as one step; its text has `shown_path`. Raises Refusal for a
        request that recently made a worker hang."""
        control, slot = self._control, self.slot
        is_refused = control.begin_request(slot, owner, method, path, query, headers, body, shown_path)
        try:
            if is_refused:
                self.refuse_known(control.key_of_request(owner, method, path, query, headers, body), "this request")
            return function(*arguments, **keywords)
        finally:
            control.end_step(slot)

    def drive(self, step: "Step", coroutine: Coroutine[Any, Any, Result]) -> Awaitable[Result]:
        """Awaits the coroutine, and notes each of its runs, from one wait to the next, as the step."""
        return Driven(self._advance(step, coroutine))

    def _advance(self, step: "Step", coroutine: Coroutine[Any, Any, Result]) -> Generator[Any, Any, Result]:
        advance: Callable[[Any], Any] = coroutine.send
        argument: Any = None
        while True:
            try:
                waited_for = self.run(step.key, step.text, advance, argument)
            except StopIteration as end:
                result: Result = end.value
                return result
            try:
                advance, argument = coroutine.send, (yield waited_for)
            except BaseException as thrown:
                advance, argument = coroutine.throw, thrown


class Step(Struct):
    """How a coroutine is noted: its key, which it may learn while it runs, and its description."""

    key: int
    text: bytes


def ends_of(body: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Returns the first and the last bytes of a body. With its size they identify it, however it is cut into pieces."""
    first = b""
    for piece in body:
        first += piece[: KEY_BYTES - len(first)]
        if len(first) == KEY_BYTES:
            break
    last = b""
    for piece in reversed(body):
        last = piece[-(KEY_BYTES - len(last)) :] + last
        if len(last) == KEY_BYTES:
            break
    return first, last


class Driven(Awaitable[Result]):
    """What `Steps.drive` returns; it can be awaited once."""

    def __init__(self, generator: Generator[Any, Any, Result]) -> None:
        self._generator = generator

    def __await__(self) -> Generator[Any, Any, Result]:
        return self._generator
