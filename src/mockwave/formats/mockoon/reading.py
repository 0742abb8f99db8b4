"""Mockoon environments: routes in the order of their folders, each with responses; rules choose a response.

The first route that matches a request answers it, with the first response whose rules hold, or the default one.
Everything beyond answering (callbacks, proxying, changes to data buckets, WebSockets) is left out, and the report names
it.
"""

import json
import mimetypes
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.documents import Document, Folder
from mockwave.formats.handlebars.syntax import has_tags
from mockwave.formats.handlebars.translation import translate_template
from mockwave.formats.mockoon.conditions import Asked, read_rules
from mockwave.formats.mockoon.crud import read_crud
from mockwave.formats.mockoon.migrations import (
    HIGHEST,
    find_default,
    is_switched_off,
    read_file_path,
    read_mode,
    read_responses,
)
from mockwave.formats.mockoon.request_numbers import asks_for_numbers, read_turns
from mockwave.formats.mockoon.templates import make_dialect
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.stubs.arrangement import arrange_stubs
from mockwave.formats.stubs.covering import as_operator
from mockwave.formats.stubs.stub_paths import escape_literal, express_regex, read_express
from mockwave.formats.stubs.stub_responses import (
    Response,
    as_utf8,
    encode_text,
    take_delay,
    take_headers,
    take_status,
)
from mockwave.formats.stubs.stubs import Condition, Stub, asked_parameters
from mockwave.formats.tree_values import Tree, dict_of, dicts_in, expect, list_of, number, text_of, whole_number
from mockwave.model import METHODS
from mockwave.openapi.document.report import describe
from mockwave.paths import parse_path
from mockwave.pointers import pointer_below

MAXIMUM_BUCKET_CHARACTERS: Final = 1 << 20
MAXIMUM_FOLDERS: Final = 10_000


def is_mockoon(tree: Any) -> bool:
    """Whether the tree is an environment, a route by itself, or an export from before 1.16."""
    if not isinstance(tree, dict):
        return False
    if isinstance(tree.get("source"), str) and tree["source"].startswith("mockoon:"):
        return True
    if "lastMigration" in tree and "routes" in tree:
        return True
    return "uuid" in tree and "endpoint" in tree and isinstance(tree.get("responses"), list)


def read_mockoon(documents: list[Document], folder: Folder, notes: Notes) -> list[ImportedServer]:
    """Returns the servers of the file: one for each environment."""
    (document,) = documents
    tree = document.tree
    if isinstance(tree.get("source"), str) and "data" in tree:
        environments = [
            (dict_of(item.get("item")), f"{at}/item")
            for item, at in dicts_in(tree["data"], f"{document.base}/data")
            if item.get("type") == "environment"
        ]
        if not environments:
            refuse(document.base, "the export of Mockoon holds no environment")
    elif "endpoint" in tree:
        environments = [({"routes": [tree], "name": document.stem}, document.base)]
    else:
        environments = [(tree, document.base)]
    return [_Environment(tree, at, document, folder, notes).read() for tree, at in environments]


class _Environment:
    def __init__(self, tree: Tree, pointer: str, document: Document, folder: Folder, notes: Notes) -> None:
        self._tree = tree
        self._pointer = pointer
        self._document = document
        self._folder = folder
        self._notes = notes
        self._bare_route = "endpoint" in document.tree
        self._buckets = self._read_buckets()
        self._values = self._read_values()
        self._dialect = make_dialect(self._buckets)

    def read(self) -> ImportedServer:
        migration = self._tree.get("lastMigration", 0)
        number_of = whole_number(migration)
        if number_of is None or number_of > HIGHEST:
            known = f"this one comes from a newer Mockoon than is known here (at most {HIGHEST})"
            refuse(
                f"{self._pointer}/lastMigration",
                f"expected a number up to {HIGHEST}, got {describe(migration)}: {known}",
            )
        expect(self._tree.get("routes"), list, f"{self._pointer}/routes")
        self._note_settings()
        stubs: list[Stub] = []
        for route, at in self._routes_in_order():
            stubs += self._read_route(route, at)
        arranged = arrange_stubs(stubs, self._notes)
        name = text_of(self._tree.get("name")) or self._document.stem
        cors = self._tree.get("cors", True) is not False
        return arranged.as_server(name, self._pointer, cors=cors)

    def _note_settings(self) -> None:
        if self._tree.get("proxyMode") is True:
            self._notes.leave_out(f"{self._pointer}/proxyMode", "requests are not handed on to another server")
        if dict_of(self._tree.get("tlsOptions")).get("enabled") is True or self._tree.get("https") is True:
            self._notes.leave_out(
                f"{self._pointer}/tlsOptions", "TLS is the server's: mockwave serve --tls-certificate"
            )

    def _read_buckets(self) -> dict[str, str]:
        """Returns the texts of the data buckets by id and by name."""
        texts: dict[str, str] = {}
        for bucket, _ in dicts_in(self._tree.get("data"), ""):
            value = bucket.get("value")
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            if len(text) > MAXIMUM_BUCKET_CHARACTERS:
                continue
            for key in ("id", "name"):
                if isinstance(bucket.get(key), str) and bucket[key]:
                    texts.setdefault(bucket[key], text)
        return texts

    def _read_values(self) -> Tree:
        """Returns the values of the data buckets that are JSON in the file."""
        values: Tree = {}
        for name, text in self._buckets.items():
            if has_tags(text):
                continue
            try:
                values[name] = json.loads(text)
            except (ValueError, RecursionError):
                continue
        return values

    def _routes_in_order(self) -> Iterator[tuple[Tree, str]]:
        """Returns the routes as the folders order them, then those that no folder names."""
        at = pointer_below(self._pointer, "routes")
        routes: dict[str, list[tuple[Tree, str]]] = {}
        found = list(dicts_in(self._tree.get("routes"), at))
        if self._bare_route:
            found = [(found[0][0], self._document.base)]
        for route, pointer in found:
            routes.setdefault(text_of(route.get("uuid")), []).append((route, pointer))
        folders = {text_of(each.get("uuid")): each for each, _ in dicts_in(self._tree.get("folders"), "")}
        waiting = list(reversed(list_of(self._tree.get("rootChildren"))))
        steps = 0
        while waiting and steps < MAXIMUM_FOLDERS:
            child = dict_of(waiting.pop())
            uuid = text_of(child.get("uuid"))
            if child.get("type") == "folder":
                steps += 1
                waiting += reversed(list_of(dict_of(folders.pop(uuid, None)).get("children")))
            else:
                yield from routes.pop(uuid, [])
        for left in routes.values():
            yield from left

    def _read_route(self, route: Tree, pointer: str) -> list[Stub]:
        kind = route.get("type", "http")
        if kind == "crud":
            return self._read_crud(route, pointer)
        if kind not in ("http", None):
            what = {"ws": "a WebSocket, which mockwave does not serve"}
            self._notes.leave_out(
                pointer, what.get(text_of(kind), f"a route of an unknown type {text_of(kind)[:40]!r}")
            )
            return []
        if is_switched_off(route):
            self._notes.leave_out(f"{pointer}/enabled", "the route is switched off")
            return []
        method = text_of(route.get("method")).upper()
        methods = METHODS if method == "ALL" else tuple(each for each in METHODS if each == method)
        if not methods:
            self._notes.leave_out(f"{pointer}/method", f"routes take {', '.join(METHODS)}, not {method[:40]}")
            return []
        stubs: list[Stub] = []
        for path, operator in self._read_paths(route):
            stubs += self._read_responses(route, pointer, methods, path, operator)
        return stubs

    def _read_crud(self, route: Tree, pointer: str) -> list[Stub]:
        """Reads the answers to GET of a route on a data bucket, from the bucket as it is in the file."""
        given = read_responses(route)
        index = find_default(given)
        paths = [path for path, _ in self._read_paths(route)]
        base = paths[0] if len(paths) == 1 else None
        if not given or base is None or is_switched_off(route):
            self._notes.leave_out(pointer, "a route on a data bucket needs a response and a path without patterns")
            return []
        at = pointer_below(pointer, "responses", index)
        response = self._read_response({**given[index], "bodyType": "INLINE", "body": "", "rules": []}, at)
        bucket = self._buckets.get(text_of(given[index].get("databucketID")))
        answers = None if response is None else read_crud(bucket, response, given[index].get("crudKey"))
        if answers is None:
            self._notes.leave_out(at, "the data bucket is not there, or is not JSON that stands in the file")
            return []
        self._notes.leave_out(
            pointer, "POST, PUT, PATCH and DELETE change the data bucket, which nothing does here; GET answers from it"
        )
        for other in range(len(given)):
            if other != index:
                self._notes.leave_out(pointer_below(pointer, "responses", other), "only GET of the bucket is answered")
        base = base.rstrip("/") or "/"
        return [
            Stub(
                pointer=at,
                methods=("GET",),
                path=f"{base.rstrip('/')}/{escape_literal(key)}" if key else base,
                responses=[each],
            )
            for key, each in answers
        ]

    def _read_paths(self, route: Tree) -> list[tuple[str | None, Tree | None]]:
        """Returns the path patterns of the route, or an operator on the whole path."""
        prefix = text_of(self._tree.get("endpointPrefix")).strip("/")
        endpoint = text_of(route.get("endpoint")).removeprefix("/")
        full = "/" + "/".join(part for part in (prefix, endpoint) if part)
        patterns = read_express(full)
        return [(None, {"matches": express_regex(full)})] if patterns is None else [(each, None) for each in patterns]

    def _read_responses(
        self, route: Tree, pointer: str, methods: tuple[str, ...], path: str | None, operator: Tree | None
    ) -> list[Stub]:
        given = read_responses(route)
        mode = read_mode(route)
        asked = Asked(() if path is None else parse_path(path).parameter_names, self._values)
        default = find_default(given)

        def make(index: int, when: Condition, responses: list[Response], **rest: Any) -> Stub:
            method = when.get("method")
            kept = methods if not isinstance(method, str) else tuple(each for each in methods if each == method)
            on_path = when.get("path")
            if on_path is not None:
                of_route = [operator] if operator else [] if path is None else [as_operator(parse_path(path))]
                on_path = {"and": [*of_route, on_path]}
            return Stub(
                pointer=pointer_below(pointer, "responses", index),
                name=text_of(given[index].get("label")) or text_of(given[index].get("uuid")),
                methods=kept,
                path=path if on_path is None else None,
                path_operator=on_path or operator,
                when={
                    key: value
                    for key, value in when.items()
                    if key != "path" and (key != "method" or not isinstance(value, str))
                },
                responses=responses,
                **rest,
            )

        read = [
            self._read_response(each, pointer_below(pointer, "responses", index)) for index, each in enumerate(given)
        ]
        usable = [index for index, response in enumerate(read) if response is not None]
        if mode in ("RANDOM", "SEQUENTIAL"):
            if not usable:
                return []
            choice = "random" if mode == "RANDOM" else "sequence"
            responses = [each for each in read if each is not None]
            return [make(usable[0], {}, responses, choice=choice)]
        if mode != "DISABLE_RULES" and len(usable) == len(read) and asks_for_numbers(given):
            turns = read_turns(given, default, falls_through=mode == "FALLBACK")
            if turns is not None:
                answers = [
                    msgspec.structs.replace(response, repeat=count)
                    for index, count in turns.responses
                    if (response := read[index]) is not None
                ]
                return [make(turns.responses[0][0], {}, answers, on_exhausted=turns.on_exhausted)]
        stubs: list[Stub] = []
        for index in usable if mode != "DISABLE_RULES" else ():
            response = read[index]
            if response is None or not list_of(given[index].get("rules")):
                if index != default or mode == "FALLBACK":
                    self._notes.leave_out(
                        pointer_below(pointer, "responses", index), "has no rules, so that it never answers"
                    )
                continue
            at = pointer_below(pointer, "responses", index)
            condition = read_rules(given[index], at, asked, self._notes)
            if condition is not None and "path" in condition and asked_parameters(condition):
                self._notes.leave_out(at, "its rules ask for the path and for parameters of it; it is left out")
            elif condition is not None:
                stubs.append(make(index, condition, [response]))
        fallback = read[default] if given else None
        if fallback is not None and mode != "FALLBACK":
            stubs.append(make(default, {}, [fallback]))
        return stubs

    def _read_response(self, response: Tree, pointer: str) -> Response | None:
        code = take_status(whole_number(response.get("statusCode", 200)), f"{pointer}/statusCode", self._notes)
        if code is None:
            return None
        if list_of(response.get("callbacks")):
            self._notes.leave_out(f"{pointer}/callbacks", "nothing is called after an answer")
        pairs = self._merge_headers(response)
        headers, content_type = take_headers(pairs, f"{pointer}/headers", self._notes)
        body, guessed = self._read_body(response, pointer)
        is_template = False
        if response.get("disableTemplating") is not True:
            text = as_utf8(body)
            if text is not None:
                text, is_template = translate_template(text, self._dialect, f"{pointer}/body", self._notes)
                body = encode_text(text)
            translated = [
                (name, *translate_template(value, self._dialect, f"{pointer}/headers", self._notes))
                for name, value in headers
            ]
            headers = tuple((name, value) for name, value, _ in translated)
            is_template = is_template or any(each for _, _, each in translated)
        latency = (number(self._tree.get("latency")) or 0) + (number(response.get("latency")) or 0)
        return Response(
            status_code=code,
            headers=headers,
            body=body,
            content_type=content_type or guessed,
            delay=take_delay(latency, f"{pointer}/latency", self._notes),
            template="liquid" if is_template else "",
        )

    def _merge_headers(self, response: Tree) -> list[tuple[str, str]]:
        """Returns the headers of the response, and those of the environment that it does not set."""
        own = _pairs(response.get("headers"))
        names = {name.lower() for name, _ in own}
        return [
            *own,
            *((name, value) for name, value in _pairs(self._tree.get("headers")) if name.lower() not in names),
        ]

    def _read_body(self, response: Tree, pointer: str) -> tuple[bytes, str]:
        """Returns the body, and the media type implied by its file's name."""
        if response.get("bodyType") == "DATABUCKET":
            bucket = text_of(response.get("databucketID"))
            if bucket in self._buckets:
                return encode_text(self._buckets[bucket]), ""
            found = next((each for each, _ in dicts_in(self._tree.get("data"), "") if each.get("id") == bucket), None)
            if found is None:
                self._notes.leave_out(
                    f"{pointer}/databucketID", f"there is no data bucket {bucket[:40]!r}; the body is empty"
                )
                return b"", ""
            return encode_text(text_of(found.get("value"))), ""
        path = read_file_path(response)
        if not path:
            return encode_text(text_of(response.get("body"))), ""
        if has_tags(path):
            self._notes.leave_out(f"{pointer}/filePath", "the path of the file is a template; the body is empty")
            return b"", ""
        data, reason = self._folder.resolve(self._document.path, path)
        if data is None:
            self._notes.leave_out(f"{pointer}/filePath", f"the file {path[:80]!r} {reason}; the body is empty")
        return data or b"", mimetypes.guess_type(path)[0] or ""


def _pairs(headers: Any) -> list[tuple[str, str]]:
    return [
        (text_of(header.get("key")), text_of(header.get("value")))
        for header, _ in dicts_in(headers, "")
        if text_of(header.get("key"))
    ]
