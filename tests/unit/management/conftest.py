"""A management plane on a real store, without server and processes: calls go in as ManagementRequests."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mockwave.answers.exported_servers import WrittenFile
from mockwave.answers.imported_servers import ImportOptions
from mockwave.answers.sampled_requests import SampledRequest, SampleWish
from mockwave.formats.exports import write_export
from mockwave.formats.recognition import convert_to_openapi
from mockwave.journal.tail import Batch
from mockwave.journal.usage import Usage
from mockwave.judging.judging_messages import CheckJob
from mockwave.judging.judging_process import check
from mockwave.management.auth import Authenticator
from mockwave.management.endpoints import ManagementPlane
from mockwave.management.exchange import Answer, ManagementRequest
from mockwave.management.keys import secret_key
from mockwave.management.tokens import mint_token
from mockwave.model import Figures, LogEntry, LogQuery, Violation
from mockwave.openapi import read_specification
from mockwave.pauses import Pauses
from mockwave.reading.import_jobs import read_usable
from mockwave.reading.readers import ReadMocks, ReadText
from mockwave.reading.source_texts import SourceText, compress_text, unpack_source
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.sampling.route_requests import make_route_request
from mockwave.settings import MINIMUM_STATE_BYTES, Settings
from mockwave.state.states import StateTable
from mockwave.store.sqlite.store import SqliteStore
from mockwave.templates import Template, TemplateError

SECRET = b"0123456789abcdef0123456789abcdef"


class ReaderInProcess:
    """Reads specifications as the real reader does, in this process; counts how often it was told to prepare."""

    def __init__(self) -> None:
        self.preparations = 0

    def prepare(self) -> None:
        self.preparations += 1

    async def read(
        self, source: SourceText, workspace: str, *, use_examples: bool, pauses: Pauses | None = None
    ) -> ReadText:
        text = unpack_source(source.form, source.pieces)
        imported = read_specification(text.decode(), use_examples=use_examples, convert=convert_to_openapi)
        return ReadText(imported, compress_text(text))

    async def read_mocks(
        self,
        source: SourceText,
        workspace: str,
        options: ImportOptions,
        engine_faults: Sequence[str],
        *,
        pauses: Pauses | None = None,
    ) -> ReadMocks:
        read = read_usable(b"".join(source.pieces), options, 1 << 26, engine_faults)
        texts = [compress_text(server.specification) if server.specification else b"" for server in read.servers]
        return ReadMocks(read.servers, texts, read.notes)

    async def write_file(self, lines: Sequence[bytes], workspace: str, *, pauses: Pauses | None = None) -> WrittenFile:
        return write_export(b"".join(lines))

    async def sample_request(self, wish: SampleWish, workspace: str) -> SampledRequest:
        return make_route_request(wish)


class NoTraffic:
    """The log of servers that nobody calls, but for the `chunks` of entries given; keeps the queries asked."""

    def __init__(self) -> None:
        self.queries: list[LogQuery] = []
        self.chunks: list[list[LogEntry]] = []

    async def read_logs(self, mock_server_id: str, query: LogQuery) -> AsyncGenerator[Iterator[LogEntry], None]:
        self.queries.append(query)
        for entries in self.chunks:
            yield iter(entries)

    async def drain(self) -> None:
        pass

    async def read_entry(self, mock_server_id: str, entry_id: str) -> LogEntry | None:
        entries = (entry for chunk in self.chunks for entry in chunk)
        return next((entry for entry in entries if entry.id == entry_id), None)

    async def clear(self, mock_server_id: str) -> int:
        self.chunks.clear()
        return 0

    async def follow(
        self, mock_server_id: str, query: LogQuery, after_sequence: int | None, idle_s: float
    ) -> AsyncGenerator[Batch | None]:
        self.queries.append(query)
        yield None

    async def read_figures(self, mock_server_id: str, since_us: int, step_us: int) -> Figures:
        return Figures(from_="", step_ms=step_us // 1000, steps=[])

    async def count_usage(self, mock_server_id: str) -> Usage:
        return {}


class Caller:
    """Calls a plane the way a client calls the server; `token` is what it sends, and "" sends none."""

    def __init__(
        self, plane: ManagementPlane, reader: ReaderInProcess, store: SqliteStore, logs: NoTraffic, writes: list[int]
    ) -> None:
        self.plane = plane
        self.reader = reader
        self.store = store
        self.logs = logs
        self.writes = writes
        self.states = plane._services.states
        self.token = mint_token(SECRET)
        self.pieces = 1
        """In which the last answer came."""

    async def call(
        self,
        method: str,
        target: str,
        json_body: Any = None,
        *,
        body: bytes | None = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        path, _, query = target.partition("?")
        sent = {"host": "mocks.example:4010", **(headers or {})}
        used = self.token if token is None else token
        if used:
            sent["authorization"] = f"Bearer {used}"
        answer = await self.plane.answer(
            ManagementRequest(
                method=method,
                path=path.encode(),
                query=query.encode(),
                headers=[(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
                chunks=[body if body is not None else b"" if json_body is None else json.dumps(json_body).encode()],
            )
        )
        self.pieces = 1
        if answer.pieces is not None:
            pieces = [piece async for piece in answer.pieces]
            self.pieces = len(pieces)
            answer.body = b"".join(pieces)
        return answer

    async def create_server(self, **fields: Any) -> str:
        """The path of a new server."""
        answer = await self.call("POST", "/mock-servers", {"name": "Pets", "workspaceId": "wrk_1", **fields})
        assert answer.status == 201, answer.body
        return f"/mock-servers/{json.loads(answer.body)['_id']}"

    async def create_route(self, server: str, **fields: Any) -> str:
        """The path of a new route."""
        answer = await self.call("POST", f"{server}/routes", {**ROUTE, **fields})
        assert answer.status == 201, answer.body
        return f"{server}/routes/{quote(json.loads(answer.body)['_id'])}"

    async def read(self, target: str) -> Any:
        answer = await self.call("GET", target)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)


ROUTE = {"method": "GET", "path": "/pets", "statusCode": 200}


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncIterator[Caller]:
    store = SqliteStore(tmp_path / "mockwave.sqlite3", durable=False)
    await store.open()
    reader, logs = ReaderInProcess(), NoTraffic()
    writes: list[int] = []

    async def count_write() -> None:
        writes.append(len(writes))

    async def check_template(owner: str, template: Template) -> TemplateError | None:
        try:
            template.check()
        except TemplateError as fault:
            return fault
        return None

    async def check_rules(
        owner: str, stored: bytes, route: RouteTraits | None, engine_faults: Collection[str]
    ) -> list[Violation]:
        return check(CheckJob(stored, route, list(engine_faults))).faults

    plane = ManagementPlane(
        settings=Settings(data_dir=str(tmp_path)),
        store=store,
        logs=logs,
        states=StateTable(str(tmp_path / "state"), MINIMUM_STATE_BYTES),
        reader=reader,
        check_template=check_template,
        check_rules=check_rules,
        authenticator=Authenticator([secret_key(SECRET)]),
        after_write=count_write,
        count_answered=lambda: 0,
        read_generation=lambda: len(writes),
        is_stopping=lambda: False,
    )
    yield Caller(plane, reader, store, logs, writes)
    await store.close()
