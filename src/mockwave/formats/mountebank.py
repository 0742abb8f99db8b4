"""mountebank imposters: each HTTP imposter is a mock server. Its stubs keep their order: the first that fits answers.

All predicates have to hold. Values are compared case-insensitively unless `caseSensitive` is set. The responses of a
stub are sent in turn, over and over. Code (inject, decorate, a wait that is a function) is left out, and the report
names it. A stub is left out if one of its predicates cannot be expressed.
"""

import base64
import binascii
import json
import re
from typing import Any, Final

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.documents import Document, Folder
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.stubs.arrangement import arrange_stubs
from mockwave.formats.stubs.expressions import escape_regex, search_regex
from mockwave.formats.stubs.json_path_dialects import read_json_path
from mockwave.formats.stubs.stub_paths import escape_literal
from mockwave.formats.stubs.stub_responses import Response, encode_text, take_delay, take_headers, take_status
from mockwave.formats.stubs.stubs import Condition, Stub, all_of, any_of, negate
from mockwave.formats.tree_values import Tree, dict_of, dicts_in, list_of, number, pairs_in, text_of, whole_number
from mockwave.model import METHODS
from mockwave.pointers import pointer_below

PROTOCOLS: Final = frozenset(("http", "https", "tcp", "smtp", "grpc"))
FIELDS: Final = {"query": "query", "headers": "headers", "form": "form"}
FAULTS: Final = frozenset(("CONNECTION_RESET_BY_PEER", "RANDOM_DATA_THEN_CLOSE"))
PARAMETERS: Final = frozenset(("caseSensitive", "except", "jsonpath", "xpath", "keyCaseSensitive"))
CODE: Final = ("decorate", "copy", "lookup", "shellTransform")


EJS: Final = "the file is an EJS template, as mountebank has them: save it as JSON first (mb save)"
_EJS_TAG: Final = re.compile(rb"<%[-=]?\s*(?:include\b|stringify\s*\()")


class _CannotAsk(Exception):
    """A predicate cannot be expressed as a condition; the text says why."""


def is_mountebank(tree: Any) -> bool:
    """Whether the tree is an imposter, or an object of imposters."""
    if not isinstance(tree, dict):
        return False
    if isinstance(tree.get("imposters"), list):
        return True
    protocol = tree.get("protocol")
    if not isinstance(protocol, str) or protocol not in PROTOCOLS:
        return False
    return ("stubs" in tree or "port" in tree) and "httpRequest" not in tree


def is_ejs(text: bytes) -> bool:
    """Whether the text has tags, between its JSON, that include or write files."""
    return b"<%" in text and _EJS_TAG.search(text) is not None


def read_mountebank(documents: list[Document], folder: Folder, notes: Notes) -> list[ImportedServer]:
    """Returns a server for each HTTP imposter."""
    (document,) = documents
    tree, base = document.tree, document.base
    if is_ejs(document.text):
        refuse(base, EJS)
    imposters = list(dicts_in(tree["imposters"], f"{base}/imposters")) if "imposters" in tree else [(tree, base)]
    servers = []
    for imposter, pointer in imposters:
        protocol = imposter.get("protocol")
        if protocol not in ("http", "https"):
            notes.leave_out(
                f"{pointer}/protocol", f"mockwave serves HTTP, and the imposter is for {text_of(protocol)[:40]}"
            )
            continue
        servers.append(_read_imposter(imposter, pointer, document, notes))
    if not servers and notes.left_out:
        refuse(f"{base}/protocol" if "protocol" in tree else base, "the file holds no imposter of HTTP")
    return servers


def _read_imposter(imposter: Tree, pointer: str, document: Document, notes: Notes) -> ImportedServer:
    stubs = []
    for stub, at in dicts_in(imposter.get("stubs"), f"{pointer}/stubs"):
        read = _read_stub(stub, at, dict_of(imposter.get("defaultResponse")), notes)
        if read is not None:
            stubs.append(read)
    default = imposter.get("defaultResponse")
    if isinstance(default, dict) and default:
        response = _read_is(default, f"{pointer}/defaultResponse", notes)
        if response is not None:
            stubs.append(Stub(pointer=f"{pointer}/defaultResponse", name="default", path="/**", responses=[response]))
    arranged = arrange_stubs(stubs, notes)
    port = whole_number(imposter.get("port"))
    name = text_of(imposter.get("name")) or (f"imposter {port}" if port else document.stem)
    cors = imposter.get("allowCORS") is True
    return arranged.as_server(name, pointer, cors=cors)


def _read_stub(stub: Tree, pointer: str, default: Tree, notes: Notes) -> Stub | None:
    try:
        when = all_of(
            *(_read_predicate(each, {}) for each, _ in dicts_in(stub.get("predicates"), f"{pointer}/predicates"))
        )
    except _CannotAsk as reason:
        notes.leave_out(f"{pointer}/predicates", f"{reason}; the stub is left out")
        return None
    methods, path, when = _take_method_and_path(when)
    if not methods:
        notes.leave_out(f"{pointer}/predicates", f"routes take {', '.join(METHODS)}; the stub is left out")
        return None
    responses = [
        read
        for response, at in dicts_in(stub.get("responses"), f"{pointer}/responses")
        if (read := _read_response(response, at, default, notes)) is not None
    ]
    if not responses:
        if list_of(stub.get("responses")):
            return None
        responses = [Response()]
    return Stub(pointer=pointer, methods=methods, path=path, when=when, responses=responses)


def _take_method_and_path(when: Condition) -> tuple[tuple[str, ...], str | None, Condition]:
    """Returns the methods and the path pattern of a condition, and the rest of it. Without a pattern the path stays in
    the condition, of a rule of the server."""
    left = dict(when)
    method = dict_of(left.get("method")).get("equalTo")
    methods: tuple[str, ...] = METHODS
    if isinstance(method, str):
        methods = tuple(each for each in METHODS if each == method.upper())
        del left["method"]
    path = dict_of(left.get("path")).get("equalTo")
    rest = {key: value for key, value in left.items() if key != "path"}
    if _names_path(rest):
        return methods, None, left
    if isinstance(path, str):
        return methods, escape_literal(path if path.startswith("/") else f"/{path}"), rest
    return methods, None if "path" in left else "/**", left


def _names_path(when: Any) -> bool:
    if isinstance(when, list):
        return any(map(_names_path, when))
    return isinstance(when, dict) and (
        "path" in when or any(_names_path(when.get(key)) for key in ("all", "any", "not"))
    )


def _read_predicate(predicate: Tree, inherited: Tree) -> Condition:
    options = {**inherited, **{key: predicate[key] for key in PARAMETERS if key in predicate}}
    if options.get("except"):
        raise _CannotAsk("except cuts values before they are compared, which no rule does")
    names = [key for key in predicate if key not in PARAMETERS]
    if len(names) != 1:
        raise _CannotAsk(f"a predicate has one operator, got {', '.join(names)[:80] or 'none'}")
    (name,) = names
    given = predicate[name]
    match name:
        case "not":
            return negate(_read_predicate(dict_of(given), options))
        case "or":
            each = [_read_predicate(dict_of(item), options) for item in list_of(given)]
            if not each:
                raise _CannotAsk("or has no predicates")
            return any_of(each)
        case "and":
            return all_of(*(_read_predicate(dict_of(item), options) for item in list_of(given)))
        case "equals" | "deepEquals" | "contains" | "startsWith" | "endsWith" | "matches" | "exists":
            return _read_fields(name, dict_of(given), options)
    raise _CannotAsk(f"the predicate {name[:40]!r} cannot be asked")


def _read_fields(name: str, fields: Tree, options: Tree) -> Condition:
    conditions: list[Condition] = []
    for field, value in fields.items():
        if field in FIELDS and isinstance(value, dict):
            kind = FIELDS[field]
            named: Tree = {"strict": True} if name == "deepEquals" and kind == "query" else {}
            named |= {key: _operator(name, each, options) for key, each in value.items()}
            if named:
                conditions.append({kind: named})
        elif field == "body":
            conditions.append(_read_body(name, value, options))
        elif field == "method":
            conditions.append({field: _operator(name, text_of(value).upper() if name == "equals" else value, options)})
        elif field == "path":
            conditions.append({field: _operator(name, value, options)})
        elif field in ("requestFrom", "ip"):
            conditions.append({"client": _operator(name, value, options)})
        else:
            raise _CannotAsk(f"a rule cannot ask for {field[:40]!r}")
    return all_of(*conditions)


def _operator(name: str, value: Any, options: Tree) -> Tree:
    """The operator on one value."""
    folds = options.get("caseSensitive") is not True
    if name == "exists":
        return {"not": {"absent": True}} if value is True else {"absent": True}
    if isinstance(value, list):
        return {"includes": [_operator(name, each, options) for each in value]}
    text = text_of(value)
    match name:
        case "equals" | "deepEquals":
            return {"equalTo": text, **({"caseInsensitive": True} if folds and text.lower() != text.upper() else {})}
        case "contains":
            expression = rf"[\s\S]*{escape_regex(text)}[\s\S]*"
        case "startsWith":
            expression = rf"{escape_regex(text)}[\s\S]*"
        case "endsWith":
            expression = rf"[\s\S]*{escape_regex(text)}"
        case _:
            expression = search_regex(text)
    return {"matches": f"(?i:{expression})" if folds else expression}


def _read_body(name: str, value: Any, options: Tree) -> Condition:
    selector = dict_of(options.get("jsonpath")).get("selector")
    if isinstance(selector, str):
        selector = read_json_path(selector)
        if name == "exists":
            found: Condition = {"body": [{"matchesJsonPath": selector}]}
            return found if value is True else negate(found)
        return {"body": [{"matchesJsonPath": {"expression": selector, **_operator(name, value, options)}}]}
    xpath = dict_of(options.get("xpath"))
    if isinstance(xpath.get("selector"), str):
        spaces = {"xPathNamespaces": xpath["ns"]} if isinstance(xpath.get("ns"), dict) else {}
        if name == "exists":
            found = {"body": [{"matchesXPath": xpath["selector"], **spaces}]}
            return found if value is True else negate(found)
        asked = {"expression": xpath["selector"], **_operator(name, value, options)}
        return {"body": [{"matchesXPath": asked, **spaces}]}
    if isinstance(value, dict | list):
        if name == "equals":
            return {"body": [{"equalToJson": value, "ignoreExtraElements": True, "ignoreArrayOrder": True}]}
        if name == "deepEquals":
            return {"body": [{"equalToJson": value, "ignoreArrayOrder": True}]}
        raise _CannotAsk(f"{name} of a JSON body cannot be asked")
    return {"body": [_operator(name, value, options)]}


def _read_response(response: Tree, pointer: str, default: Tree, notes: Notes) -> Response | None:
    fault = response.get("fault")
    if isinstance(fault, str):
        if fault not in FAULTS:
            notes.leave_out(f"{pointer}/fault", f"there is no fault {fault[:40]!r}")
            return None
        return Response(fault=fault)
    if not isinstance(response.get("is"), dict):
        kind = next((key for key in ("proxy", "inject") if key in response), "")
        notes.leave_out(pointer_below(pointer, kind) if kind else pointer, "answers are given by `is` alone here")
        return None
    read = _read_is({**default, **response["is"]}, f"{pointer}/is", notes)
    if read is None:
        return None
    behaviors = _behaviors(response)
    repeat = whole_number(response.get("repeat", behaviors.get("repeat"))) or 1
    read.repeat = min(max(repeat, 1), 1_000_000)
    wait = behaviors.get("wait")
    if wait is not None:
        wait_ms = number(wait) if not isinstance(wait, str) else number(whole_number(wait))
        if wait_ms is None:
            notes.leave_out(f"{pointer}/behaviors/wait", "a wait that is a function is not run")
        read.delay = take_delay(wait_ms, f"{pointer}/behaviors/wait", notes)
    for key in CODE:
        if key in behaviors:
            notes.leave_out(f"{pointer}/behaviors", f"{key} changes responses by code, which is not run")
    return read


def _behaviors(response: Tree) -> Tree:
    """Returns the behaviors by name, from an object or an array of objects."""
    given = response.get("behaviors", response.get("_behaviors"))
    merged: Tree = {}
    for each in given if isinstance(given, list) else [given]:
        merged |= dict_of(each)
    return merged


def _read_is(given: Tree, pointer: str, notes: Notes) -> Response | None:
    code = take_status(whole_number(given.get("statusCode", 200)), f"{pointer}/statusCode", notes)
    if code is None:
        return None
    headers, content_type = take_headers(pairs_in(given.get("headers")), f"{pointer}/headers", notes)
    body = given.get("body", "")
    if isinstance(body, dict | list):
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        content_type = content_type or "application/json"
    else:
        data = encode_text(text_of(body))
    if given.get("_mode") == "binary":
        data = _decode_binary(text_of(body), f"{pointer}/body", notes)
    return Response(status_code=code, headers=headers, body=data, content_type=content_type)


def _decode_binary(text: str, pointer: str, notes: Notes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        notes.change(pointer, "is marked as binary and is not base64; it is taken as text")
        return encode_text(text)
