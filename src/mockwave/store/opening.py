"""The Store of a data folder: the one place that knows which kind of Store there is."""

from collections.abc import Callable

from mockwave.data_folder import DataFolder
from mockwave.pauses import Pauses
from mockwave.settings import Settings
from mockwave.store.protocol import Store
from mockwave.store.sqlite.store import SqliteStore


async def open_store(
    settings: Settings, *, pauses: Pauses | None = None, note_writing: Callable[[bool], None] | None = None
) -> Store:
    """The folder's Store, migrated and open; a throw-away one does not wait for the disk. Raises StoreError.

    `pauses` and `note_writing` as SqliteStore takes them.
    """
    store = SqliteStore(
        DataFolder(settings.data_dir).database,
        durable=not settings.ephemeral,
        pauses=pauses,
        note_writing=note_writing,
    )
    await store.open()
    return store
