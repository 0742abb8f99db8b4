from collections.abc import Awaitable
from typing import Any

from mockwave.application import Respond

class AsgiCall:
    respond: Respond
    done: Awaitable[None]
    def call(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]: ...
