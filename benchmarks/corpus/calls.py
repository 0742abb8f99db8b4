"""One document at a running server: imported, and every operation called once.

An operation is right when its route answers with the status that the document declares, in a media type declared for
it, and a JSON body conforms to the schema there. Two things excuse a body: it is an example of the document's own that
does not conform (with examples on), or the import report says that no value was found for a schema in its reach.
"""

import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from benchmarks.corpus.documents import Document
from benchmarks.corpus.judge import DATA, Fault, Judge
from benchmarks.corpus.tally import Outcome, Tally
from mockwave.sampling.declarations import Answer, Declarations, DeclaredOperation, Node, without_names
from mockwave.sampling.sample_requests import Request, Sampler

WORKSPACE = "wrk_corpus"
PATIENCE_S = 120.0
BODILESS = (204, 205, 304)  # RFC 9110 §15.3.6, §15.4.5
# How messages of the import report begin that own up to a value which does not conform.
ADMISSIONS = ("no ", "every value", "expected a schema", "this schema is composed of too many")
COMPOSITIONS = ("valid under any", "valid under more than one", "not allowed for", "under more than one of")


class Mode(NamedTuple):
    """How a mock server is made: a name for the report, and the fields that make it so."""

    name: str
    fields: dict[str, Any]
    shows_examples: bool = False
    validates: bool = False


# Right only as far as `samples` makes valid requests: those that the judge finds fault with do not count.
VALIDATED = Mode("validated", {"useExamples": False, "validateRequests": True}, validates=True)
MODES = (
    Mode("examples on", {"useExamples": True}, True),
    Mode("examples off", {"useExamples": False}),
    Mode("dynamic", {"useExamples": False, "dynamic": True, "seed": 1}),
)


class Server:
    """A client of the server under test, on one connection."""

    def __init__(self, port: int, token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

    def manage(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        body = None if document is None else json.dumps(document).encode()
        """Status and decoded answer; asked anew where an exchange before has broken the connection."""
        for _ in range(2):
            status, _, answered = self.send(method, path, self._headers, body)
            if status:
                return status, json.loads(answered) if answered else None
        raise ConnectionError(f"{method} {path}: {answered!r}")

    def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """One exchange; status 0 where the connection broke."""
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return 0, http.client.HTTPMessage(), repr(error).encode()

    def close(self) -> None:
        self._connection.close()


class DocumentRun:
    """One document, with what is known of it, and where its outcomes are counted."""

    def __init__(self, document: Document, tally: Tally) -> None:
        self.document = document
        self.tally = tally
        self.declarations = Declarations(document.tree)
        self.operations = list(self.declarations.operations())
        self.judge = Judge(document, self.declarations)
        self._sampler = Sampler(self.declarations)
        self._request_judge: Judge | None = None
        self._hints: set[str] | None = None
        self._reaches: dict[str, frozenset[str]] = {}

    def call_all(self, server: Server, mode: Mode) -> None:
        """Make a mock server in this mode, and call every operation of the document there."""
        fields = {"name": self.document.name, "workspaceId": WORKSPACE, "logRequests": False, **mode.fields}
        status, answer = server.manage("POST", "/mock-servers", {**fields, "specification": self.document.text})
        if status != 201:
            errors = answer.get("errors", []) if isinstance(answer, dict) else []
            says = "; ".join(f"{each.get('pointer')}: {each.get('message')}" for each in errors[:3]) or str(answer)
            self.tally.refuse(self.document.name, mode.name, status, says)
            return
        self.tally.count_document(mode.name)
        place = f"/mock-servers/{answer['_id']}"
        _, routes = server.manage("GET", f"{place}/routes")
        by_key = {(route["method"], without_names(route["path"])): route for route in routes}
        problems = answer["importReport"]["problems"]
        for operation in self.operations:
            route = by_key.pop(operation.route_key, None)  # of two operations with one route, the first serves
            if route is None:
                outcome = self._judge_absence(operation, problems)
            else:
                request = self._sampler.make_request(operation, route["path"])
                outcome = self._call(server, f"/bin/{answer['_id']}", operation, request, problems, mode)
            self.tally.add(self.document.name, mode.name, operation, outcome)
        server.manage("DELETE", place)

    def _is_valid(self, request: Request) -> bool:
        if self._request_judge is None:
            self._request_judge = Judge(self.document, self.declarations, "request")
        judge = self._request_judge
        return request.is_written and all(
            judge.is_able(schema) and not judge.find_faults(value, schema) for schema, value in request.values
        )

    def _judge_absence(self, operation: DeclaredOperation, problems: list[dict[str, str]]) -> Outcome:
        item = operation.pointer.rpartition("/")[0]
        if any(problem["pointer"] in (operation.pointer, item) for problem in problems) or len(problems) >= 1000:
            return Outcome("left out, as reported")
        return Outcome("wrong", "no route, and nothing reported")

    def _call(
        self,
        server: Server,
        base: str,
        operation: DeclaredOperation,
        request: Request,
        problems: list[dict[str, str]],
        mode: Mode,
    ) -> Outcome:
        status, headers, body = server.send(request.method, base + request.path, request.headers, request.body)
        if mode.validates and status != operation.answer.status and not self._is_valid(request):
            return Outcome("not judged: no valid request was made")
        if status != operation.answer.status:
            return Outcome(
                "wrong", f"status {status}, not {operation.answer.status}, at {request.path}: {body[:120]!r}"
            )
        media_type = headers.get("content-type") or ""
        if request.method == "HEAD" or status in BODILESS:
            return Outcome("right, no body")
        return self.judge_body(operation.answer, media_type, body, problems, mode.shows_examples)

    def judge_body(
        self, answer: Answer, media_type: str, body: bytes, problems: list[dict[str, str]], shows_examples: bool
    ) -> Outcome:
        """Whether a body in this media type is what `answer` declares."""
        if not body and not answer.schemas:
            return Outcome("right, no body")
        name = find_declared(media_type, answer.schemas)
        if name is None:
            reported = any("media type" in problem["message"] for problem in problems)
            if reported:
                return Outcome("not judged: no media type")
            return Outcome("wrong", f"content type {media_type!r} is not among {list(answer.schemas)}")
        schema = answer.schemas[name]
        if "json" not in media_type.lower():
            return Outcome("right, not JSON")
        if schema is None:
            return Outcome("right, no schema")
        try:
            value = json.loads(body)
        except ValueError as error:
            return Outcome("wrong", f"no JSON: {error}: {body[:80]!r}")
        if shows_examples and name in answer.suggestions:
            return Outcome("right, an example")
        if not self.judge.is_able(schema):
            return Outcome("not judged: the schema does not compile")
        faults = self.judge.find_faults(value, schema)
        if not faults:
            return Outcome("right")
        if shows_examples and all(self._is_hint(fault) for fault in faults):
            return Outcome("right, an example")
        if self._is_admitted(schema, problems):
            return Outcome("does not conform, as reported", f"{faults[0]}")
        return Outcome("wrong", "; ".join(map(str, faults[:2])))

    # --- Excuses ------------------------------------------------------------------------------------------------------

    def _is_hint(self, fault: Fault) -> bool:
        """Whether what stands at the fault, or within it where alternatives are at fault, is a suggested value."""
        if self._hints is None:
            self._hints = set(collect_hints(self.document.tree))
        if canonical(fault.value) in self._hints:
            return True
        is_composition = any(each in fault.message for each in COMPOSITIONS) or "required property" in fault.message
        return is_composition and any(canonical(part) in self._hints for part in parts_of(fault.value))

    def _is_admitted(self, schema: Node, problems: list[dict[str, str]]) -> bool:
        pointers = [problem["pointer"] for problem in problems if problem["message"].startswith(ADMISSIONS)]
        if not pointers:
            return False
        if schema.pointer not in self._reaches:
            self._reaches[schema.pointer] = frozenset(self._find_reach(schema))
        reach = self._reaches[schema.pointer]
        return any(pointer.startswith(f"{start}/") or pointer == start for pointer in pointers for start in reach)

    def _find_reach(self, schema: Node) -> Iterator[str]:
        """Pointers of all schemas that `schema` refers to, itself included."""
        pending, seen = [schema], {schema.pointer}
        while pending:
            node = pending.pop()
            yield node.pointer
            for reference in references_in(node.value):
                target = self.declarations.look_up(reference)
                if target is not None and target.pointer not in seen:
                    seen.add(target.pointer)
                    pending.append(target)


def find_declared(media_type: str, schemas: dict[str, Any]) -> str | None:
    """The declared media type, or range, that a Content-Type stands for."""
    essence = media_type.partition(";")[0].strip().lower()
    declared = {name.partition(";")[0].strip().lower(): name for name in reversed(schemas)}
    for candidate in (essence, f"{essence.partition('/')[0]}/*", "*/*", "*"):
        if media_type in schemas:
            return media_type
        if candidate in declared:
            return declared[candidate]
    suffixed = [name for name in schemas if "*" in name and "json" in name]
    return suffixed[0] if suffixed else None


def references_in(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from references_in(item)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key in ("$ref", "$dynamicRef") and isinstance(child, str):
                yield child
            else:
                yield from references_in(child)


def collect_hints(node: Any) -> Iterator[str]:
    """Every value that the document suggests, and the parts of each, as canonical JSON."""
    if isinstance(node, list):
        for item in node:
            yield from collect_hints(item)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key in DATA and key not in ("enum", "const"):
                yield from map(canonical, parts_of(child))
            yield from collect_hints(child)


def parts_of(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from parts_of(part)


def canonical(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
