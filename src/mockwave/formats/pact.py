"""Pact files, v2 to v4: the requests that a consumer makes, as a mock of its provider.

An interaction is a stub. Its conditions besides method and path (query, headers, body, by value or by matching rules)
count only if several interactions share one method and path: a mock must accept what its provider accepts. Messages
have no HTTP, and are left out.
"""

import base64
import binascii
import json
from typing import Any, Final
from urllib.parse import parse_qsl

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.documents import Document, Folder
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.stubs.arrangement import arrange_stubs
from mockwave.formats.stubs.expressions import search_regex
from mockwave.formats.stubs.stub_paths import SaidPath, escape_literal, read_regex
from mockwave.formats.stubs.stub_queries import query_conditions
from mockwave.formats.stubs.stub_responses import Response, encode_text, take_headers, take_status
from mockwave.formats.stubs.stubs import Condition, Stub, all_of
from mockwave.formats.tree_values import Tree, dict_of, dicts_in, pairs_in, text_of, whole_number
from mockwave.model import METHODS

HTTP: Final = "Synchronous/HTTP"


def is_pact(tree: Any) -> bool:
    """Whether the tree is a pact file."""
    if not isinstance(tree, dict) or not ("interactions" in tree or "messages" in tree):
        return False
    return isinstance(tree.get("consumer"), dict) and isinstance(tree.get("provider"), dict)


def read_pact(documents: list[Document], folder: Folder, notes: Notes) -> list[ImportedServer]:
    """Returns the provider as a server."""
    found: list[tuple[int, int, int, int, Stub]] = []
    for document in documents:
        for message, pointer in dicts_in(document.tree.get("messages"), f"{document.base}/messages"):
            notes.leave_out(pointer, f"a message has no HTTP: {text_of(message.get('description'))[:80]!r}")
        for interaction, pointer in dicts_in(document.tree.get("interactions"), f"{document.base}/interactions"):
            kind = interaction.get("type", HTTP)
            if kind != HTTP:
                notes.leave_out(pointer, f"an interaction of type {text_of(kind)[:40]!r} has no HTTP")
                continue
            stub = _read_interaction(interaction, pointer, notes)
            if stub is not None:
                is_success = stub.responses[0].status_code < 300
                found.append((bool(stub.when), -_count(stub.unless_alone), is_success, len(found), stub))
    if not found and not notes.left_out:
        refuse(documents[0].base, "the pact holds no interaction")
    # A path as it stands comes before an expression. Of stubs with equally many conditions a success comes last: it
    # answers requests that no other stub takes.
    found.sort(key=lambda each: each[:4])
    arranged = arrange_stubs(_drop_repeated([stub for *_, stub in found], notes), notes)
    provider = text_of(dict_of(documents[0].tree.get("provider")).get("name"))
    name = folder.name or provider or documents[0].stem
    return [arranged.as_server(name)]


def _drop_repeated(stubs: list[Stub], notes: Notes) -> list[Stub]:
    """Returns the stubs without duplicates: of stubs with equal conditions (under several provider states) the first
    success is kept."""
    kept: dict[str, Stub] = {}
    for stub in stubs:
        key = json.dumps([stub.methods, stub.path, stub.when, stub.unless_alone], sort_keys=True)
        known = kept.setdefault(key, stub)
        if known is stub:
            continue
        if known.responses[0].status_code >= 300 > stub.responses[0].status_code:
            kept[key], (known, stub) = stub, (stub, known)
        notes.leave_out(stub.pointer, f"asks for the same as {known.name[:80]!r} under another provider state")
    return list(kept.values())


def _count(condition: Condition) -> int:
    """Returns how many things a condition requires."""
    return sum(len(value) if isinstance(value, dict | list) else 1 for value in condition.values())


def _read_interaction(interaction: Tree, pointer: str, notes: Notes) -> Stub | None:
    request, at = dict_of(interaction.get("request")), f"{pointer}/request"
    method = text_of(request.get("method") or "GET").upper()
    if method not in METHODS:
        notes.leave_out(f"{at}/method", f"routes take {', '.join(METHODS)}, not {method[:40]}")
        return None
    rules = dict_of(request.get("matchingRules"))
    said = _read_path(text_of(request.get("path") or "/"), rules)
    response = _read_response(dict_of(interaction.get("response")), f"{pointer}/response", notes)
    if response is None:
        return None
    asked = all_of(_read_query(request, rules), _read_headers(request, rules), _read_body(request, rules))
    states = [text_of(each.get("name")) for each, _ in dicts_in(interaction.get("providerStates"), pointer)]
    state = ", ".join(states) or text_of(interaction.get("providerState") or interaction.get("provider_state"))
    description = text_of(interaction.get("description"))
    return Stub(
        pointer=pointer,
        name=f"{description} ({state})" if state else description,
        methods=(method,),
        path=said.path,
        when={"pathParameters": said.parameters} if said.parameters else {},
        unless_alone=asked,
        unasked="query, headers and body",
        responses=[response],
    )


def _matcher_of(rules: Tree, kind: str, name: str = "") -> Tree:
    """Returns the first matching rule for a part of the request, in the form of v3 or v2; empty if there is none."""
    of_kind = dict_of(rules.get(kind))
    v3 = dict_of(of_kind.get(name)) if name else of_kind
    matchers = [each for each, _ in dicts_in(v3.get("matchers"), "")]
    if matchers:
        return matchers[0]
    plural = {"header": "headers"}.get(kind, kind)
    for key in (f"$.{plural}.{name}", f"$.{plural}['{name}']", f"$.{plural}.{name}[0]") if name else (f"$.{kind}",):
        if isinstance(rules.get(key), dict):
            return dict_of(rules[key])
    return {}


def _read_path(path: str, rules: Tree) -> SaidPath:
    matcher = _matcher_of(rules, "path")
    if isinstance(matcher.get("regex"), str):
        said = read_regex(matcher["regex"])
        if said is not None:
            return said
    return SaidPath(escape_literal(path if path.startswith("/") else f"/{path}"))


def _operator(value: str, matcher: Tree) -> Tree:
    """Returns the operator for a value and its matching rule: an expression, presence, or the value."""
    if isinstance(matcher.get("regex"), str):
        return {"matches": search_regex(matcher["regex"])}
    if matcher.get("match") not in (None, "equality"):
        return {"not": {"absent": True}}
    return {"equalTo": value}


def _read_query(request: Tree, rules: Tree) -> Condition:
    query = request.get("query")
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True) if isinstance(query, str) else pairs_in(query)
    operators = query_conditions(pairs)
    for name, value in pairs:
        matcher = _matcher_of(rules, "query", name)
        if matcher:
            operators[name] = _operator(value, matcher)
    return {"query": operators} if operators else {}


def _read_headers(request: Tree, rules: Tree) -> Condition:
    operators: Tree = {}
    for name, values in dict_of(request.get("headers")).items():
        for value in values if isinstance(values, list) else [values]:
            operators[name] = _operator(text_of(value), _matcher_of(rules, "header", name))
    return {"headers": operators} if operators else {}


def _read_body(request: Tree, rules: Tree) -> Condition:
    body = request.get("body")
    if isinstance(body, dict) and "content" in body and ("encoded" in body or "contentType" in body):  # v4
        body = body.get("content")
    has_rules = bool(dict_of(rules.get("body"))) or any(key.startswith("$.body") for key in rules)
    if body is None or body == "" or has_rules:
        return {}
    if isinstance(body, str):
        return {"body": [{"equalTo": body}]}
    return {"body": [{"equalToJson": body}]}


def _read_response(response: Tree, at: str, notes: Notes) -> Response | None:
    code = take_status(whole_number(response.get("status", 200)), f"{at}/status", notes)
    if code is None:
        return None
    headers, content_type = take_headers(pairs_in(response.get("headers")), f"{at}/headers", notes)
    if dict_of(response.get("generators")):
        notes.change(f"{at}/generators", "values are sent as they stand in the file, not generated")
    body = response.get("body")
    if isinstance(body, dict) and "content" in body and ("encoded" in body or "contentType" in body):
        if not content_type:
            _, content_type = take_headers([("Content-Type", text_of(body.get("contentType")))], f"{at}/body", notes)
        if body.get("encoded") in (True, "base64", "BASE64"):
            try:
                return Response(
                    status_code=code,
                    headers=headers,
                    content_type=content_type,
                    body=base64.b64decode(text_of(body["content"])),
                )
            except (binascii.Error, ValueError) as error:
                refuse(f"{at}/body/content", f"not base64: {error}", error)
        body = body["content"]
    if isinstance(body, str) or body is None:
        data = encode_text(text_of(body))
    else:
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        content_type = content_type or "application/json"
    return Response(status_code=code, headers=headers, content_type=content_type, body=data)
