"""What monitoring looks at: the parts of a worker that say how it does, and how all workers do."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from mockwave._control import ControlBlock
from mockwave.journal.drain import Drainer
from mockwave.journal.journal import Journal
from mockwave.state.states import StateTable
from mockwave.store.protocol import Store


class Watched(Struct, frozen=True, kw_only=True):
    """Handed in by the worker. `refresh` makes it serve what the Store holds, and raises StoreError where it cannot."""

    data_dir: str
    control: ControlBlock
    drainer: Drainer
    journal: Journal
    store: Store
    states: StateTable
    refresh: Callable[[], Awaitable[None]]
