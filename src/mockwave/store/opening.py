"""Opens the Store of a data folder; only this file knows which kind of Store there is."""

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
    """Opens and migrates the folder's Store; a temporary one does not wait for the disk. Raises StoreError.

    `pauses`, `note_writing` and `note_unreadable` are those of SqliteStore.
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
    """Whether a chunk of the log has this many entries, and can be read."""
    try:
        return ChunkReader(data).entry_count == entry_count
    except SegmentFault:
        return False
