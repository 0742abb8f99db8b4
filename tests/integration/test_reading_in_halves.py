"""Documents read by two processes: the same Import, the same refusals, and any end of one of them ends the job."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mockwave.answers.variants import decode_variants
from mockwave.openapi import Import, Operation, SpecificationError, read_specification
from mockwave.reading.reading_limits import ReadingInterrupted, ReadingLimitExceeded
from mockwave.reading.source_texts import SourceText, decompress_text
from mockwave.reading.specification_reader import SpecificationReader
from tests.harness import is_alive
from tests.waiting import wait_until

DOCUMENTS = sorted((Path(__file__).parents[1] / "specs").glob("*.json"))


@pytest.fixture
async def reader() -> AsyncIterator[SpecificationReader]:
    reader = SpecificationReader(halved_bytes=0)
    yield reader
    await reader.close()


async def read(reader: SpecificationReader, text: str) -> Import:
    return (await reader.read(SourceText.of(text), use_examples=True)).imported


def show(imported: Import) -> list[Any]:
    """Returns the visible content of an Import, without the numbers of parts."""
    shown: list[Any] = [imported.dialect, imported.title, imported.base_paths, imported.report]
    return shown + [show_operation(operation, imported.parts) for operation in imported.operations]


def show_operation(operation: Operation, parts: list[bytes]) -> tuple[Any, ...]:
    variants = decode_variants(operation.variants, parts) if operation.variants else []
    bodies = [[content.bodies for content in variant.contents] for variant in variants]
    return operation.method, operation.path, operation.pointer, operation.status_code, operation.body, bodies


def document_of(first: dict[str, Any], second: dict[str, Any], **more: Any) -> str:
    """Returns a document of two paths, one in each half."""
    document = {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/first": first, "/second": second},
    }
    return json.dumps(document | more)


def answer(schema: Any) -> dict[str, Any]:
    responses = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
    return {"get": {"responses": responses}}


STRING = answer({"type": "string"})


async def test_what_two_processes_read_is_what_one_reads(reader: SpecificationReader) -> None:
    for path in DOCUMENTS:
        text = path.read_text()
        result = await reader.read(SourceText.of(text), use_examples=True)
        assert show(result.imported) == show(read_specification(text)), path.name
        assert decompress_text(result.compressed_text) == text.encode()


async def test_the_same_process_reads_one_document_after_the_other(reader: SpecificationReader) -> None:
    await read(reader, document_of(STRING, STRING))
    process_id = reader.process_id
    for _ in range(20):
        assert len((await read(reader, document_of(STRING, STRING))).operations) == 2
    assert process_id is not None and reader.process_id == process_id
    assert len(list(Path(f"/proc/{process_id}/fd").iterdir())) == 4
    assert find_children(process_id) == []


async def test_operations_of_both_halves_keep_their_order_and_bodies(reader: SpecificationReader) -> None:
    paths = {
        f"/p{index}": {"get": {"responses": {"200": {"content": {"text/plain": {"example": f"{index % 700}"}}}}}}
        for index in range(3_000)
    }
    imported = await read(reader, json.dumps({"openapi": "3.0.0", "paths": paths}))
    assert [operation.path for operation in imported.operations] == list(paths)
    assert [int(operation.body) for operation in imported.operations] == [index % 700 for index in range(3_000)]
    assert imported.report.routes == imported.report.operations == 3_000


async def test_problems_of_both_halves_are_reported_once_and_in_order(reader: SpecificationReader) -> None:
    lost = {"$ref": "#/components/schemas/Lost"}
    shared = {"Shared": {"type": "object", "properties": {"a": lost}}}
    uses = answer({"$ref": "#/components/schemas/Shared"})
    text = document_of(uses, {**uses, "trace": {}, "post": {"responses": {"no": {}}}}, components={"schemas": shared})
    imported, whole = await read(reader, text), read_specification(text)
    assert imported.report == whole.report
    assert len(imported.report.problems) == 3


BROKEN = {
    "its first half": document_of(answer({"$ref": "other.json#/a"}), STRING),
    "its second half": document_of(STRING, answer({"$ref": "other.json#/a"})),
    "a key that occurs twice": document_of(STRING, STRING).replace('"/second"', '"/first"'),
    "its end": document_of(STRING, STRING)[:-1],
    "its dialect": document_of(STRING, STRING).replace("3.0.0", "9.0.0"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_document_that_is_broken_is_refused_as_ever(reader: SpecificationReader, name: str) -> None:
    with pytest.raises(SpecificationError) as expected:
        read_specification(BROKEN[name])
    with pytest.raises(SpecificationError) as caught:
        await read(reader, BROKEN[name])
    assert caught.value.problems == expected.value.problems
    assert len((await read(reader, document_of(STRING, STRING))).operations) == 2


@pytest.mark.parametrize("borrower", ["/first", "/second"])
async def test_a_document_whose_halves_need_each_other_is_read_whole(
    reader: SpecificationReader, borrower: str
) -> None:
    lender = "/second" if borrower == "/first" else "/first"
    pointer = f"#/paths/~1{lender[1:]}/get/responses/200/content/application~1json/schema"
    paths = {lender: answer({"type": "boolean"}), borrower: answer({"$ref": pointer})}
    text = document_of(paths["/first"], paths["/second"])
    imported = await read(reader, text)
    assert show(imported) == show(read_specification(text))
    assert [operation.body for operation in imported.operations] == [b"true", b"true"]


async def test_parts_that_were_sent_in_vain_are_gone(reader: SpecificationReader) -> None:
    paths: dict[str, Any] = {f"/p{index}": answer({"enum": [f"value {index}"]}) for index in range(2_000)}
    paths["/last"] = answer({"$ref": "#/paths/~1p0/get/responses/200/content/application~1json/schema"})
    text = json.dumps({"openapi": "3.0.0", "paths": paths})
    imported, whole = await read(reader, text), read_specification(text)
    assert (imported.parts, show(imported)) == (whole.parts, show(whole))


def slow_half() -> dict[str, Any]:
    """Returns a path item that takes seconds: it has many responses that are not responses."""
    return {"get": {"responses": {f"no{number}": {} for number in range(700_000)}}}


@pytest.mark.parametrize("slow", ["/first", "/second"])
async def test_each_half_is_under_the_limit_of_cpu_time(slow: str) -> None:
    reader = SpecificationReader(halved_bytes=0, cpu_limit_s=1)
    item = slow_half()
    text = document_of(item, STRING) if slow == "/first" else document_of(STRING, item)
    with pytest.raises(ReadingLimitExceeded) as caught:
        await read(reader, text)
    assert caught.value.limit == "time"
    assert len((await read(reader, document_of(STRING, STRING))).operations) == 2
    await reader.close()


@pytest.mark.parametrize("large", ["/first", "/second"])
async def test_each_half_is_under_the_limit_of_memory(large: str) -> None:
    reader = SpecificationReader(halved_bytes=0, memory_limit_bytes=200 << 20)
    item = {"x-large": [[] for _ in range(4_000_000)], **STRING}
    text = document_of(item, STRING) if large == "/first" else document_of(STRING, item)
    with pytest.raises(ReadingLimitExceeded) as caught:
        await read(reader, text)
    assert caught.value.limit == "memory"
    assert len((await read(reader, document_of(STRING, STRING))).operations) == 2
    await reader.close()


@pytest.mark.parametrize(("number", "limit"), [(signal.SIGABRT, "memory"), (signal.SIGSEGV, None)])
async def test_what_ends_the_second_process_ends_the_job(
    reader: SpecificationReader, number: signal.Signals, limit: str | None
) -> None:
    reading = asyncio.ensure_future(read(reader, document_of(STRING, slow_half())))
    os.kill(await find_second(reader), number)
    with pytest.raises(SpecificationError) as caught:
        await reading
    assert getattr(caught.value, "limit", None) == limit
    if limit is None:
        assert "signal 11" in caught.value.problems[0].message
    assert len((await read(reader, document_of(STRING, STRING))).operations) == 2


async def test_the_second_process_ends_with_the_first(reader: SpecificationReader) -> None:
    reading = asyncio.ensure_future(read(reader, document_of(STRING, slow_half())))
    second = await find_second(reader)
    assert reader.process_id is not None
    os.kill(reader.process_id, signal.SIGKILL)
    with pytest.raises(ReadingInterrupted):
        await reading
    await wait_until(lambda: not is_alive(second))


async def test_a_caller_who_leaves_ends_both(reader: SpecificationReader) -> None:
    reading = asyncio.ensure_future(read(reader, document_of(slow_half(), slow_half())))
    second = await find_second(reader)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await wait_until(lambda: not is_alive(second))


async def find_second(reader: SpecificationReader) -> int:
    """Returns the id of the process that reads the second half, which has just begun."""
    found: list[int] = []

    def has_begun() -> bool:
        if reader.process_id is not None:
            found.extend(find_children(reader.process_id))
        return bool(found)

    await wait_until(has_begun)
    return found[0]


def find_children(process_id: int) -> list[int]:
    """Returns the children of any of its threads."""
    threads = Path(f"/proc/{process_id}/task").iterdir()
    return [int(each) for thread in threads for each in (thread / "children").read_text().split()]
