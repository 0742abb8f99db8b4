"""WireMock stub mappings: one, `{"mappings": [...]}`, or a folder of both with the bodies in `__files`.

The lowest priority number comes first (5 by default); of equal ones the newest, which is the last in a file, and in the
last file by name. A stub is left out if no rule can express its conditions: it would answer other requests. Only its
side effects (listeners, transformers) are left out without the stub.
"""

from typing import Any, Final
from urllib.parse import parse_qsl

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.documents import Document, Folder
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.stubs.arrangement import arrange_stubs
from mockwave.formats.stubs.expressions import read_literal_regex, strip_anchors
from mockwave.formats.stubs.stub_paths import SaidPath, escape_literal, is_pattern, read_regex
from mockwave.formats.stubs.stub_queries import no_query, only_queries, query_conditions
from mockwave.formats.stubs.stubs import Condition, Stub, all_of, negate
from mockwave.formats.tree_values import Tree, dict_of, expect, list_of, text_of, whole_number
from mockwave.formats.wiremock.conditions import read_bodies, read_multipart, read_named, read_operator
from mockwave.formats.wiremock.responses import LeftOut, ResponseReader, leave_out
from mockwave.model import METHODS
from mockwave.openapi.document.report import describe
from mockwave.pointers import pointer_below

DEFAULT_PRIORITY: Final = 5
MAPPING_KEYS: Final = frozenset(
    (
        "id uuid name request response priority persistent scenarioName requiredScenarioState newScenarioState"
        " postServeActions serveEventListeners metadata insertionIndex $schema"
    ).split()
)
REQUEST_KEYS: Final = frozenset(
    (
        "method url urlPattern urlPath urlPathPattern urlPathTemplate pathParameters queryParameters headers cookies"
        " formParameters bodyPatterns multipartPatterns basicAuth basicAuthCredentials clientIp host port scheme"
        " customMatcher"
    ).split()
)
URL_KEYS: Final = ("url", "urlPattern", "urlPath", "urlPathPattern", "urlPathTemplate")
ANY_QUERY: Final = ("(\\?.*)?", "([?].*)?", "(?:\\?.*)?", "(?:[?].*)?", "\\??.*")  # at the end of a urlPattern
MESSAGE_KEYS: Final = frozenset(("trigger", "messageMappings", "channelPattern", "channelType"))


def is_wiremock(tree: Any) -> bool:
    """Whether the tree is a stub mapping, or an object of mappings."""
    if not isinstance(tree, dict):
        return False
    if isinstance(tree.get("mappings"), list):
        return tree.keys() <= {"mappings", "meta", "importOptions", "$schema"}
    if not isinstance(tree.get("request"), dict) or "startedDateTime" in tree or "log" in tree:
        return bool(MESSAGE_KEYS & tree.keys()) and "log" not in tree
    url = tree["request"].get("url")
    response = tree.get("response")
    if isinstance(url, str) and "://" in url.partition("/")[0] + "//" and not url.startswith("/"):
        return False
    return (response is None or isinstance(response, dict)) and "content" not in dict_of(response)


def read_wiremock(documents: list[Document], folder: Folder, notes: Notes) -> list[ImportedServer]:
    """Returns the server of all mappings."""
    found: list[tuple[int, int, Stub]] = []
    for document in documents:
        for mapping, pointer in _mappings_of(document):
            try:
                priority, stub = _Mapping(mapping, pointer, document, folder, notes).read()
            except LeftOut:
                continue
            found.append((priority, -len(found), stub))
    found.sort(key=lambda each: each[:2])
    arranged = arrange_stubs([stub for _, _, stub in found], notes)
    name = folder.name or documents[0].stem
    return [arranged.as_server(name)]


def _mappings_of(document: Document) -> list[tuple[Tree, str]]:
    tree = document.tree
    if MESSAGE_KEYS & tree.keys():
        refuse(document.base, "a message mapping of WireMock 4 is for WebSockets, which mockwave does not serve")
    given = tree.get("mappings")
    if given is None:
        return [(tree, document.base)]
    at = f"{document.base}/mappings"
    mappings = [
        (expect(each, dict, pointer_below(at, index)), pointer_below(at, index)) for index, each in enumerate(given)
    ]
    if all(isinstance(each.get("insertionIndex"), int) for each, _ in mappings):
        mappings.sort(key=lambda each: each[0]["insertionIndex"])
    return mappings


def _without_ending(regex: str, endings: tuple[str, ...]) -> str:
    text = regex.rstrip("$")
    ending = next(each for each in endings if text.endswith(each))
    return text.removesuffix(ending)


class _Mapping:
    """One stub mapping."""

    def __init__(self, mapping: Tree, pointer: str, document: Document, folder: Folder, notes: Notes) -> None:
        self._mapping = mapping
        self._pointer = pointer
        self._document = document
        self._folder = folder
        self._notes = notes

    def read(self) -> tuple[int, Stub]:
        """Returns the priority and the stub. Raises LeftOut or SpecificationError."""
        for key in self._mapping.keys() - MAPPING_KEYS:
            self._notes.leave_out(pointer_below(self._pointer, key), f"{key[:60]!r} is not a member of a stub mapping")
        for key in ("postServeActions", "serveEventListeners"):
            if self._mapping.get(key):
                self._notes.leave_out(pointer_below(self._pointer, key), "nothing is called after an answer")
        priority = self._mapping.get("priority")
        if priority is not None and whole_number(priority) is None:
            refuse(f"{self._pointer}/priority", f"expected an integer, got {describe(priority)}")
        request = expect(self._mapping.get("request") or {}, dict, f"{self._pointer}/request")
        response = expect(self._mapping.get("response") or {}, dict, f"{self._pointer}/response")
        at = f"{self._pointer}/request"
        said, operator, in_url, unless_alone = self._read_url(request, at)
        parameters: Condition = {"pathParameters": said.parameters} if said and said.parameters else {}
        when = all_of(parameters, in_url, self._read_conditions(request, at))
        stub = Stub(
            pointer=self._pointer,
            name=text_of(self._mapping.get("name") or self._mapping.get("id") or ""),
            methods=self._read_methods(request.get("method"), f"{at}/method"),
            path=None if said is None else said.path,
            path_operator=operator,
            when=when,
            unless_alone={} if "query" in when else unless_alone,
            responses=[ResponseReader(self._folder, self._notes).read(response, f"{self._pointer}/response")],
            limits=self._read_scenario(),
        )
        if said is None and "pathParameters" in when:
            leave_out(
                self._notes, f"{at}/pathParameters", "the path of the stub is an expression, which has no parameters"
            )
        return whole_number(priority) or (DEFAULT_PRIORITY if priority is None else 0), stub

    def _read_methods(self, method: Any, pointer: str) -> tuple[str, ...]:
        if isinstance(method, dict):
            if method.keys() == {"oneOf"}:
                return self._known_methods([text_of(each) for each in list_of(method["oneOf"])], pointer)
            if method.keys() == {"noneOf"}:
                excluded = {text_of(each).upper() for each in list_of(method["noneOf"])}
                return tuple(each for each in METHODS if each not in excluded)
            refuse(pointer, f"expected a method, or oneOf or noneOf some, got {describe(method)}")
        if method is None or method == "ANY":
            return METHODS
        if method == "GET_OR_HEAD":
            return ("GET", "HEAD")
        return self._known_methods([text_of(method)], pointer)

    def _known_methods(self, methods: list[str], pointer: str) -> tuple[str, ...]:
        known = tuple(each.upper() for each in methods if each.upper() in METHODS)
        if not known:
            shown = ", ".join(methods)[:80]
            leave_out(self._notes, pointer, f"routes take {', '.join(METHODS)}, and the stub is for {shown}")
        return known

    def _read_url(self, request: Tree, at: str) -> tuple[SaidPath | None, Tree | None, Condition, Condition]:
        """The path pattern, or the operator on the whole path; the conditions that the URL has on the query, and those
        that it has as it is exact."""
        given = [key for key in URL_KEYS if request.get(key) is not None]
        if len(given) > 1:
            refuse(at, f"expected one of {', '.join(URL_KEYS)}, got {' and '.join(given)}")
        if not given:
            return SaidPath("/**"), None, {}, {}
        key = given[0]
        text = expect(request[key], str, f"{at}/{key}")
        match key:
            case "url":
                path, has_query, query = text.partition("?")
                conditions = query_conditions(parse_qsl(query, keep_blank_values=True))
                if has_query and query:
                    return SaidPath(escape_literal(self._slash(path))), None, only_queries(conditions), {}
                return SaidPath(escape_literal(self._slash(path))), None, {}, no_query()
            case "urlPath":
                return SaidPath(escape_literal(self._slash(text))), None, {}, {}
            case "urlPathTemplate":
                if not is_pattern(text):
                    leave_out(self._notes, f"{at}/{key}", f"{text[:80]!r} is not a path template that is known here")
                return SaidPath(text), None, {}, {}
            case "urlPathPattern":
                return *self._said_or_operator(text), {}, {}
        return self._read_url_pattern(text, f"{at}/{key}")

    @staticmethod
    def _slash(path: str) -> str:
        return path if path.startswith("/") else f"/{path}"

    @staticmethod
    def _said_or_operator(regex: str) -> tuple[SaidPath | None, Tree | None]:
        said = read_regex(regex)
        return (said, None) if said is not None else (None, {"matches": regex})

    def _read_url_pattern(self, regex: str, pointer: str) -> tuple[SaidPath | None, Tree | None, Condition, Condition]:
        """Splits an expression on path and query at its question mark."""
        literal = read_literal_regex(regex)
        if literal is not None and "?" in literal:
            path, _, query = literal.partition("?")
            conditions = query_conditions(parse_qsl(query, keep_blank_values=True))
            return SaidPath(escape_literal(path)), None, only_queries(conditions), {}
        if regex.rstrip("$").endswith(ANY_QUERY):
            return *self._said_or_operator(_without_ending(regex, ANY_QUERY)), {}, {}
        for mark in ("\\?", "[?]"):
            path, found, query = regex.partition(mark)
            if found:
                return *self._said_or_operator(path), self._read_query_pattern(query, pointer), {}
        if "=" in regex or "&" in regex:
            leave_out(self._notes, pointer, "its part for the query is in one expression with the path")
        takes_query = regex.rstrip("$)").endswith((".*", ".+"))
        return *self._said_or_operator(regex), {}, {} if takes_query else no_query()

    def _read_query_pattern(self, pattern: str, pointer: str) -> Condition:
        """The condition of what stands after the question mark: expressions by name, in any order."""
        text = strip_anchors(pattern)
        if text in (".*", "(.*)", ".+", "(.+)"):
            return negate(no_query())
        named: Tree = {}
        pairs = text.removeprefix(".*").removesuffix("&.*").split("&")
        for pair in pairs:
            name, equals, value = pair.partition("=")
            literal_name = read_literal_regex(name) if equals else None
            if not literal_name or literal_name in named:
                leave_out(self._notes, pointer, "its part for the query is not a list of name=expression")
                continue
            literal_value = read_literal_regex(value)
            named[literal_name] = {"matches": value} if literal_value is None else {"equalTo": literal_value}
        if text.startswith(".*"):
            self._notes.change(pointer, f"asks for the query parameter {next(iter(named))[:60]!r}, in any place")
        return {"query": named}

    def _read_conditions(self, request: Tree, at: str) -> Condition:
        for key in request.keys() - REQUEST_KEYS:
            refuse(
                pointer_below(at, key),
                f"{key[:60]!r} is not a member of a request pattern of WireMock that is known here",
            )
        for key in ("port", "scheme", "customMatcher"):
            if request.get(key) is not None:
                leave_out(self._notes, f"{at}/{key}", f"a rule cannot ask for {key}")
        conditions = [
            read_named(request, key, at)
            for key in ("pathParameters", "queryParameters", "headers", "cookies", "formParameters")
        ]
        conditions += [read_bodies(request, at), read_multipart(request, at)]
        for key in ("basicAuth", "basicAuthCredentials"):
            credentials = request.get(key)
            if isinstance(credentials, dict):
                given = {name: text_of(credentials.get(name)) for name in ("username", "password")}
                conditions.append({"basicAuth": given})
        if isinstance(request.get("host"), dict):
            conditions.append({"headers": {"Host": read_operator(request["host"], f"{at}/host")}})
        client = request.get("clientIp")
        if client is not None:
            operator = (
                read_operator(client, f"{at}/clientIp") if isinstance(client, dict) else {"equalTo": text_of(client)}
            )
            conditions.append({"client": operator})
        return all_of(*conditions)

    def _read_scenario(self) -> Tree:
        name = self._mapping.get("scenarioName")
        if name is None:
            return {}
        scenario = {"name": text_of(name)}
        if self._mapping.get("requiredScenarioState") is not None:
            scenario["from"] = text_of(self._mapping["requiredScenarioState"])
        if self._mapping.get("newScenarioState") is not None:
            scenario["to"] = text_of(self._mapping["newScenarioState"])
        return {"scenario": scenario} if len(scenario) > 1 else {}
