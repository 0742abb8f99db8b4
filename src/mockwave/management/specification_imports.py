"""Specification texts on their way to routes: read by the SpecificationReader, turned into RouteRecords."""

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from mockwave.answers.imported import Import, Operation, SpecificationError
from mockwave.answers.parts import NO_PART
from mockwave.management.calls import Call
from mockwave.management.routes import new_route_ids
from mockwave.model import ImportProblem, ImportReport, Violation
from mockwave.pauses import Pauses
from mockwave.problems import Refusal
from mockwave.quoting import summarise
from mockwave.reading.readers import ReadText
from mockwave.reading.reading_limits import ReadingInterrupted, ReadingLimitExceeded
from mockwave.reading.source_texts import SourceText
from mockwave.store.records import RouteRecord

Result = TypeVar("Result")

OPERATIONS_AT_A_TIME = 25
"""Made in about a tenth of a millisecond."""


async def read_specification(call: Call, source: SourceText, workspace: str, *, use_examples: bool) -> ReadText:
    """Reads the text in a separate process, in a turn of the workspace, as long as the client waits for it.

    Raises Refusal: 400 if it is not a Specification, 429 or 503 if too many wait; NotAString.
    """
    services = call.services
    reading = services.reader.read(source, workspace, use_examples=use_examples, pauses=services.begin_pauses())
    return await wait_for_reading(call, reading, "specification", "/specification")


async def wait_for_reading(call: Call, reading: Coroutine[Any, Any, Result], what: str, pointer: str) -> Result:
    """Returns the result of reading a specification or a file, as long as the client waits for it. Raises Refusal;
    NotAString.

    `what` names it in messages and in the problem type; `pointer` is its place in the body."""
    try:
        return await call.work_while_waited_for(reading)
    except ReadingInterrupted as error:
        headers = [(b"retry-after", b"10")]
        raise Refusal(503, "reading-interrupted", f"{what}: {error.problems[0].message}", [], headers) from error
    except ReadingLimitExceeded as error:
        message = f"{what}: {error.problems[0].message}"
        violation = Violation(location="body", pointer=pointer, rule=f"{error.limit}-limit", message=message)
        raise Refusal(400, f"invalid-{what}", message, [violation]) from error
    except SpecificationError as error:
        violations = [
            Violation(location=what, pointer=problem.pointer, message=problem.message) for problem in error.problems
        ]
        detail = f"the {what} cannot be used: {summarise(violations, 'it')}"
        raise Refusal(400, f"invalid-{what}", detail, violations) from error


async def generate_routes(imported: Import, mock_server_id: str, pauses: Pauses) -> list[RouteRecord]:
    """Generates the routes of the operations, in order. Lets other requests in now and then."""
    routes = []
    ids = new_route_ids()
    for position, operation in enumerate(imported.operations):
        if position % OPERATIONS_AT_A_TIME == OPERATIONS_AT_A_TIME - 1:
            await pauses.let_others_run()
        routes.append(generate_route(operation, imported.parts, mock_server_id, position, next(ids)))
    return routes


def generate_route(
    operation: Operation, parts: Sequence[bytes], mock_server_id: str, position: int, route_id: str
) -> RouteRecord:
    """The generated route of an operation."""
    return RouteRecord(
        id=route_id,
        mock_server_id=mock_server_id,
        position=position,
        generated=True,
        method=operation.method,
        path=operation.path,
        path_key=operation.path_key,
        status_code=operation.status_code,
        headers=operation.headers,
        body=operation.body,
        content_type=operation.content_type,
        variants=operation.variants or None,
        body_part=None if operation.body_part == NO_PART else operation.body_part,
        parts=parts,
        base_paths=operation.base_paths,
    )


def have_own_base_paths(imported: Import) -> bool:
    """Whether servers of path items or operations override those of the document."""
    return any(operation.base_paths is not None for operation in imported.operations)


def show_report(imported: Import, ruled_routes_gone: Sequence[tuple[str, str]] = ()) -> ImportReport:
    """The import report as the contract's answer shows it, including routes that went with their rules, by method and
    path."""
    report = imported.report
    lost = [
        ImportProblem("", f"{method} {path} had rules; they are gone, since the specification no longer has that route")
        for method, path in ruled_routes_gone
    ]
    return ImportReport(
        operations=report.operations,
        routes=report.routes,
        problems=[*(ImportProblem(problem.pointer, problem.message) for problem in report.problems), *lost],
    )
