"""The columns of a route: how a RouteRecord becomes a row, and a row a RouteRecord again.

Every field of RouteRecord (store/records.py) but those of NOT_STORED is a column of its name, in the order of the
fields. A new field, the last, needs a migration that adds its column, and a line in `to_row` and in `make_records`.
Pages that were packed without it are no longer read (route_pages.py).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from mockwave.store.records import RouteRecord

NOT_STORED = ("mock_server_id", "parts")
"""What the rows of a server have in common."""

COLUMNS = tuple(field for field in RouteRecord.__struct_fields__ if field not in NOT_STORED)
# Their positions in a Row.
ID, GENERATED, METHOD, PATH, PATH_KEY, POSITION, HEADERS, REVISION, RULES = map(
    COLUMNS.index, ("id", "generated", "method", "path", "path_key", "position", "headers", "revision", "rules")
)

SELECT = f"SELECT {', '.join(COLUMNS)} FROM routes"
INSERT = f"INSERT INTO routes ({', '.join(COLUMNS)}, server_key) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"
UPDATE = f"UPDATE routes SET {', '.join(f'{column} = ?' for column in COLUMNS[1:])} WHERE id = ?"

decode_headers = msgspec.msgpack.Decoder(tuple[tuple[str, str], ...]).decode
encode_headers = msgspec.msgpack.Encoder().encode
NO_HEADERS = encode_headers(())
BASE_PATHS = msgspec.json.Decoder(tuple[str, ...])

# A row's values, in the order of COLUMNS. They are stored like this in pages too (route_pages.py).
Row = tuple[Any, ...]


def to_row(route: RouteRecord) -> Row:
    return (
        route.id,
        route.generated,
        route.method,
        route.path,
        route.path_key,
        route.status_code,
        route.position,
        encode_headers(route.headers) if route.headers else NO_HEADERS,
        route.body if route.body_part is None else b"",
        route.content_type,
        route.delay_ms,
        route.variants,
        route.revision,
        route.body_part,
        None if route.base_paths is None else msgspec.json.encode(route.base_paths).decode(),
        route.rules,
        route.template,
    )


def make_records(mock_server_id: str, rows: Sequence[Row], parts: Sequence[bytes]) -> list[RouteRecord]:
    """The routes of these rows of one server, which has these parts."""
    # Most routes of a server have the same headers.
    headers = {encoded: decode_headers(encoded) for encoded in {row[HEADERS] for row in rows}}
    # By position, and in one loop: a large server has 22,000, and the first request to it waits for them.
    return [
        RouteRecord(
            route_id,
            mock_server_id,
            bool(generated),
            method,
            path,
            path_key,
            status_code,
            position,
            headers[encoded_headers],
            body if body_part is None else parts[body_part],
            content_type,
            delay_ms,
            variants,
            revision,
            body_part,
            parts if generated else (),
            None if base_paths is None else decode_base_paths(base_paths),
            rules,
            template,
        )
        for (
            route_id,
            generated,
            method,
            path,
            path_key,
            status_code,
            position,
            encoded_headers,
            body,
            content_type,
            delay_ms,
            variants,
            revision,
            body_part,
            base_paths,
            rules,
            template,
        ) in rows
    ]


@lru_cache(maxsize=1)  # routes that have the same follow one another
def decode_base_paths(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else BASE_PATHS.decode(text)
