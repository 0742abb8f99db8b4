"""Rules for the fields of a custom route, beyond their types: MockRouteCreate in; RouteRecord, or every fault, out.

`response_fields.py` has the rules for its response.
"""

from mockwave.management.call_bodies import refuse_body
from mockwave.management.rules import encode_rules
from mockwave.management.shared_fields import fields_of_both, take_given
from mockwave.model import MockRouteCreate, Violation
from mockwave.paths import PathError, parse_path
from mockwave.response_fields import (
    check_delay,
    check_headers,
    check_status_code,
    find_content_type,
    read_headers,
    without_content_type,
)
from mockwave.store.records import RouteRecord

_GIVEN_FIELDS = fields_of_both(MockRouteCreate, RouteRecord)

MAXIMUM_PATH_CHARACTERS = 8192


def read_route(body: MockRouteCreate, content: bytes, mock_server_id: str, route_id: str) -> RouteRecord:
    """Returns the custom route that the body describes; `content` is the text of its responseBody. Raises Refusal with
    every fault."""
    headers = read_headers(body.response_headers, "")
    content_type, content_type_faults = find_content_type(body.content_type, headers, "")
    faults = [
        *check_status_code(body.status_code, ""),
        *check_delay(body.delay, ""),
        *check_headers(body.response_headers, headers, ""),
        *content_type_faults,
    ]
    try:
        if len(body.path) > MAXIMUM_PATH_CHARACTERS:
            message = f"path: expected at most {MAXIMUM_PATH_CHARACTERS} characters, got {len(body.path)}"
            raise refuse_body([_fault("path", "maxLength", message), *faults])
        path_key = parse_path(body.path).key
    except PathError as error:
        raise refuse_body([_fault("path", error.rule, str(error)), *faults]) from error
    if faults:
        raise refuse_body(faults)
    return RouteRecord(
        **take_given(body, _GIVEN_FIELDS)
        | {
            "id": route_id,
            "mock_server_id": mock_server_id,
            "generated": False,
            "path_key": path_key,
            "headers": without_content_type(headers),
            "body": content,
            "content_type": content_type,
            "delay_ms": body.delay,
            "rules": encode_rules(body.rules),
        }
    )


def _fault(pointer: str, rule: str, message: str) -> Violation:
    return Violation(location="body", pointer=f"/{pointer}", rule=rule, message=message)
