"""Opening: a new file is made, an old one migrated once, and what is not ours left as it is."""

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mockwave.store.protocol import StoreError
from mockwave.store.sqlite import schema_versions as schema
from mockwave.store.sqlite.connections import PAGE_BYTES
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import sample_server


def run_sql(database: Path, *statements: str) -> list[object]:
    """Returns the last statement's first row."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        rows = [connection.execute(statement).fetchone() for statement in statements]
    return list(rows[-1] or ())


@pytest.fixture
def unprivileged_folder() -> Iterator[Path]:
    """A folder that this process may read, not write; root may write anywhere, so it becomes nobody for a while."""
    folder = Path(tempfile.mkdtemp(prefix="mockwave-read-only-"))
    was_root = os.geteuid() == 0
    folder.chmod(0o555)
    schema.read_migrations()  # kept from now on: nobody may not be allowed to read the package
    if was_root:
        os.seteuid(65534)
    yield folder
    if was_root:
        os.seteuid(0)
    folder.chmod(0o755)
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()


async def test_a_new_file_is_ours_and_of_the_newest_version(store: SqliteStore, database: Path) -> None:
    assert run_sql(database, "PRAGMA application_id") == [schema.APPLICATION_ID]
    assert run_sql(database, "PRAGMA user_version") == [len(schema.read_migrations())]
    assert run_sql(database, "PRAGMA journal_mode") == ["wal"]


async def test_stores_that_open_a_new_file_at_the_same_time_all_work(database: Path) -> None:
    stores = [SqliteStore(database) for _ in range(8)]
    await asyncio.gather(*(store.open() for store in stores))
    for number, store in enumerate(stores):
        await store.create_server(sample_server(number), None, [])
    assert [len(await store.list_servers(None)) for store in stores] == [8] * 8
    for store in stores:
        await store.close()


async def test_a_migration_runs_once_after_those_before_it(database: Path) -> None:
    migrations = ["CREATE TABLE one (a); INSERT INTO one VALUES (1);", "INSERT INTO one VALUES (2);"]
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for known in (1, 2, 2):
            connection.execute("BEGIN IMMEDIATE")
            schema.migrate(connection, database, migrations[:known])
            connection.execute("COMMIT")
        assert connection.execute("SELECT a FROM one").fetchall() == [(1,), (2,)]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)


async def test_servers_of_a_file_without_base_paths_have_none(database: Path) -> None:
    server = sample_server(1)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        schema.migrate(connection, database, schema.read_migrations()[:1])
        known = {row[1] for row in connection.execute("PRAGMA table_info(servers)")}
        columns = [name for name in server.__struct_fields__ if name in known]
        values = [getattr(server, name) for name in columns]
        connection.execute(
            f"INSERT INTO servers ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", values
        )
        connection.execute("COMMIT")
    store = SqliteStore(database)
    await store.open()
    assert await store.list_servers(None) == [server]
    await store.close()


async def test_a_failing_migration_leaves_the_file_as_it_was(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError):
            schema.migrate(connection, database, ["CREATE TABLE one (a);", "INSERT INTO nowhere VALUES (1);"])
        connection.execute("ROLLBACK")
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_statements_end_where_sqlite_says_so() -> None:
    table = "-- a comment; with a semicolon\nCREATE TABLE a (b DEFAULT ';');"
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  UPDATE a SET b = ';';\n  DELETE FROM a;\nEND;"
    assert list(schema.statements(f"{table}\n{trigger} DROP TABLE a\n")) == [table, trigger, "DROP TABLE a"]


async def test_a_file_of_a_newer_mockwave_is_refused_and_left_alone(store: SqliteStore, database: Path) -> None:
    await store.close()
    run_sql(database, "PRAGMA user_version = 9999", "PRAGMA journal_mode = DELETE")
    before = database.read_bytes()
    with pytest.raises(
        StoreError, match=r"mockwave\.db: was written by a newer mockwave \(store version 9999; .*upgrade"
    ):
        await store.open()
    assert database.read_bytes() == before


async def test_a_database_of_another_program_is_refused_and_left_alone(database: Path) -> None:
    run_sql(database, "CREATE TABLE theirs (a)")
    before = database.read_bytes()
    with pytest.raises(StoreError, match=r"mockwave\.db: is a database of another program"):
        await SqliteStore(database).open()
    assert database.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused_and_left_alone(database: Path) -> None:
    database.write_bytes(b"not a database at all\n" * 1000)
    with pytest.raises(StoreError, match=r"mockwave\.db: is not a mockwave store .*move it away"):
        await SqliteStore(database).open()
    assert database.read_bytes() == b"not a database at all\n" * 1000


async def test_a_damaged_file_is_refused_with_its_reason(store: SqliteStore, database: Path) -> None:
    await store.create_server(sample_server(1), None, [])
    await store.close()
    page_bytes = PAGE_BYTES
    content = database.read_bytes()
    database.write_bytes(content[:page_bytes] + b"\xff" * (len(content) - page_bytes))
    damaged = SqliteStore(database)
    with pytest.raises(StoreError, match=r"mockwave\.db: is damaged: restore"):
        await damaged.open()
        await damaged.list_servers(None)
    await damaged.close()


async def test_a_missing_folder_is_refused_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none/mockwave\.db: cannot be opened: its folder must exist"):
        await SqliteStore(tmp_path / "none" / "mockwave.db").open()


async def test_a_folder_in_place_of_the_file_is_refused_with_its_reason(database: Path) -> None:
    database.mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        await SqliteStore(database).open()


async def test_a_folder_that_cannot_be_written_is_refused_with_its_reason(unprivileged_folder: Path) -> None:
    with pytest.raises(StoreError, match="folder must exist, and both must be readable and writable"):
        await SqliteStore(unprivileged_folder / "mockwave.db").open()


async def test_a_file_that_cannot_be_written_is_refused_with_its_reason(unprivileged_folder: Path) -> None:
    database = unprivileged_folder / "mockwave.db"
    effective_user = os.geteuid()
    os.seteuid(os.getuid())
    unprivileged_folder.chmod(0o777)
    owner = SqliteStore(database)
    await owner.open()
    await owner.close()
    database.chmod(0o444)
    Path(f"{database}-lock").unlink()
    os.seteuid(effective_user)
    with pytest.raises(StoreError, match="cannot be written: make the file and its folder writable"):
        await SqliteStore(database).open()


async def test_a_store_that_failed_to_open_can_be_opened_later(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "later" / "mockwave.db")
    with pytest.raises(StoreError):
        await store.open()
    (tmp_path / "later").mkdir()
    await store.open()
    assert await store.list_servers(None) == []
    await store.close()


async def test_a_store_is_opened_once(store: SqliteStore) -> None:
    with pytest.raises(StoreError, match="open already"):
        await store.open()


async def test_closing_twice_is_closing_once(store: SqliteStore) -> None:
    await store.close()
    await store.close()


async def test_a_store_can_be_opened_again_after_closing(store: SqliteStore) -> None:
    server = await store.create_server(sample_server(1), None, [])
    await store.close()
    await store.open()
    assert await store.list_servers(None) == [server]
