"""A data folder with a Store and two workers' rings, through which logs are written as workers write them."""

from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from mockwave._ring import Ring, monotonic_now_ns
from mockwave.data_folder import DataFolder
from mockwave.journal.drain import Drainer
from mockwave.journal.log_reading import read_entries
from mockwave.journal.slot_files import claim_slot
from mockwave.model import LogEntry, LogQuery
from mockwave.settings import Settings
from mockwave.store.opening import is_chunk_sound
from mockwave.store.records import ServerRecord
from mockwave.store.sqlite.store import SqliteStore

SERVER = bytes.fromhex("ab" * 16)
SERVER_ID = f"mock_{SERVER.hex()}"
ROUTE = bytes.fromhex("cd" * 16)


class Parts:
    """A data folder with a Store and two workers' rings."""

    def __init__(self, path: Path) -> None:
        self.settings = Settings(data_dir=str(path), ring_bytes=1 << 20)
        self.folder = DataFolder(path)
        self.folder.create()
        self.store = SqliteStore(self.folder.database, is_chunk_sound=is_chunk_sound)
        self.drainer = Drainer(self.folder, self.settings, self.store)
        self.slots = [claim_slot(self.folder, self.settings) for _ in range(2)]

    def append(self, path: str, *, ring: int = 0, status: int = 200, method: str = "GET", matched: bool = True) -> None:
        assert append(self.slots[ring].ring, path, status, method, matched)

    async def page(self, **query: Any) -> list[LogEntry]:
        """Of as many entries as `limit` says those that can be read."""
        asked = LogQuery(**query)
        found: list[LogEntry | None] = []
        async for entries in read_entries(self.store, SERVER_ID, asked):
            found += islice(entries, asked.limit - len(found))
            if len(found) == asked.limit:
                break
        return [entry for entry in found if entry is not None]


def append(ring: Ring, path: str, status: int = 200, method: str = "GET", matched: bool = True) -> bool:
    headers = [(b"host", b"localhost"), (b"authorization", b"Bearer x"), (b"accept", b"a"), (b"accept", b"b")]
    return ring.append_request(
        SERVER,
        ROUTE if matched else b"",
        status,
        0 if matched else 2,
        monotonic_now_ns(),
        method,
        path.encode(),
        b"q=1",
        headers,
        "127.0.0.1",
    )


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    parts = Parts(tmp_path)
    await parts.store.open()
    server = ServerRecord(id=SERVER_ID, name="x", workspace_id="w", created_us=1, modified_us=1)
    await parts.store.create_server(server, None, [])
    yield parts
    for slot in parts.slots:
        slot.release()
    await parts.store.close()
