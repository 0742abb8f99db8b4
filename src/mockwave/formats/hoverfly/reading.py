"""Hoverfly simulations, v5 to v5.2, and the single matchers of v1 to v4.

Of the pairs that fit a request, the one with the most exact matches answers; of equal ones, the last. A simulation may
hold pairs of many hosts; those of one host are made. Its delays for URLs become rules of the server, which add a delay
to the answer.
"""

import base64
import binascii
import math
import re
from collections import Counter
from typing import Any, Final

import msgspec

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.documents import Document, Folder
from mockwave.formats.handlebars.translation import translate_template
from mockwave.formats.hoverfly.conditions import (
    CannotAsk,
    exact_of,
    matchers_of,
    read_body,
    read_method,
    read_named,
    read_path,
    read_state,
)
from mockwave.formats.hoverfly.templates import HOVERFLY
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.stubs.arrangement import arrange_stubs
from mockwave.formats.stubs.expressions import search_regex
from mockwave.formats.stubs.stub_responses import (
    Delay,
    Response,
    as_utf8,
    encode_text,
    take_delay,
    take_headers,
    take_status,
)
from mockwave.formats.stubs.stubs import Condition, Stub, all_of
from mockwave.formats.tree_values import Tree, dict_of, dicts_in, number, pairs_in, text_of, whole_number

MAXIMUM_HOSTS_SHOWN: Final = 20

_decode_rules = msgspec.json.Decoder(list[dict[str, Any]]).decode
_encode_rules = msgspec.json.Encoder().encode


def is_hoverfly(tree: Any) -> bool:
    """Whether the tree is a simulation."""
    if not isinstance(tree, dict):
        return False
    data = tree.get("data")
    return isinstance(data, dict) and isinstance(data.get("pairs"), list)


def read_hoverfly(documents: list[Document], folder: Folder, notes: Notes) -> list[ImportedServer]:
    """Returns the server of the simulation."""
    (document,) = documents
    data, at = document.tree["data"], f"{document.base}/data"
    pairs = list(dicts_in(data["pairs"], f"{at}/pairs"))
    host = _choose_host(pairs, folder.host, at, notes)
    sequences = _read_sequences(pairs)
    found: list[tuple[int, int, Stub]] = []
    for pair, pointer in pairs:
        destination = exact_of(dict_of(pair.get("request")).get("destination"))
        if destination is not None and destination != host:
            continue
        stub = _read_pair(pair, pointer, sequences, notes)
        if stub is not None:
            found.append((-_strength(dict_of(pair.get("request"))), -len(found), stub))
    found.sort(key=lambda each: each[:2])
    arranged = arrange_stubs([stub for _, _, stub in found], notes)
    delays = _read_delays(dict_of(data.get("globalActions")), f"{at}/globalActions", notes)
    if delays:
        arranged.rules = _encode_rules([*(rule for rule, _ in delays), *_decode_rules(arranged.rules or b"[]")])
        arranged.rule_pointers = [*(pointer for _, pointer in delays), *arranged.rule_pointers]
        arranged.rule_count += len(delays)
    name = folder.name or document.stem
    return [arranged.as_server(name)]


def _strength(request: Tree) -> int:
    """Returns how many exact matches a pair requires."""
    named = [
        each
        for key in ("headers", "query")
        for value in dict_of(request.get(key)).values()
        for each in matchers_of(value)
    ]
    fields = [
        each for key in ("path", "method", "destination", "scheme", "body") for each in matchers_of(request.get(key))
    ]
    return sum(2 if text_of(each["matcher"]).lower() == "exact" else 1 for each in (*named, *fields))


def _choose_host(pairs: list[tuple[Tree, str]], wanted: str, at: str, notes: Notes) -> str:
    counts = Counter(
        host for pair, _ in pairs if (host := exact_of(dict_of(pair.get("request")).get("destination"))) is not None
    )
    if wanted and counts and wanted not in counts:
        shown = ", ".join(each for each, _ in counts.most_common(MAXIMUM_HOSTS_SHOWN))
        refuse(at, f"the simulation has no pair for the host {wanted[:80]}; it has {shown}")
    host = wanted or next((each for each, _ in counts.most_common(1)), "")
    for other, count in counts.most_common():
        if other != host:
            notes.leave_out(
                f"{at}/pairs", f"{count} pairs are for {other[:80]}; those for {host} are made (host=… chooses)"
            )
    return host


def _read_pair(pair: Tree, pointer: str, sequences: dict[str, set[int]], notes: Notes) -> Stub | None:
    request = dict_of(pair.get("request"))
    try:
        methods, of_method = read_method(request.get("method"))
        said, of_path = read_path(request.get("path"))
        named = [read_named(request.get(key), kind) for key, kind in (("query", "query"), ("headers", "headers"))]
        body = read_body(request.get("body"), methods)
        limits = read_state(pair, sequences)
    except CannotAsk as reason:
        notes.leave_out(f"{pointer}/request", f"{reason}; the pair is left out")
        return None
    if request.get("deprecatedQuery"):
        notes.leave_out(f"{pointer}/request/deprecatedQuery", "the query as one text is not asked for")
    response = _read_response(dict_of(pair.get("response")), f"{pointer}/response", notes)
    if response is None:
        return None
    parameters: Condition = {"pathParameters": said.parameters} if said and said.parameters else {}
    return Stub(
        pointer=pointer,
        methods=methods,
        path=None if said is None else said.path,
        when=all_of(of_method, of_path, parameters, *named, body),
        responses=[response],
        limits=limits,
    )


def _read_sequences(pairs: list[tuple[Tree, str]]) -> dict[str, set[int]]:
    """The numbers that pairs ask for, of each key that goes on by itself."""
    found: dict[str, set[int]] = {}
    for pair, _ in pairs:
        for key, value in dict_of(dict_of(pair.get("request")).get("requiresState")).items():
            step = whole_number(value)
            if key.startswith("sequence:") and step is not None:
                found.setdefault(key, set()).add(step)
    return found


def _read_response(response: Tree, at: str, notes: Notes) -> Response | None:
    code = take_status(whole_number(response.get("status", 200)), f"{at}/status", notes)
    if code is None:
        return None
    headers, content_type = take_headers(pairs_in(response.get("headers")), f"{at}/headers", notes)
    if response.get("bodyFile"):
        notes.leave_out(f"{at}/bodyFile", "the body is in another file; it is empty")
    if response.get("postServeAction"):
        notes.leave_out(f"{at}/postServeAction", "nothing is called after an answer")
    text = text_of(response.get("body"))
    body = encode_text(text)
    if response.get("encodedBody") is True:
        try:
            body = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            notes.change(f"{at}/body", "is marked as encoded and is not base64; it is taken as text")
    dialect = ""
    decoded = as_utf8(body)
    if response.get("templated") is True and decoded is not None:
        decoded, is_template = translate_template(decoded, HOVERFLY, f"{at}/body", notes)
        body = encode_text(decoded)
        dialect = "liquid" if is_template else ""
    return Response(
        status_code=code,
        headers=headers,
        body=body,
        content_type=content_type,
        delay=_read_delay(response, at, notes),
        template=dialect,
    )


def _read_delay(response: Tree, at: str, notes: Notes) -> Delay:
    distribution = response.get("logNormalDelay")
    if isinstance(distribution, dict):
        return _read_log_normal(distribution, f"{at}/logNormalDelay", notes)
    return take_delay(number(response.get("fixedDelay")), f"{at}/fixedDelay", notes)


def _read_log_normal(given: Tree, at: str, notes: Notes) -> Delay:
    """By mean and median: the mean of such a distribution is its median times e to the half of sigma squared."""
    median, mean = number(given.get("median")) or 0, number(given.get("mean")) or 0
    if median <= 0 or mean < median:
        notes.leave_out(at, "expected a median above 0, and a mean from that on; there is no delay")
        return 0
    if number(given.get("min")):
        notes.change(at, "a delay has no least value here")
    maximum = take_delay(number(given.get("max")), at, notes)
    sigma = round(min(math.sqrt(2 * math.log(mean / median)), 10.0), 6)
    return {"type": "lognormal", "median": median, "sigma": sigma, **({"max": maximum} if maximum else {})}


def _read_delays(actions: Tree, at: str, notes: Notes) -> list[tuple[Tree, str]]:
    """Returns rules of the server that add the delays of URLs to the answers."""
    rules: list[tuple[Tree, str]] = []
    for key in ("delays", "delaysLogNormal"):
        for given, pointer in dicts_in(actions.get(key), f"{at}/{key}"):
            delay: Delay
            if key == "delays":
                delay = take_delay(number(given.get("delay")), pointer, notes)
            else:
                delay = _read_log_normal(given, pointer, notes)
            if not delay:
                continue
            method = text_of(given.get("httpMethod")).upper()
            when = all_of(_read_url_pattern(text_of(given.get("urlPattern"))), {"method": method} if method else {})
            rule = {"name": f"delay {len(rules) + 1}", **({"when": when} if when else {})}
            rules.append(({**rule, "then": {"delay": delay, "next": True}}, pointer))
            notes.add_made(pointer, "a rule of the server that adds a delay")
    return rules


def _read_url_pattern(pattern: str) -> Condition:
    """Returns the condition on the path for an expression that is searched for in host and path."""
    _, slash, path = re.sub(r"\\/", "/", pattern).partition("/")
    if not slash or path in ("", ".*"):
        return {}
    return {"path": {"matches": search_regex("^/" + path)}}
