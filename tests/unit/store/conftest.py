"""A store in a real file, opened and closed around each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mockwave.store.sqlite.store import SqliteStore


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "mockwave.db"


@pytest.fixture
async def store(database: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(database, durable=False)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def other_store(database: Path, store: SqliteStore) -> AsyncIterator[SqliteStore]:
    """The same file, opened once more, as another worker does."""
    other = SqliteStore(database, durable=False)
    await other.open()
    yield other
    await other.close()
