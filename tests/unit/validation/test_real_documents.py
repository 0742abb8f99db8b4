"""Real documents: what they ask of requests can be checked, whatever a request brings."""

import logging
from pathlib import Path

import pytest

from mockwave.openapi import read_specification
from mockwave.openapi.requests import decode_rules
from mockwave.openapi.variants import decode_request_rules
from mockwave.validation.requests import RequestCheck

DOCUMENTS = sorted(
    path for path in (Path(__file__).parents[2] / "specs").iterdir() if path.suffix in (".yaml", ".yml", ".json")
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_operation_can_be_checked_whole(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    imported = read_specification(path.read_text())
    operations = [each for each in imported.operations if each.variants]
    with caplog.at_level(logging.WARNING):
        for operation in operations:
            encoded = decode_request_rules(operation.variants, imported.parts)
            check = RequestCheck(encoded, operation.pointer)
            rules = decode_rules(encoded) if encoded else None
            given = dict.fromkeys([] if rules is None else [each.name for each in rules.parameters], b"1")
            query = b"&".join(name.encode() + b"=1" for name in given)
            headers = [(name.lower().encode("utf-8"), b"1") for name in given]
            for media_type in [] if rules is None else [each.media_type.encode() for each in rules.bodies]:
                check.find_faults(given, query, [*headers, (b"content-type", media_type)], b'{"a": [1, "x", null]}')
            check.find_faults(given, query, headers, b"")
    assert caplog.messages == []
