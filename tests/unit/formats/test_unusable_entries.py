"""Entries of a file whose rules the server would refuse are left out and reported; all others are imported."""

import json
from typing import Any

import pytest

from mockwave.answers.imported import SpecificationError
from mockwave.answers.imported_servers import ImportOptions
from mockwave.formats.imports import ReadServers
from mockwave.reading.import_jobs import read_usable
from mockwave.rules.outcomes.faults import ENGINE_FAULTS
from tests.unit.formats.mock_files import LIMIT_BYTES


def read(tree: Any) -> ReadServers:
    """As the server reads it on the engine granian."""
    return read_usable(json.dumps(tree).encode(), ImportOptions(), LIMIT_BYTES, sorted(ENGINE_FAULTS["granian"]))


def mapping(path: str, response: dict[str, Any], **request: Any) -> dict[str, Any]:
    return {"request": {"method": "GET", "urlPath": path, **request}, "response": response}


GOOD_MAPPING = mapping("/good", {"status": 200})
FILES: dict[str, tuple[Any, str]] = {
    "a fault of WireMock": (
        {"mappings": [GOOD_MAPPING, mapping("/bad", {"fault": "EMPTY_RESPONSE"})]},
        "/mappings/1",
    ),
    "an expression of Java's alone": (
        {"mappings": [mapping("/bad", {}, headers={"X-A": {"matches": "(?<=a)b\\1"}}), GOOD_MAPPING]},
        "/mappings/0",
    ),
    "a JSONPath that is none": (
        {"mappings": [mapping("/bad", {}, bodyPatterns=[{"matchesJsonPath": "$.["}]), GOOD_MAPPING]},
        "/mappings/0",
    ),
    "a rule of very many values": (
        {"mappings": [mapping("/bad", {}, bodyPatterns=[{"equalToJson": [[]] * 50_001}]), GOOD_MAPPING]},
        "/mappings/0",
    ),
    "a fault of mountebank": (
        {
            "protocol": "http",
            "stubs": [
                {
                    "predicates": [{"equals": {"path": "/bad"}}],
                    "responses": [{"fault": "CONNECTION_RESET_BY_PEER"}],
                },
                {"predicates": [{"equals": {"path": "/good"}}], "responses": [{"is": {"statusCode": 200}}]},
            ],
        },
        "/stubs/0",
    ),
    "a dropped connection of MockServer": (
        [
            {"httpRequest": {"path": "/bad"}, "httpError": {"dropConnection": True}},
            {"httpRequest": {"path": "/good"}, "httpResponse": {"statusCode": 200}},
        ],
        "/0",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_an_entry_that_cannot_be_a_rule_is_left_out_and_the_rest_is_made(name: str) -> None:
    """The whole file was refused for it: five hundred mappings for one fault that granian cannot do."""
    tree, place = FILES[name]
    imported = read(tree)
    assert [note.pointer for note in imported.notes.left_out] == [place]
    assert "it is left out" in imported.notes.left_out[0].message
    assert {route.path for route in imported.servers[0].routes} == {"/good"}
    assert all(b"/bad" not in route.rules for route in imported.servers[0].routes)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_nothing_else_is_refused(name: str) -> None:
    tree, _ = FILES[name]
    if isinstance(tree, list):
        only: Any = tree[:1]
    else:
        key = "mappings" if "mappings" in tree else "stubs"
        only = {**tree, key: [each for each in tree[key] if "/bad" in json.dumps(each)]}
    with pytest.raises(SpecificationError) as refused:
        read(only)
    assert "cannot be a rule here" in refused.value.problems[0].message


def test_what_an_entry_left_out_had_hidden_is_tried_as_well() -> None:
    hidden = mapping("/bad", {"fault": "EMPTY_RESPONSE"})
    hiding = mapping("/bad", {"fault": "RANDOM_DATA_THEN_CLOSE"})
    imported = read({"mappings": [GOOD_MAPPING, hidden, hiding]})
    assert {note.pointer for note in imported.notes.left_out} >= {"/mappings/1", "/mappings/2"}
    assert [route.path for route in imported.servers[0].routes] == ["/good"]


def test_a_condition_on_a_parameter_that_the_path_does_not_have_leaves_its_entry_out() -> None:
    """It became a rule that never held, and could not be written out again."""
    tree = [
        {"httpRequest": {"path": "/a", "pathParameters": {"id": ["7"]}}},
        {"httpRequest": {"path": "/good"}, "httpResponse": {"statusCode": 200}},
    ]
    imported = read(tree)
    (note,) = imported.notes.left_out
    assert (note.pointer, "the parameter 'id', which its path does not have" in note.message) == ("/0", True)
