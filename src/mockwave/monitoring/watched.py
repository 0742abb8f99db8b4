"""What monitoring reads: the parts of a worker that report its state, and the state of all workers."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from mockwave._control import ControlBlock
from mockwave.journal.drain import Drainer
from mockwave.journal.journal import Journal
from mockwave.state.states import StateTable
from mockwave.store.protocol import Store


class Watched(Struct, frozen=True, kw_only=True):
    """Handed in by the worker. `refresh` makes it serve the Store's content, and raises StoreError if it cannot."""

    data_dir: str
    control: ControlBlock
    drainer: Drainer
    journal: Journal
    store: Store
    states: StateTable
    refresh: Callable[[], Awaitable[None]]
