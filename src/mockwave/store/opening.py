"""The Store of a data folder: the one place that knows which kind of Store there is."""

from collections.abc import Callable

from mockwave._chunks import ChunkReader, SegmentFault
from mockwave.data_folder import DataFolder
from mockwave.pauses import Pauses
from mockwave.settings import Settings
from mockwave.store.protocol import Store
from mockwave.store.sqlite.store import SqliteStore


async def open_store(
    settings: Settings,
    *,
    pauses: Pauses | None = None,
    note_writing: Callable[[bool], None] | None = None,
    note_unreadable: Callable[[], None] | None = None,
) -> Store:
    """The folder's Store, migrated and open; a throw-away one does not wait for the disk. Raises StoreError.

    `pauses`, `note_writing` and `note_unreadable` as SqliteStore takes them.
    """
    store = SqliteStore(
        DataFolder(settings.data_dir).database,
        durable=not settings.ephemeral,
        pauses=pauses,
        note_writing=note_writing,
        note_unreadable=note_unreadable,
        is_chunk_sound=is_chunk_sound,
    )
    await store.open()
    return store


def is_chunk_sound(data: bytes, entry_count: int) -> bool:
    """Whether a chunk of the log has so many entries, and can be read."""
    try:
        return ChunkReader(data).entry_count == entry_count
    except SegmentFault:
        return False
