"""What SQLite says when it cannot go on, and what that means to whoever runs the server.

Every sqlite3 error leaves the store as StoreError with the file's name, what is wrong and the way out. Result codes:
https://www.sqlite.org/rescode.html; an extended code's low byte is its primary code.
"""

import sqlite3
from pathlib import Path

from mockwave.store.protocol import StoreError

REASONS: dict[int, str] = {
    sqlite3.SQLITE_NOTADB: (
        "is not a mockwave store (no SQLite database), or it or its -wal file was overwritten: move it away or choose"
        " another data folder"
    ),
    sqlite3.SQLITE_CORRUPT: "is damaged: restore it from a backup, or move it away to start with an empty store",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: its folder must exist, and both must be readable and writable",
    sqlite3.SQLITE_READONLY: "cannot be written: make the file and its folder writable, or choose another data folder",
    sqlite3.SQLITE_PERM: "cannot be accessed: make the file and its folder writable, or choose another data folder",
    sqlite3.SQLITE_FULL: "cannot grow, since the disk is full: free some space; nothing of this write was stored",
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written (the disk is full or failing, or the file or its -wal was cut short): nothing of"
        " this write was stored"
    ),
    sqlite3.SQLITE_BUSY: "stayed locked by another process: end what holds it, or try again",
    sqlite3.SQLITE_TOOBIG: "cannot take a value this large: SQLite's limit is 1 GB",
    sqlite3.SQLITE_NOMEM: "could not be used, since memory ran out",
}

PASSING = {sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOMEM}
"""What says nothing about the next write."""

UNREADABLE = {
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_IOERR,
}
"""What says that the next read may fail as well."""


def describe_failure(path: Path, error: sqlite3.Error) -> StoreError:
    """The StoreError for an error of sqlite3; SQLite's own words stay in it, in brackets."""
    # Errors that Python's module raises by itself carry no code.
    code = getattr(error, "sqlite_errorcode", None)
    reason = REASONS.get(code & 0xFF) if code is not None else None
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return StoreError(f"{path}: {reason or 'could not be used'} ({error}; {name})")


def describe_unstorable(error: UnicodeEncodeError) -> ValueError:
    """Text with a lone surrogate has no UTF-8 form, so it can be neither stored nor sent."""
    surrogate = error.object[error.start]
    return ValueError(
        f"text cannot be stored: character {error.start + 1} is U+{ord(surrogate):04X}, half of a surrogate pair"
    )


def makes_unreadable(error: sqlite3.Error) -> bool:
    """Whether what is stored may be damaged or out of reach."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in UNREADABLE


def keeps_writes_away(error: sqlite3.Error) -> bool:
    """Whether the next write is likely to fail as this one did."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in REASONS.keys() - PASSING
