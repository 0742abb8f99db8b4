"""Pages of routes: consecutive rows of a server, packed, since reading them one by one takes three times as long, and
the first request to a large server waits for it.

Only generated routes are packed, which are written all at once, and only if they fill a page and are short, since a
page holds copies. A page always equals its rows: it is written in their transaction, and triggers of the file delete it
when one of them changes or goes (migration 0004). It names the columns with which it was packed; a page with other
columns is not read. Routes without a page are read from the rows, and only the rows are authoritative.
"""

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from mockwave.pauses import Pauses
from mockwave.store.sqlite.route_columns import COLUMNS, GENERATED, POSITION, SELECT, Row
from mockwave.store.sqlite.write_pauses import with_pauses

ROUTES_A_PAGE = 64
"""Reading or writing this many takes a tenth of a millisecond."""

LONGEST_PAGE: Final = 1 << 17
"""In bytes: of longer rows, which are rare, there are no copies."""

PACKED_COLUMNS: Final = " ".join(COLUMNS)
HIGHEST = 2**63 - 1
"""More than any position."""

encode_page = msgspec.msgpack.Encoder().encode
PAGE = msgspec.msgpack.Decoder(tuple[str, list[Row]])

# The first and the last position, and the encoded rows.
Page = tuple[int, int, bytes]


def store_pages(connection: sqlite3.Connection, server_key: int, pauses: Pauses | None = None) -> None:
    """Packs the routes of the server, which has no pages."""
    rows = connection.execute(f"{SELECT} WHERE server_key = ? ORDER BY position", (server_key,))
    connection.executemany(
        "INSERT INTO route_pages (server_key, first_position, last_position, data) VALUES (?, ?, ?, ?)",
        ((server_key, *page) for page in with_pauses(pack_rows(rows), 1, pauses)),
    )


def pack_rows(rows: Iterator[Row]) -> Iterator[Page]:
    """Packs full pages of these rows, which come in order of position. No page spans a custom route."""
    packed: list[Row] = []
    for row in rows:
        if not row[GENERATED]:
            packed.clear()
            continue
        packed.append(row)
        if len(packed) == ROUTES_A_PAGE:
            page = encode_page((PACKED_COLUMNS, packed))
            if len(page) <= LONGEST_PAGE:
                yield packed[0][POSITION], row[POSITION], page
            packed.clear()


def unpack_rows(data: bytes) -> list[Row] | None:
    """The rows of a page; None if another version of mockwave packed it with other columns."""
    try:
        columns, rows = PAGE.decode(data)
    except msgspec.ValidationError:
        return None
    return rows if columns == PACKED_COLUMNS else None


def delete_pages(connection: sqlite3.Connection, server_key: int) -> None:
    connection.execute("DELETE FROM route_pages WHERE server_key = ?", (server_key,))


def read_rows(connection: sqlite3.Connection, server_key: int, after_position: int, count: int) -> list[Row]:
    """The server's rows in order of position, the first `count` (-1: all) after the position."""
    pages = connection.execute(
        "SELECT first_position, last_position, data FROM route_pages "
        "WHERE server_key = ? AND last_position > ? ORDER BY last_position",
        (server_key, after_position),
    )
    wanted = HIGHEST if count == -1 else count
    rows: list[Row] = []
    after = after_position
    for first, last, data in pages:
        if first > after + 1:
            rows += select_between(connection, server_key, after, first, wanted - len(rows))
        if len(rows) >= wanted:
            break
        packed = unpack_rows(data)
        if packed is None:
            packed = select_between(connection, server_key, first - 1, last + 1, last + 1 - first)
        rows += packed if first > after else [row for row in packed if row[POSITION] > after]
        after = last
    else:
        rows += select_between(connection, server_key, after, HIGHEST, wanted - len(rows))
    return rows[:wanted]


def select_between(
    connection: sqlite3.Connection, server_key: int, after_position: int, before_position: int, count: int
) -> list[Row]:
    """The rows between the positions, `count` of them at most, as the table itself has them."""
    return connection.execute(
        f"{SELECT} WHERE server_key = ? AND position > ? AND position < ? ORDER BY position LIMIT ?",
        (server_key, after_position, before_position, count),
    ).fetchall()
