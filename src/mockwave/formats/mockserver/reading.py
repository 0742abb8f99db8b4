"""MockServer expectations: highest priority first; of equal ones, the oldest first.

An expectation answers with one response, or with several in turn or by chance. It is left out if it forwards, calls
back or runs a template, or if no rule can express its conditions.
"""

import base64
import binascii
import json
from typing import Any, Final

import msgspec

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.documents import Document, Folder
from mockwave.formats.mockserver.conditions import CannotAsk, is_expression, read_body, read_named, read_string
from mockwave.formats.mockserver.openapi_requests import make_server, openapi_request_of, operations_of, read_payload
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.stubs.arrangement import arrange_stubs
from mockwave.formats.stubs.stub_paths import SaidPath, escape_literal, is_pattern, read_regex
from mockwave.formats.stubs.stub_responses import Delay, Response, encode_text, take_delay, take_headers, take_status
from mockwave.formats.stubs.stubs import Condition, Stub, all_of
from mockwave.formats.tree_values import Tree, dict_of, expect, list_of, number, pairs_in, text_of, whole_number
from mockwave.model import METHODS
from mockwave.openapi.document.report import describe
from mockwave.pointers import pointer_below

ACTIONS: Final = (
    "httpResponseTemplate httpForward httpForwardTemplate httpOverrideForwardedRequest httpForwardValidateAction"
    " httpResponseClassCallback httpResponseObjectCallback httpForwardClassCallback httpForwardObjectCallback"
    " httpSseResponse httpWebSocketResponse grpcStreamResponse binaryResponse dnsResponse"
).split()
KEYS: Final = frozenset(("httpRequest", "openAPIDefinition", "httpResponse", "specUrlOrPayload"))
UNASKED: Final = ("secure", "protocol", "socketAddress", "localAddress", "remoteAddress", "clientCertificateChain")
UNITS_MS: Final = {
    "NANOSECONDS": 1e-6,
    "MICROSECONDS": 1e-3,
    "MILLISECONDS": 1.0,
    "SECONDS": 1e3,
    "MINUTES": 6e4,
    "HOURS": 3.6e6,
    "DAYS": 8.64e7,
}


class _LeftOut(Exception):
    """An expectation cannot be made; the reason is noted already."""


def is_mockserver(tree: Any) -> bool:
    """Whether the tree is an expectation, or an array of expectations."""
    items = tree if isinstance(tree, list) else [tree]
    return bool(items) and all(isinstance(each, dict) and bool(KEYS & each.keys()) for each in items)


def read_mockserver(documents: list[Document], folder: Folder, notes: Notes) -> list[ImportedServer]:
    """Returns the server of all expectations, and one for each document that answers for itself."""
    found: list[tuple[int, int, Stub]] = []
    servers: list[ImportedServer] = []
    for document in documents:
        tree = document.tree
        each_with_pointer = (
            [(each, pointer_below(document.base, index)) for index, each in enumerate(tree)]
            if isinstance(tree, list)
            else [(tree, document.base)]
        )
        for expectation, pointer in each_with_pointer:
            try:
                read = _read_openapi(expectation, pointer, document, folder, notes)
                stubs = [_read(expectation, pointer, notes)] if read is None else read
            except _LeftOut:
                continue
            if isinstance(stubs, ImportedServer):
                servers.append(stubs)
                continue
            rank = -(whole_number(expectation.get("priority")) or 0)
            found += ((rank, len(found) + index, stub) for index, stub in enumerate(stubs))
    found.sort(key=lambda each: each[:2])
    arranged = arrange_stubs([stub for _, _, stub in found], notes)
    name = folder.name or documents[0].stem
    return [*([arranged.as_server(name)] if found or not servers else []), *servers]


def _read_openapi(
    expectation: Tree, pointer: str, document: Document, folder: Folder, notes: Notes
) -> list[Stub] | ImportedServer | None:
    """Returns what becomes of an expectation on an OpenAPI document; None for any other."""
    request = openapi_request_of(expectation)
    if request is None:
        return None
    at = pointer if request is expectation else f"{pointer}/httpRequest"
    try:
        tree = read_payload(request, document, folder)
        operations = operations_of(tree, text_of(request.get("operationId")))
        if not any(key in expectation for key in ("httpResponse", "httpResponses", "httpError", *ACTIONS)):
            return make_server(expectation, request, tree, pointer, document.stem, notes)
    except CannotAsk as reason:
        _leave_out(notes, at, str(reason))
        raise
    notes.change(at, "requests are taken by method and path, and not held to the document's schemas")
    stub = _read({**expectation, "httpRequest": {}}, pointer, notes)
    if stub.has_state and len(operations) > 1:
        notes.change(at, "answers are counted for each operation by itself")
    return [msgspec.structs.replace(stub, methods=(method,), path=path) for method, path, _ in operations]


def _leave_out(notes: Notes, pointer: str, reason: str) -> None:
    notes.leave_out(pointer, f"{reason}; the expectation is left out")
    raise _LeftOut


def _read(expectation: Tree, pointer: str, notes: Notes) -> Stub:
    for key in ACTIONS:
        if key in expectation:
            _leave_out(notes, f"{pointer}/{key}", "answers are responses here; nothing is forwarded or called")
    for key in ("beforeActions", "afterActions"):
        if expectation.get(key):
            notes.leave_out(f"{pointer}/{key}", "nothing is called before or after an answer")
    request = expectation.get("httpRequest", {})
    request = expect(request or {}, dict, f"{pointer}/httpRequest")
    at = f"{pointer}/httpRequest"
    for key in UNASKED:
        if key == "secure" and request.get(key) is False:
            notes.change(f"{at}/{key}", "answers requests over TLS as well, where the server has it")
        elif request.get(key) is not None:
            _leave_out(notes, f"{at}/{key}", f"a rule cannot ask for {key}")
    try:
        methods, of_method = _read_method(request.get("method"))
        said, of_path = _read_path(request.get("path"))
        named = [read_named(request, key) for key in ("pathParameters", "queryStringParameters", "headers", "cookies")]
        body = read_body(request.get("body"))
    except CannotAsk as reason:
        _leave_out(notes, at, f"a rule cannot ask for this: {reason}")
        raise
    parameters: Condition = {"pathParameters": said.parameters} if said and said.parameters else {}
    when = all_of(of_method, of_path, parameters, *named, body)
    if said is None and "pathParameters" in when:
        _leave_out(notes, f"{at}/pathParameters", "the path is an expression, which has no parameters")
    responses, rest = _read_responses(expectation, pointer, notes)
    return Stub(
        pointer=pointer,
        name=text_of(expectation.get("id")),
        methods=methods,
        path=None if said is None else said.path,
        when=when,
        responses=responses,
        limits=_read_limits(expectation, pointer, notes),
        **rest,
    )


def _read_method(method: Any) -> tuple[tuple[str, ...], Condition]:
    if method in (None, ""):
        return METHODS, {}
    operator, is_negated = read_string(method)
    name = text_of(operator.get("equalTo")).upper()
    if name in METHODS:
        return (tuple(each for each in METHODS if each != name) if is_negated else (name,)), {}
    if "equalTo" in operator:
        raise CannotAsk(f"the method {name[:40]}")
    return METHODS, {"method": {"not": operator} if is_negated else operator}


def _read_path(path: Any) -> tuple[SaidPath | None, Condition]:
    """Returns the path pattern, or none and the condition on the whole path."""
    if path in (None, ""):
        return SaidPath("/**"), {}
    operator, is_negated = read_string(path)
    if is_negated:
        return None, {"path": {"not": operator}}
    text = text_of(path.get("value")) if isinstance(path, dict) else text_of(path)
    text = text if text.startswith(("/", "^", ".", "(")) else f"/{text}"
    if "{" in text and is_pattern(text) and not is_expression(text.replace("{", "").replace("}", "")):
        return SaidPath(text), {}
    if not is_expression(text):
        return SaidPath(escape_literal(text)), {}
    said = read_regex(text)
    return (said, {}) if said is not None else (None, {"path": {"matches": text}})


def _read_limits(expectation: Tree, pointer: str, notes: Notes) -> Tree:
    limits: Tree = {}
    times = dict_of(expectation.get("times"))
    remaining = whole_number(times.get("remainingTimes"))
    if times.get("unlimited") is not True and remaining is not None:
        if remaining < 1:
            _leave_out(notes, f"{pointer}/times", "no times remain")
        limits["times"] = remaining
    to_live = dict_of(expectation.get("timeToLive"))
    if to_live and to_live.get("unlimited") is not True:
        notes.change(f"{pointer}/timeToLive", "has no end here; a rule may have one (until)")
    percentage = number(expectation.get("percentage"))
    if percentage is not None and 0 <= percentage < 100:
        limits["probability"] = percentage / 100
    if expectation.get("scenarioName"):
        scenario = {"name": text_of(expectation["scenarioName"])}
        for key, member in (("scenarioState", "from"), ("newScenarioState", "to")):
            if expectation.get(key):
                scenario[member] = text_of(expectation[key])
        if len(scenario) > 1:
            limits["scenario"] = scenario
    return limits


def _read_responses(expectation: Tree, pointer: str, notes: Notes) -> tuple[list[Response], dict[str, Any]]:
    error = expectation.get("httpError")
    if isinstance(error, dict):
        if error.get("responseBytes"):
            _leave_out(notes, f"{pointer}/httpError/responseBytes", "no bytes are sent that are no response")
        delay = _read_delay(error.get("delay"), f"{pointer}/httpError/delay", notes)
        return [Response(fault="EMPTY_RESPONSE", delay=delay)], {}
    several = expectation.get("httpResponses")
    if isinstance(several, list) and several:
        at = f"{pointer}/httpResponses"
        weights = list_of(expectation.get("responseWeights"))
        responses = []
        for index, each in enumerate(several):
            response = _read_response(expect(each, dict, pointer_below(at, index)), pointer_below(at, index), notes)
            response.weight = (number(weights[index]) if index < len(weights) else None) or 1
            responses.append(response)
        is_random = expectation.get("responseMode") in ("RANDOM", "WEIGHTED")
        return responses, {"choice": "random" if is_random else "sequence"}
    response = expect(expectation.get("httpResponse") or {}, dict, f"{pointer}/httpResponse")
    return [_read_response(response, f"{pointer}/httpResponse", notes)], {}


def _read_response(response: Tree, at: str, notes: Notes) -> Response:
    status = response.get("statusCode", 200)
    code = take_status(whole_number(status), f"{at}/statusCode", notes)
    if code is None:
        raise _LeftOut
    if response.get("reasonPhrase"):
        notes.leave_out(f"{at}/reasonPhrase", "a status is sent with its standard reason")
    if response.get("connectionOptions"):
        notes.leave_out(f"{at}/connectionOptions", "the connection is the server's")
    pairs = _response_pairs(response.get("headers"))
    pairs += [("Set-Cookie", f"{name}={value}") for name, value in _response_pairs(response.get("cookies"))]
    headers, content_type = take_headers(pairs, f"{at}/headers", notes)
    body, media_type = _read_response_body(response.get("body"), f"{at}/body")
    if not content_type and media_type:
        _, content_type = take_headers([("Content-Type", media_type)], f"{at}/body/contentType", notes)
    return Response(
        status_code=code,
        headers=headers,
        body=body,
        content_type=content_type,
        delay=_read_delay(response.get("delay"), f"{at}/delay", notes),
    )


def _response_pairs(given: Any) -> list[tuple[str, str]]:
    if isinstance(given, dict):
        return pairs_in(given)
    return [
        (text_of(item.get("name")), text_of(value))
        for item in list_of(given)
        if isinstance(item, dict)
        for value in (item["values"] if isinstance(item.get("values"), list) else [item.get("value")])
    ]


def _read_response_body(body: Any, at: str) -> tuple[bytes, str]:
    """Returns the body, and its media type, stated or implied."""
    if body is None or isinstance(body, str):
        return encode_text(text_of(body)), ""
    kinds = {"string": "text/plain", "json": "application/json", "xml": "application/xml"}
    if isinstance(body, dict) and (
        isinstance(body.get("type"), str) or any(key in body for key in (*kinds, "base64Bytes"))
    ):
        media_type = text_of(body.get("contentType"))
        if "base64Bytes" in body:
            try:
                return base64.b64decode(text_of(body["base64Bytes"])), media_type
            except (binascii.Error, ValueError) as error:
                refuse(f"{at}/base64Bytes", f"not base64: {error}", error)
        for key, usual in kinds.items():
            if key in body:
                return encode_text(text_of(body[key])), media_type or usual
        refuse(f"{at}/type", f"expected a body of type STRING, JSON, XML or BINARY, got {describe(body.get('type'))}")
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"), "application/json"


def _read_delay(given: Any, at: str, notes: Notes) -> Delay:
    delay = dict_of(given)
    unit = UNITS_MS.get(text_of(delay.get("timeUnit") or "MILLISECONDS"))
    if not delay or unit is None:
        return 0
    distribution = dict_of(delay.get("distribution"))
    numbers = {key: (number(value) or 0) * unit for key, value in distribution.items() if number(value) is not None}
    match distribution.get("type"):
        case "UNIFORM":
            lower, upper = sorted((numbers.get("min", 0), numbers.get("max", 0)))
            return {"type": "uniform", "lower": round(max(lower, 0)), "upper": take_delay(upper, at, notes)}
        case "LOG_NORMAL" if 0 < numbers.get("median", 0) <= numbers.get("p99", 0):
            return {"type": "lognormal", "median": numbers["median"], "p99": numbers["p99"]}
        case "GAUSSIAN" if numbers.get("mean", -1) >= 0:
            return {"type": "normal", "mean": numbers["mean"], "sigma": numbers.get("stdDev", 0)}
    return take_delay((number(delay.get("value")) or 0) * unit, at, notes)
