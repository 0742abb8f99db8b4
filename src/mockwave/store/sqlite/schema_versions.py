"""The file's form and how an older one becomes the newest: numbered migrations, each step once, all in one transaction.

The form's number is `PRAGMA user_version`, the count of migrations done; `PRAGMA application_id` marks the file as
ours. A migration is never edited once released: what follows is another file. Steps run inside a write transaction
that reads the number again, so of many processes that open a file at the same time one migrates it.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from mockwave.store.protocol import StoreError

# "mock", in ASCII.
APPLICATION_ID = 0x6D6F636B


@cache
def read_migrations() -> tuple[str, ...]:
    """The SQL of each migration, in order: migration n takes a file of version n to version n + 1."""
    folder = resources.files("mockwave.store.sqlite") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    if [int(name.split("_")[0]) for name in names] != list(range(1, len(names) + 1)):
        raise RuntimeError(f"migrations are not numbered 0001, 0002, …: {names}")
    return tuple((folder / name).read_text("utf-8") for name in names)


def read_version(connection: sqlite3.Connection, path: Path, known_version: int) -> int:
    """The file's version, 0 if it is empty; run in a transaction. Raises StoreError if it is newer, or not ours."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (table_count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    is_empty = table_count == 0 and application_id == 0
    if not is_empty and application_id != APPLICATION_ID:
        raise StoreError(
            f"{path}: is a database of another program: move it away or choose another data folder "
            f"(application id {application_id:#x}, expected {APPLICATION_ID:#x})"
        )
    if version > known_version:
        raise StoreError(
            f"{path}: was written by a newer mockwave (store version {version}; this one knows up to {known_version}): "
            "upgrade mockwave, or choose another data folder"
        )
    return int(version)


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    """Takes the file to the newest version; run in a write transaction. Raises StoreError as read_version does."""
    version = read_version(connection, path, len(migrations))
    for migration in migrations[version:]:
        for statement in statements(migration):
            connection.execute(statement)
    if version < len(migrations):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one; sqlite3's own executescript would commit the transaction first."""
    statement = ""
    # Not every semicolon ends a statement: comments, strings and triggers have some, too.
    for piece in re.split("(?<=;)", script):
        statement += piece
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if statement.strip():
        yield statement.strip()
