"""Files of very many entries: what takes long or becomes too many rules is bounded, and the report says so.

Work is counted by the CPU time of two sizes: what is quadratic takes sixteen times as long for four times the entries.
"""

import json
import time
from typing import Any

import pytest

from mockwave.answers.imported import SpecificationError
from mockwave.model import MOST_RULES
from tests.unit.formats.mock_files import read_data

SMALL, LARGE = 1_500, 6_000
AT_MOST_TIMES = 10
OFFSET_S = 0.2
"""Of CPU time, which a busy machine may add to either."""


def postman(count: int) -> Any:
    """Saved examples of one path, each for another query, with a name of its own."""
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    items = [
        {
            "name": f"n{number}",
            "request": {"method": "GET", "url": f"http://a/p?q={number}"},
            "response": [{"name": f"saved {number}", "code": 200, "body": str(number)}],
        }
        for number in range(count)
    ]
    return {"info": {"name": "t", "schema": schema}, "item": items}


def har(count: int) -> Any:
    entries = [
        {
            "request": {"method": "GET", "url": f"http://a/p?q={number}", "headers": []},
            "response": {"status": 200, "headers": [], "content": {"mimeType": "text/plain", "text": str(number)}},
        }
        for number in range(count)
    ]
    return {"log": {"version": "1.2", "creator": {"name": "c", "version": "1"}, "entries": entries}}


def wiremock(count: int) -> Any:
    """Mappings of one path that all have one name."""
    return {
        "mappings": [
            {
                "name": "stub",
                "request": {"method": "GET", "urlPath": "/p", "headers": {"X": {"equalTo": str(number)}}},
                "response": {"status": 200},
            }
            for number in range(count)
        ]
    }


def wiremock_covering(count: int) -> Any:
    """Mappings for many paths: each is a rule of each route whose path it matches."""
    asked = [
        {"request": {"urlPath": f"/a/{number}", "method": "GET", "headers": {"X": {"equalTo": "1"}}}, "response": {}}
        for number in range(count)
    ]
    general = [
        {
            "priority": 9,
            "request": {"urlPathTemplate": "/a/{x}", "method": "GET", "headers": {"X": {"equalTo": f"g{number}"}}},
            "response": {},
        }
        for number in range(count)
    ]
    return {"mappings": [*asked, *general]}


@pytest.mark.parametrize("make", [postman, har, wiremock])
def test_four_times_as_many_entries_take_about_four_times_as_long(make: Any) -> None:
    """20,000 examples of one path in a Postman collection took 23 s, 10,000 mappings with one name a minute: each was
    compared with all before it."""
    small_s, large_s = (measure(json.dumps(make(count)).encode()) for count in (SMALL, LARGE))
    assert large_s <= AT_MOST_TIMES * small_s + OFFSET_S


def measure(data: bytes) -> float:
    """Seconds of CPU time."""
    started_s = time.process_time()
    read_data(data)
    return time.process_time() - started_s


def test_entries_beyond_the_rules_of_a_route_are_left_out() -> None:
    """A file with more was refused as a whole, without the place of anything."""
    read = read_data(json.dumps(har(MOST_RULES + 3)).encode())
    (server,) = read.servers
    assert (len(server.routes), server.rule_count) == (1, MOST_RULES)
    assert [each.pointer for each in read.notes.left_out] == [f"/log/entries/{MOST_RULES + n}" for n in range(3)]


def test_examples_beyond_the_rules_of_a_route_are_reported() -> None:
    """The list was stored, though no worker reads one so long."""
    read = read_data(json.dumps(postman(MOST_RULES + 3)).encode())
    assert len(json.loads(read.servers[0].document_rules[0].rules)) == MOST_RULES
    assert any("3 more" in each.message for each in read.notes.left_out)


def test_stubs_that_would_be_rules_of_too_many_routes_are_refused_before_they_are_made() -> None:
    """2.4 MB of WireMock mappings became 8.6 million rules, which the limit of CPU time ended after half a minute."""
    with pytest.raises(SpecificationError, match="rules of each route") as refused:
        read_data(json.dumps(wiremock_covering(460)).encode())
    assert refused.value.problems[0].pointer == ""
