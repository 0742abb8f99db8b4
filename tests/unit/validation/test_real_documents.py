"""Real documents: what they ask of requests is checked, all of it, whatever a request brings."""

import logging
from pathlib import Path

import pytest

from mockwave.answers.request_rules import RequestRules, decode_rules
from mockwave.answers.variants import decode_request_rules
from mockwave.openapi import read_specification
from mockwave.validation.compiled_schemas import CheckedSchema, Schemas
from mockwave.validation.request_checks import RequestCheck
from mockwave.validation.verdicts import Faults

DOCUMENTS = sorted(
    path for path in (Path(__file__).parents[2] / "specs").iterdir() if path.suffix in (".yaml", ".yml", ".json")
)


def read_checks(path: Path) -> list[tuple[RequestRules, RequestCheck]]:
    """The rules of each operation that asks for something, and the check that holds requests to them."""
    imported = read_specification(path.read_text())
    encoded = [
        (each, decode_request_rules(each.variants, imported.parts)) for each in imported.operations if each.variants
    ]
    return [(decode_rules(rules), RequestCheck(rules, each.pointer)) for each, rules in encoded if rules]


def violations_of(faults: Faults | None) -> set[tuple[str, str, str]]:
    return set() if faults is None else {(each.location, each.pointer, each.rule) for each in faults.violations}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_operation_can_be_checked_whole(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It was asserted that nothing is logged, which held where nothing was checked as well."""
    with caplog.at_level(logging.WARNING):
        for rules, check in read_checks(path):
            schemas = Schemas(rules.definitions, path.name)
            texts = [*(rule.schema for rule in rules.parameters), *(rule.schema for rule in rules.bodies)]
            assert [text for text in texts if text and schemas.compile(text) is None] == []
            given = dict.fromkeys((rule.name for rule in rules.parameters), b"1")
            query = b"&".join(name.encode() + b"=1" for name in given)
            headers = [(name.lower().encode("utf-8"), b"1") for name in given]
            for media_type in [rule.media_type.encode() for rule in rules.bodies]:
                check.find_faults(given, query, [*headers, (b"content-type", media_type)], b'{"a": [1, "x", null]}')
            check.find_faults(given, query, headers, b"")
    assert caplog.messages == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_is_required_is_missed(path: Path) -> None:
    for rules, check in read_checks(path):
        required = {
            (rule.location, "/" + rule.name.replace("~", "~0").replace("/", "~1"), "required")
            for rule in rules.parameters
            if rule.required
        }
        found = violations_of(check.find_faults({}, b"", [], b""))
        assert required <= found
        assert not rules.body_required or ("body", "", "required") in found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_body_that_should_be_an_object_is_no_number(path: Path) -> None:
    for rules, check in read_checks(path):
        schemas = Schemas(rules.definitions, path.name)
        for rule in rules.bodies:
            if rule.media_type == "application/json" and CheckedSchema(rule.schema, schemas).view.types == {"object"}:
                given = dict.fromkeys((each.name for each in rules.parameters), b"1")
                found = check.find_faults(given, b"", [(b"content-type", b"application/json")], b"5")
                assert ("body", "") in {(location, pointer) for location, pointer, _ in violations_of(found)}
