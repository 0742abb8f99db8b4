"""Documents in halves: together they say what the whole says, and a document for which that is uncertain is not cut."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwave.answers.variants import Variant, decode_variants
from mockwave.openapi import Operation, Problem, SpecificationError, read_specification
from mockwave.openapi.halves import CannotBeHalved, find_halves, read_half
from mockwave.openapi.operations.path_templates import bring_into_grammar
from mockwave.openapi.specifications import begin_half
from mockwave.paths import PathError, parse_path

DOCUMENTS = sorted((Path(__file__).parents[2] / "specs").glob("*.json"))
OK = {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "integer"}}}}}}
SOME = {"/a": {"get": OK}, "/b/{x}": {"get": OK}, "/c": {"post": OK}, "/d": {"get": OK}}


def write(paths: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": paths} | more).encode()


def read_halves(text: bytes) -> tuple[list[Operation], list[Problem], list[bytes]]:
    """The operations of both halves, the problems, and the parts."""
    halves = find_halves(text)
    readings = [begin_half(halves, 0, use_examples=True), begin_half(halves, 1, use_examples=True)]
    operations = [list(reading.read_operations()) for reading in readings]
    parts: list[bytes] = []
    for reading in readings:
        reading.parts.take().put_into(parts)
    assert all(operations)
    readings[0].add_findings(readings[1].findings)
    report = readings[0].report(sum(map(len, operations)))
    assert report.operations >= report.routes
    return operations[0] + operations[1], report.problems, parts


def show(operation: Operation, parts: list[bytes]) -> tuple[Any, ...]:
    """What there is to see of an operation, without the numbers of parts."""
    variants = decode_variants(operation.variants, parts) if operation.variants else []
    return (
        operation.method,
        operation.path,
        operation.pointer,
        operation.status_code,
        operation.headers,
        operation.content_type,
        operation.body,
        [(variant.key, variant.headers, show_contents(variant)) for variant in variants],
    )


def show_contents(variant: Variant) -> list[Any]:
    return [(content.media_type, content.bodies, content.shapes, content.fault) for content in variant.contents]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_both_halves_are_the_whole(path: Path) -> None:
    text = path.read_bytes()
    whole = read_specification(text.decode())
    try:
        operations, problems, parts = read_halves(text)
    except CannotBeHalved:
        pytest.skip("it is not cut")
    assert [show(each, parts) for each in operations] == [show(each, whole.parts) for each in whole.operations]
    assert problems == whole.report.problems


def test_most_real_documents_can_be_cut() -> None:
    cut = 0
    for path in DOCUMENTS:
        try:
            find_halves(path.read_bytes())
            cut += 1
        except CannotBeHalved:
            pass
    assert cut >= len(DOCUMENTS) * 3 / 4


def test_each_half_has_its_paths_and_all_else() -> None:
    text = write(SOME, components={"schemas": {"A": {"type": "string"}}})
    halves = find_halves(text)
    first, second = read_half(halves, 0), read_half(halves, 1)
    assert {**first["paths"], **second["paths"]} == SOME
    assert first["paths"] and second["paths"]
    assert [*first["paths"], *second["paths"]] == list(SOME)
    for half in (first, second):
        assert list(half) == ["openapi", "info", "paths", "components"]
        assert {**half, "paths": SOME} == json.loads(text)


@pytest.mark.parametrize("indent", [None, 1, "\t"])
@pytest.mark.parametrize("count", [2, 3, 50])
def test_spaces_and_the_number_of_paths_do_not_matter(indent: int | str | None, count: int) -> None:
    paths = {f'/p"{index}\\': {"get": OK} for index in range(count)}
    text = json.dumps({"openapi": "3.0.0", "paths": paths, "x-after": 1}, indent=indent).encode()
    halves = find_halves(text)
    assert sum(halves.counts) == count and min(halves.counts) >= 1
    assert {**read_half(halves, 0)["paths"], **read_half(halves, 1)["paths"]} == paths


UNCUT = {
    "no JSON": b"openapi: 3.0.0\npaths:\n  /a: {}\n  /b: {}\n",
    "half of JSON": write(SOME)[:-10],
    "a byte order mark": b"\xef\xbb\xbf" + write(SOME),
    "an array": b"[1, 2]",
    "nested too deeply": b'{"a":' * 100_000,
    "no paths": write(SOME).replace(b'"paths"', b'"ways"'),
    "paths that are none": write({}).replace(b'"paths": {}', b'"paths": [1, 2]'),
    "one path": write({"/a": {"get": OK}}),
    "two paths for one route": write({"/a/{x}": {"get": OK}, "/a/{y}": {"post": OK}}),
    "a path with a query": write({"/a?b=1": {"get": OK}, "/b": {"get": OK}}),
    "a path with an escape": write({"/%61": {"get": OK}, "/a": {"get": OK}}),
}


@pytest.mark.parametrize("name", UNCUT)
def test_what_has_no_halves_is_not_cut(name: str) -> None:
    with pytest.raises(CannotBeHalved):
        find_halves(UNCUT[name])


def with_schema(schema: str) -> bytes:
    return write(SOME, components={"schemas": {"A": "?"}}).replace(b'"?"', schema.encode())


SUSPECT = {
    "half a surrogate pair": with_schema('{"default": "\\ud800"}'),
    "a reference to elsewhere": with_schema('{"$ref": "other.json"}'),
    "an identifier": with_schema('{"$id": "https://example.com/a"}'),
    "an anchor": with_schema('{"$anchor": "a"}'),
    "a word in disguise": with_schema('{"\\u0024id": "https://example.com/a"}'),
    "a letter in disguise": with_schema('{"$\\u0069d": "https://example.com/a"}'),
    "a key twice": with_schema('{"type": "string", "type": "integer"}'),
    "a member twice": write(SOME, x=1)[:-1] + b', "info": {}}',
    "paths twice": write(SOME)[:-1] + b', "paths": {"/e": {}, "/f": {}}}',
    "a path twice, in both halves": write(SOME).replace(b'"/d"', b'"/a"'),
    "a path twice, in one half": write({**SOME, "/e": {}, "/f": {}}).replace(b'"/f"', b'"/e"'),
    "a number that is none": with_schema('{"default": 1' + "0" * 5_000 + "}"),
}


@pytest.mark.parametrize("name", SUSPECT)
def test_what_only_the_whole_can_tell_is_left_to_it(name: str) -> None:
    with pytest.raises((CannotBeHalved, SpecificationError)):
        read_halves(SUSPECT[name])


@pytest.mark.parametrize("reference", ["#/paths/~1d/get/responses/200", "#/paths/%7E1d/get/responses/200"])
def test_a_reference_into_the_other_half_is_noticed_and_one_into_its_own_is_followed(reference: str) -> None:
    borrowed = {"get": {"responses": {"200": {"$ref": reference}}}}
    with pytest.raises(CannotBeHalved):
        read_halves(write({**SOME, "/a": borrowed}))
    operations, problems, _ = read_halves(write({**SOME, "/c": borrowed}))
    assert [operation.body for operation in operations] == [b"0"] * 4
    assert not problems


SEGMENTS = st.lists(
    st.sampled_from(
        ["a", "{x}", "{y}", "b.{x}", "", "%61", "a b", "?", "#", "{z+}", "**", "é", "%", "{x:[0-9]{3}}", "{?q}", "{;x}"]
    ),
    max_size=3,
)


@given(st.lists(SEGMENTS.map(lambda segments: "/" + "/".join(segments)), min_size=2, max_size=4, unique=True))
def test_paths_that_are_one_route_are_never_cut(paths: list[str]) -> None:
    keys = []
    for path in paths:
        try:
            keys.append(parse_path(bring_into_grammar(path)).key)
        except PathError:
            continue
    try:
        find_halves(write({path: {"get": OK} for path in paths}))
    except CannotBeHalved:
        return
    assert len(set(keys)) == len(keys)
