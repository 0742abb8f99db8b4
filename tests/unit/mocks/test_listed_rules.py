"""Rules as they are kept until a request asks them."""

import sys

import pytest

from mockwave.mocks.listed_rules import ListedRules
from mockwave.pauses import Pauses
from mockwave.rules import expression_engines

OWNER = b"s" * 16


@pytest.fixture(autouse=True)
def a_worker_that_has_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expression_engines, "_loaded", set())


@pytest.mark.parametrize(
    ("condition", "module"),
    [
        ('{"matchesXPath": "//a"}', "elementpath"),
        ('{"matchesJsonPath": "$.a"}', "jsonpath_rfc9535"),
        ('{"matchesJsonSchema": {}}', "jsonschema_rs"),
    ],
)
async def test_what_reads_an_expression_is_loaded_before_rules_are_read_on_the_loop(
    condition: str, module: str
) -> None:
    """The first request that met a rule with an XPath kept its worker's loop for 69 ms, with a JSONPath for 18."""
    rules = ListedRules(
        b'[{"when": {"body": [%b]}, "then": {"statusCode": 200}}]' % condition.encode(), OWNER, of_server=True
    )
    assert rules.read_here() is None
    read = await rules.read(Pauses(lambda: 0))
    assert len(read.rules) == 1 and rules.read_here() is read
    assert module in sys.modules


def test_rules_without_expressions_are_read_at_once() -> None:
    rules = ListedRules(b'[{"when": {"method": "GET"}, "then": {"statusCode": 200}}]', OWNER, of_server=True)
    assert rules.read_here() is not None
