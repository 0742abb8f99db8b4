"""What `mockwave serve` prints on stdout once it answers and has made the mock servers of its files.

Everything goes through the management API, as for any client. A file that was served before on the same data folder
updates the mock server that it made: `served.json` in the folder maps the file's path to the server's id.
"""

import contextlib
import re
import shlex
from pathlib import Path
from urllib.parse import quote, urlsplit

import click
import msgspec
from msgspec import UNSET, Struct

from mockwave.cli.specification_commands import LOCAL_WORKSPACE, SpecificationFile
from mockwave.client.errors import NoAnswer, NotFound, ProblemError
from mockwave.client.plain_client import PlainClient
from mockwave.data_folder import DataFolder
from mockwave.management.keys import find_secret
from mockwave.management.page import issue_code
from mockwave.management.page_host import PAGE_HOST
from mockwave.management.tokens import mint_token
from mockwave.model import MockRoute, MockServer, MockServerCreate, MockServerUpdate
from mockwave.server.awaited_workers import wait_until_ready
from mockwave.server.certificates import trust_anything
from mockwave.server.presence import RunningServer
from mockwave.server.start_errors import StartError
from mockwave.settings import Settings

TOKEN_LIVES_DAYS = 30
SHOWN_PROBLEMS = 10
ATTEMPTS = 5

SAMPLE_VALUE = "1"
"""Fills in for any parameter of a path: it is both a string and a number, and has no special characters."""

URL_CHARACTERS = "/:@!$&'()*+,;=-._~%"
"""RFC 3986 §3.3, and the % of the escapes that a path pattern already has."""

_PARAMETER = re.compile(r"\{[^{}]*\}")


class Served(Struct):
    """A mock server made from a file."""

    server: MockServer
    routes: list[MockRoute]


def announce(server: RunningServer, settings: Settings, files: list[SpecificationFile]) -> None:
    """Makes or updates one mock server per file, then prints where everything is. Raises StartError for a refusal."""
    token = _mint_own_token(settings)
    served, held = _serve_patiently(server, token, DataFolder(settings.data_dir), files)
    workers = "1 worker" if settings.workers == 1 else f"{settings.workers} workers"
    lines = [f"mockwave serves {_count(held, 'mock server')} at {server.url} with {workers}", ""]
    for one in served:
        lines += [*_describe_served(one, insecure=bool(server.tls_certificate)), ""]
    lines += [
        f"page         {_find_page(server, settings)}",
        f"management   {server.url}/mock-servers",
        f"token        {token}" if token else "token        not needed (--no-auth)",
        f"data folder  {settings.data_dir}" + (" (removed at the end)" if settings.ephemeral else ""),
    ]
    # The reader of this may be gone; the server stays.
    with contextlib.suppress(BrokenPipeError):
        click.echo("\n".join(lines))


def sample_url(base_url: str, route: MockRoute) -> str:
    """A URL that the route answers: every parameter filled in, every character allowed."""
    path = _PARAMETER.sub(SAMPLE_VALUE, route.path).removesuffix("**")
    return base_url + quote(path, safe=URL_CHARACTERS)


def sample_command(base_url: str, route: MockRoute, *, insecure: bool = False) -> str:
    """A curl command for a shell, which the route answers."""
    words = ["curl"]
    if insecure:
        words.append("--insecure")
    if route.method == "HEAD":
        words.append("--head")
    elif route.method != "GET":
        words += ["--request", route.method]
    return shlex.join([*words, sample_url(base_url, route)])


def choose_sample(routes: list[MockRoute]) -> MockRoute | None:
    """The route to show: if possible a GET without parameters that succeeds at once; the first of those."""
    return min(
        routes,
        key=lambda route: (
            route.method != "GET",
            "{" in route.path,
            not 200 <= route.status_code < 300,
            route.delay or 0,
        ),
        default=None,
    )


def _mint_own_token(settings: Settings) -> str:
    if not settings.auth:
        return ""
    secret = find_secret(DataFolder(settings.data_dir), settings.jwt_secret)
    return mint_token(
        secret,
        expires_in_s=TOKEN_LIVES_DAYS * 86_400,
        subject="mockwave serve",
        audience=settings.audience,
        issuer=settings.issuer,
    )


def _find_page(server: RunningServer, settings: Settings) -> str:
    """The URL of the page: with a code that signs in once, or without tokens under its own host."""
    if settings.auth:
        return f"{server.url}/#{issue_code(settings)}"
    parts = urlsplit(server.url)
    return f"{parts.scheme}://{PAGE_HOST}:{parts.port}/"


def _serve_patiently(
    server: RunningServer, token: str, folder: DataFolder, files: list[SpecificationFile]
) -> tuple[list[Served], int]:
    """The mock servers made from the files, and how many there are in all. Tried once more if a worker dies
    meanwhile."""
    attempts_left = ATTEMPTS
    while True:
        try:
            client = PlainClient(server.url, token, tls=trust_anything())
            return _serve_files(client, folder, files), len(client.list_servers())
        except NoAnswer as error:
            attempts_left -= 1
            if attempts_left == 0:
                raise StartError(str(error)) from None
        wait_until_ready(server.url, lambda: False)


def _serve_files(client: PlainClient, folder: DataFolder, files: list[SpecificationFile]) -> list[Served]:
    record = folder.path / "served.json"
    made = _read_record(record)
    served, refusals = [], []
    for file in files:
        path = str(file.path.resolve())
        try:
            server = _serve_file(client, file, made.get(path))
        except ProblemError as error:
            refusals += [f"{file.path}: {line}" for line in error.lines]
            continue
        made[path] = server.id
        record.write_bytes(msgspec.json.encode(made))
        served.append(Served(server, client.list_routes(server.id)))
    if refusals:
        raise StartError("\n".join(refusals))
    return served


def _serve_file(client: PlainClient, file: SpecificationFile, earlier_id: str | None) -> MockServer:
    if earlier_id is not None:
        try:
            if client.read_specification(earlier_id) == file.text:
                return client.read_server(earlier_id)
            return client.update_server(earlier_id, MockServerUpdate(specification=file.text))
        except NotFound:
            pass  # it has been deleted since
    return client.create_server(MockServerCreate(name=file.name, workspace_id=LOCAL_WORKSPACE, specification=file.text))


def _read_record(record: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(record.read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


def _describe_served(served: Served, *, insecure: bool) -> list[str]:
    server, sample = served.server, choose_sample(served.routes)
    lines = [f"{server.name}: {_count(len(served.routes), 'route')}", f"  base URL   {server.url}"]
    if sample is not None:
        lines.append(f"  try        {sample_command(server.url, sample, insecure=insecure)}")
    if server.import_report is not UNSET:
        problems = server.import_report.problems
        lines += [f"  left out   {problem.pointer}: {problem.message}" for problem in problems[:SHOWN_PROBLEMS]]
        if len(problems) > SHOWN_PROBLEMS:
            lines.append(f"  left out   and {len(problems) - SHOWN_PROBLEMS} more")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
