"""What the routes of a worker keep of their first requests: decoded responses, compiled checks, plans, chosen Replies.

All routes of a document may share one large response or schema, and each that was asked for holds it in a form of its
own. So one bound holds for all of them together. The route that has kept something for the longest time forgets it
first, and does the work again when it is next needed.
"""

import weakref
from typing import Final, Protocol

MOST_BYTES: Final = 128 << 20


class Forgetful(Protocol):
    """What keeps something that it can do again."""

    def forget(self) -> None: ...


class KeptWork:
    """An account of what is kept, in bytes by their makers."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._sizes: dict[weakref.ref[Forgetful], int] = {}
        """In the order in which the makers began to keep something. Those that are gone are removed."""
        self._total_bytes = 0

    @property
    def total_bytes(self) -> int:
        return self._total_bytes

    def count(self, maker: Forgetful, size: int) -> None:
        """Counts `size` more bytes that `maker` keeps from now on; others forget theirs if all together are too
        many."""
        known = weakref.ref(maker, self._drop)
        self._sizes[known] = self._sizes.get(known, 0) + size
        self._total_bytes += size
        while self._total_bytes > self._most_bytes and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            if oldest == known:  # it is at work: it stays, as the newest
                self._sizes[known] = self._sizes.pop(known)
                continue
            forgetful = oldest()
            if forgetful is not None:
                forgetful.forget()
            self._drop(oldest)

    def _drop(self, known: "weakref.ref[Forgetful]") -> None:
        self._total_bytes -= self._sizes.pop(known, 0)


kept_work: Final = KeptWork()
"""That of this worker."""
