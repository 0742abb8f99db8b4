"""`mockwave verify SERVER`: checks whether the expected requests came. Exit code 0: yes; 1: no, with the nearest ones.

The condition is a `when` of docs/rules.md: a whole one with --request, or options, each for one part of it. With both,
everything has to hold.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
from msgspec import UNSET

from mockwave.cli.client import connect
from mockwave.cli.command_options import client_options, json_option, option, since_option
from mockwave.cli.tables import print_json, print_table
from mockwave.model import LogEntry

if TYPE_CHECKING:
    from mockwave.management.verifications import Verified
    from mockwave.verification.nearness import NearMiss

NOT_VERIFIED = 1
MOST_SECONDS = 60
MOST_BYTES = 1 << 20


class JsonFile(click.ParamType[dict[str, Any]]):
    """A JSON file, or `-` for standard input, as the object that it holds."""

    name = "FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        file: IO[bytes] = click.File("rb").convert(value, param, ctx)
        text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            self.fail(f"{value}: more than {MOST_BYTES} bytes", param, ctx)
        try:
            read = json.loads(text)
        except (ValueError, RecursionError) as error:
            self.fail(f"{value}: is not JSON: {error}", param, ctx)
        if not isinstance(read, dict):
            self.fail(f"{value}: expected an object, a `when` of docs/rules.md", param, ctx)
        return read


@click.command()
@click.argument("server")
@client_options
@option(
    "--request",
    "-r",
    type=JsonFile(),
    help="File with the condition, a `when` of rules in JSON; - means standard input.",
)
@option("--method", help="Only requests of this method.")
@option("--path", help="Only requests to this path, or to a pattern like /orders/{id} or /files/**.")
@option(
    "--header", "headers", metavar="NAME=VALUE", multiple=True, help="Only requests with this header. May be repeated."
)
@option(
    "--query", "queries", metavar="NAME=VALUE", multiple=True, help="Only with this query parameter. May be repeated."
)
@option("--exactly", type=click.IntRange(min=0), help="Exactly this many requests.")
@option("--at-least", type=click.IntRange(min=0), help="This many or more.  [default: 1]")
@option("--at-most", type=click.IntRange(min=0), help="This many or fewer.")
@since_option
@option(
    "--timeout", type=click.FloatRange(0, MOST_SECONDS), default=0.0, help="How many seconds to wait for the requests."
)
@json_option
def command(
    server: str,
    data_dir: Path | None,
    server_url: str | None,
    token: str | None,
    request: dict[str, Any] | None,
    method: str | None,
    path: str | None,
    headers: Sequence[str],
    queries: Sequence[str],
    exactly: int | None,
    at_least: int | None,
    at_most: int | None,
    since: str | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Check whether a mock server, given by id or name, has received certain requests; exit with 1 if it has not."""
    if exactly is not None and (at_least is not None or at_most is not None):
        raise click.UsageError("--exactly stands alone; --at-least and --at-most may stand together")
    if at_least is not None and at_most is not None and at_least > at_most:
        raise click.UsageError("no number is at least --at-least and at most --at-most")
    when = combine(request, make_when(method, path, headers, queries))
    with connect(data_dir, server_url, token) as client:
        found = client.verify(
            client.find_server(server).id,
            when,
            exactly=exactly,
            at_least=at_least,
            at_most=at_most,
            since=since,
            timeout_ms=round(timeout * 1000),
        )
    if as_json:
        print_json(found)
    else:
        show(found)
    if not found.verified:
        sys.exit(NOT_VERIFIED)


def make_when(method: str | None, path: str | None, headers: Sequence[str], queries: Sequence[str]) -> dict[str, Any]:
    """The options as a `when`."""
    when: dict[str, Any] = {}
    if method is not None:
        when["method"] = method.upper()
    if path is not None:
        when["path"] = path
    parts = [when] if when else []
    # Each name=value is a separate part: a name that is given twice has to come with both values.
    for field, option_name, given in (("headers", "--header", headers), ("query", "--query", queries)):
        for text in given:
            name, equals, value = text.partition("=")
            if not equals or not name:
                raise click.UsageError(f"{option_name}: expected NAME=VALUE, got {text!r}")
            parts.append({field: {name: {"equalTo": value}}})
    return parts[0] if len(parts) == 1 else {"all": parts} if parts else {}


def combine(request: dict[str, Any] | None, when: dict[str, Any]) -> dict[str, Any]:
    if not request or not when:
        return request or when
    return {"all": [request, when]}


def show(found: "Verified") -> None:
    requests = "request" if found.count == 1 else "requests"
    click.echo(f"{'verified' if found.verified else 'not verified'}: {found.count} {requests} like that")
    if found.entries:
        print_table(("TIME", "METHOD", "PATH", "STATUS"), [_cells(entry) for entry in found.entries])
    elif found.nearest:
        rows = [row for miss in found.nearest for row in _miss_rows(miss)]
        print_table(("NEAREST", "METHOD", "PATH", "STATUS", "DIFFERS AT", "EXPECTED", "GOT"), rows)


def _cells(entry: LogEntry) -> tuple[str, ...]:
    query = "" if entry.request_query is UNSET or not entry.request_query else f"?{entry.request_query}"
    return entry.timestamp, entry.request_method, f"{entry.request_path}{query}", str(entry.response_status_code)


def _miss_rows(miss: "NearMiss") -> list[tuple[str, ...]]:
    """A line for each difference of the entry; the entry itself stands in the first line."""
    first = _cells(miss.entry)
    rest = ("",) * len(first)
    return [
        (*(rest if index else first), each.pointer.removeprefix("/request"), each.expected, each.actual)
        for index, each in enumerate(miss.differences)
    ]
