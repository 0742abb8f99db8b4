"""The reading process against input that would exhaust, stall or crash it: a clear error, and the next job works."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mockwave.openapi import Import, SpecificationError, read_specification
from mockwave.reading.reading_limits import ReadingInterrupted, ReadingLimitExceeded
from mockwave.reading.source_texts import NotAString, SourceText, compress_text, decompress_text
from mockwave.reading.specification_reader import SpecificationReader
from tests.harness import is_alive
from tests.waiting import wait_until

HEAD = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n"
PLAIN = f"{HEAD}paths: {{/a: {{get: {{responses: {{'200': {{description: d}}}}}}}}}}\n"


@pytest.fixture
async def reader() -> AsyncIterator[SpecificationReader]:
    reader = SpecificationReader()
    yield reader
    await reader.close()


async def read_plain(reader: SpecificationReader) -> Import:
    return (await reader.read(SourceText.of(PLAIN), use_examples=True)).imported


async def exceed(reader: SpecificationReader, text: str) -> ReadingLimitExceeded:
    with pytest.raises(ReadingLimitExceeded) as caught:
        await reader.read(SourceText.of(text), use_examples=True)
    return caught.value


def document_of(schema: Any, **schemas: Any) -> str:
    content = {"application/json": {"schema": schema}}
    responses = {"200": {"description": "d", "content": content}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": responses}}},
    }
    return json.dumps(document | {"components": {"schemas": schemas}})


async def test_what_the_process_reads_is_what_the_text_says(reader: SpecificationReader) -> None:
    text = (Path(__file__).parents[1] / "specs" / "petstore.yaml").read_text()
    forms = [
        SourceText.of(text),
        SourceText("json", (json.dumps(text)[1:-1].encode(),)),
        SourceText("zlib", (compress_text(text.encode()),)),
    ]
    for source in forms:
        for use_examples in (True, False):
            read = await reader.read(source, use_examples=use_examples)
            assert read.imported == read_specification(text, use_examples=use_examples)
            assert decompress_text(read.compressed_text) == text.encode()


@pytest.mark.parametrize("inside", [b"\\x", b"\\ud83d", b"\xff", b'a"b', b"a\nb"])
async def test_what_is_no_string_of_json_is_told_apart_from_what_is_no_specification(
    reader: SpecificationReader, inside: bytes
) -> None:
    with pytest.raises(NotAString):
        await reader.read(SourceText("json", (inside,)), use_examples=True)
    assert (await read_plain(reader)).operations


async def test_operations_of_a_large_document_keep_their_order_and_bodies(reader: SpecificationReader) -> None:
    content = {
        f"/p{index}": {"get": {"responses": {"200": {"content": {"text/plain": {"example": f"{index % 700}"}}}}}}
        for index in range(1_500)
    }
    text = json.dumps({"openapi": "3.0.0", "paths": content})
    imported = (await reader.read(SourceText.of(text), use_examples=True)).imported
    assert [operation.path for operation in imported.operations] == list(content)
    assert [int(operation.body) for operation in imported.operations] == [index % 700 for index in range(1_500)]


async def test_one_process_reads_one_document_after_the_other(reader: SpecificationReader) -> None:
    assert reader.process_id is None
    await asyncio.gather(*(read_plain(reader) for _ in range(5)))
    first = reader.process_id
    with pytest.raises(SpecificationError, match="paths"):
        await reader.read(SourceText.of("openapi: 3.0.0"), use_examples=True)
    await read_plain(reader)
    assert reader.process_id == first


async def test_a_document_beyond_the_size_is_refused_by_name() -> None:
    reader = SpecificationReader(size_limit_bytes=1_000)
    error = await exceed(reader, PLAIN + "#" * 1_000)
    assert (error.limit, error.problems[0].pointer) == ("size", "")
    error = await exceed(reader, PLAIN + "#" + "é" * 600)
    assert error.limit == "size"
    assert len((await read_plain(reader)).operations) == 1
    await reader.close()


async def test_a_document_beyond_the_memory_is_refused_by_name() -> None:
    reader = SpecificationReader(memory_limit_bytes=200 << 20)
    large = json.dumps({"openapi": "3.0.0", "paths": {}, "x-large": [[] for _ in range(4_000_000)]})
    error = await exceed(reader, large)
    assert error.limit == "memory"
    assert "200 MiB" in error.problems[0].message
    assert len((await read_plain(reader)).operations) == 1
    await reader.close()


async def test_a_document_beyond_the_cpu_time_is_refused_by_name() -> None:
    reader = SpecificationReader(cpu_limit_s=1)
    slow = json.dumps({"openapi": "3.0.0", "paths": {f"/{'{a}/' * 8}{index}": {"get": {}} for index in range(300_000)}})
    error = await exceed(reader, slow)
    assert error.limit == "time"
    assert "1 s of CPU time" in error.problems[0].message
    assert len((await read_plain(reader)).operations) == 1
    await reader.close()


async def test_a_document_beyond_the_time_is_refused_by_name() -> None:
    reader = SpecificationReader(wall_limit_s=0.001)
    error = await exceed(reader, PLAIN)
    assert error.limit == "time"
    assert "0.001 s in all" in error.problems[0].message
    assert "CPU" not in error.problems[0].message
    await reader.close()


def with_large_string(size: int, uses: int) -> str:
    """Returns a document with one long string in the answers of many operations, all different."""
    content = {
        f"/p{number}": {
            "get": {
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"properties": {f"a{number}": refer("Large")}}},
                        }
                    }
                }
            }
        }
        for number in range(uses)
    }
    schemas = {"Large": {"type": "string", "example": "x" * size}}
    return json.dumps({"openapi": "3.0.0", "paths": content, "components": {"schemas": schemas}})


async def test_a_document_of_which_too_much_is_made_is_refused_by_name() -> None:
    """One string of 1 MB in 300 answers took 630 MB of a worker and 287 MB of its database. Beyond that the process
    that read it crashed, and the document was said to be nested too deeply."""
    reader = SpecificationReader(least_output_bytes=1 << 20)
    error = await exceed(reader, with_large_string(1 << 16, 300))
    assert error.limit == "output"
    assert "--max-import-bytes" in error.problems[0].message
    imported = (await reader.read(SourceText.of(with_large_string(1 << 16, 10)), use_examples=True)).imported
    assert sum(map(len, imported.parts)) <= 20 * (1 << 16)
    await reader.close()


async def test_a_body_too_large_to_be_passed_on_is_refused_by_name(reader: SpecificationReader) -> None:
    example = {"responses": {"200": {"content": {"text/plain": {"example": "x" * (17 << 20)}}}}}
    error = await exceed(reader, json.dumps({"openapi": "3.0.0", "paths": {"/a": {"get": example}}}))
    assert error.limit == "part"


async def test_a_lower_limit_of_memory_from_outside_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under `ulimit -v` every import was said to be nested too deeply."""
    monkeypatch.setattr("mockwave.reading.specification_reader.limited_memory", lambda _: 200 << 20)
    reader = SpecificationReader()
    large = json.dumps({"openapi": "3.0.0", "paths": {}, "x-large": [[] for _ in range(4_000_000)]})
    error = await exceed(reader, large)
    assert error.limit == "memory"
    assert "200 MiB" in error.problems[0].message and "ulimit -v" in error.problems[0].message
    assert len((await read_plain(reader)).operations) == 1
    await reader.close()


LAUGHS = (
    HEAD
    + "x-0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"x-{level}: &a{level} [{','.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 20))
)
HOSTILE = {
    "aliases of aliases": LAUGHS + "paths: {}\n",
    "aliases of one list": f"{HEAD}x-a: &a [{'1,' * 12_000}1]\nx-b: [{'*a,' * 8_000}*a]\npaths: {{}}\n",
    "arrays in arrays": "[" * 1_000_000,
    "objects in objects": '{"a":' * 1_000_000,
    "flow in flow": f"{HEAD}x: {'[' * 200_000}",
    "dashes": f"{HEAD}x:\n{'- ' * 200_000}",
    "deep schema": document_of({}).replace('"schema": {}', '"schema": ' + '{"items": ' * 10_000 + "{}" + "}" * 10_000),
    "half a document": document_of({"type": "string"})[:-20],
    "not text": "\x00\x01\x02" * 1_000,
    "half a character": "openapi: '\ud800'",
    "a reference to a file": document_of({"$ref": "file:///etc/passwd"}),
    "a reference to a host": document_of({"$ref": "http://127.0.0.1:1/"}),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_document_is_refused_and_the_next_one_is_read(reader: SpecificationReader, name: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        await reader.read(SourceText.of(HOSTILE[name]), use_examples=True)
    assert all(problem.message for problem in caught.value.problems)
    assert len((await read_plain(reader)).operations) == 1


def refer(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


GREEDY = {
    "a circle of thirty": document_of(
        refer("S0"), **{f"S{i}": {"properties": {f"p{j}": refer(f"S{j}") for j in range(30)}} for i in range(30)}
    ),
    "allOf doubled forty times": document_of(
        refer("S0"), **{f"S{i}": {"allOf": [refer(f"S{i + 1}"), refer(f"S{i + 1}")]} for i in range(40)}, S40={}
    ),
    "a billion items": document_of({"type": "array", "items": {"type": "string"}, "minItems": 10**9}),
    "a billion characters": document_of({"type": "string", "minLength": 10**9}),
    "a catastrophic pattern": document_of({"type": "string", "pattern": "^(a+)+$(?!a)"}),
    "an enormous pattern": document_of({"type": "string", "pattern": "((a{1000}){1000}){1000}"}),
}


@pytest.mark.parametrize("name", GREEDY)
async def test_a_document_that_asks_for_too_much_is_read_within_bounds(reader: SpecificationReader, name: str) -> None:
    imported = (await reader.read(SourceText.of(GREEDY[name]), use_examples=True)).imported
    assert len(imported.operations[0].body) < 2_000_000


@pytest.mark.parametrize(
    ("number", "limit"), [(signal.SIGABRT, "memory"), (signal.SIGPROF, "time"), (signal.SIGXCPU, "time")]
)
async def test_a_process_that_is_ended_for_a_limit_says_which(
    reader: SpecificationReader, number: signal.Signals, limit: str
) -> None:
    await read_plain(reader)
    error = await end_while_reading(reader, number)
    assert isinstance(error, ReadingLimitExceeded)
    assert error.limit == limit
    assert len((await read_plain(reader)).operations) == 1


async def test_a_process_that_somebody_killed_says_so(reader: SpecificationReader) -> None:
    """The document was said to take too much memory, though the kernel had killed nobody for that."""
    await read_plain(reader)
    error = await end_while_reading(reader, signal.SIGKILL)
    assert isinstance(error, ReadingInterrupted)
    assert "was killed; send it again" in error.problems[0].message
    assert len((await read_plain(reader)).operations) == 1


async def test_a_crash_of_the_process_is_an_error_of_the_document(reader: SpecificationReader) -> None:
    await read_plain(reader)
    error = await end_while_reading(reader, signal.SIGSEGV)
    assert not isinstance(error, ReadingLimitExceeded)
    assert "signal 11" in error.problems[0].message
    assert "nested" not in error.problems[0].message
    assert len((await read_plain(reader)).operations) == 1


async def end_while_reading(reader: SpecificationReader, number: signal.Signals) -> SpecificationError:
    process_id = reader.process_id
    assert process_id is not None
    os.kill(process_id, signal.SIGSTOP)  # the job is under way, and cannot end before the signal comes
    reading = asyncio.ensure_future(read_plain(reader))
    await asyncio.sleep(0)
    os.kill(process_id, number)
    os.kill(process_id, signal.SIGCONT)
    with pytest.raises(SpecificationError) as caught:
        await reading
    return caught.value


async def test_a_process_that_died_while_idle_is_replaced(reader: SpecificationReader) -> None:
    await read_plain(reader)
    first = reader.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await wait_until(lambda: reader.process_id is None or not is_alive(first))
    with_another = await read_after_death(reader)
    assert len(with_another.operations) == 1
    assert reader.process_id != first


async def read_after_death(reader: SpecificationReader) -> Import:
    """Reads once more if the loop had not noticed the death yet: that job may fail, but only as interrupted."""
    try:
        return await read_plain(reader)
    except ReadingInterrupted:
        return await read_plain(reader)


async def test_a_process_that_was_started_ahead_reads_what_comes() -> None:
    reader = SpecificationReader()
    await reader.prepare()
    first = reader.process_id
    assert first is not None
    assert len((await read_plain(reader)).operations) == 1
    await reader.prepare()
    assert reader.process_id == first
    await reader.close()
    await reader.prepare()
    assert reader.process_id is None


async def test_a_process_that_was_started_ahead_in_vain_is_ended() -> None:
    reader = SpecificationReader(idle_s=0.01)
    await reader.prepare()
    await wait_until(lambda: reader.process_id is None)
    await reader.close()


async def test_an_idle_process_is_ended() -> None:
    reader = SpecificationReader(idle_s=0.01)
    await read_plain(reader)
    await wait_until(lambda: reader.process_id is None)
    assert len((await read_plain(reader)).operations) == 1
    await reader.close()


async def test_a_caller_who_leaves_ends_the_job_and_the_next_one_is_read(reader: SpecificationReader) -> None:
    await read_plain(reader)
    first = reader.process_id
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    reading = asyncio.ensure_future(read_plain(reader))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len((await read_plain(reader)).operations) == 1
    await wait_until(lambda: not is_alive(first))


async def test_closing_ends_the_process_and_the_job_in_it(reader: SpecificationReader) -> None:
    await read_plain(reader)
    process_id = reader.process_id
    assert process_id is not None
    os.kill(process_id, signal.SIGSTOP)
    reading = asyncio.ensure_future(read_plain(reader))
    await asyncio.sleep(0)
    await reader.close()
    assert not is_alive(process_id)
    with pytest.raises(SpecificationError, match="stopping"):
        await reading
    with pytest.raises(SpecificationError, match="stopping"):
        await read_plain(reader)


async def test_the_process_gives_way_to_others_and_holds_no_files_of_its_parent(reader: SpecificationReader) -> None:
    with open(__file__, "rb"):
        await read_plain(reader)
        process_id = reader.process_id
        assert process_id is not None
        assert os.getpriority(os.PRIO_PROCESS, process_id) > os.getpriority(os.PRIO_PROCESS, 0)
        held = {os.readlink(each) for each in Path(f"/proc/{process_id}/fd").iterdir()}
    assert __file__ not in held
