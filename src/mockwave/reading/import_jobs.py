"""An ImportJob done in the reading process: the file read, its rules tried, what came of it in frames.

Every rule that a format makes has to be one that the server takes. One that is not makes the whole file a refused one,
which names the place in the file that the rule comes from: an operator that nobody knows, an expression beyond the
limits, a fault that the engine cannot do.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from mockwave.answers.imported import Problem, SpecificationError
from mockwave.answers.imported_servers import ImportedRoute, ImportedServer
from mockwave.answers.parts import OutputTooLarge
from mockwave.formats.imports import read_servers
from mockwave.paths import parse_path
from mockwave.processes.frames import cut_into_slices
from mockwave.processes.process_limits import read_resident_bytes
from mockwave.reading.reading_messages import (
    BATCH_BYTES,
    BATCH_OPERATIONS,
    KEY_COPIES,
    OUTPUT_FACTOR,
    PATH_COPIES,
    ROUTE_BYTES,
    ImportAnswer,
    ImportDone,
    ImportJob,
    ServerHead,
    ServerRoutes,
    ServerText,
)
from mockwave.reading.source_texts import compress_text
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.rule_reading import RuleFaults, read_rules

MAXIMUM_SERVERS: Final = 100

decode = msgspec.json.Decoder().decode


def do_import(job: ImportJob, data: bytes) -> Iterator[ImportAnswer]:
    """The answers to the job. Raises SpecificationError, OutputTooLarge."""
    read = read_servers(data, job.options, job.size_limit_bytes)
    if len(read.servers) > MAXIMUM_SERVERS:
        message = f"expected at most {MAXIMUM_SERVERS} mock servers in one file or folder, got {len(read.servers)}"
        raise SpecificationError([Problem("", message)])
    try_rules(read.servers, job.engine_faults)
    drop_unusable_templates(read.servers, read.notes.left_out)
    left_bytes = max(job.least_output_bytes, OUTPUT_FACTOR * len(data))
    for server in read.servers:
        routes, specification = server.routes, server.specification
        left_bytes -= sum(ROUTE_BYTES + count_bytes(route) for route in routes) + len(server.rules)
        if left_bytes < 0:
            raise OutputTooLarge(is_one_part=False)
        yield ServerHead(msgspec.structs.replace(server, routes=[], specification=b"", rule_pointers=[]))
        yield from pack_routes(routes)
        if specification:
            compressed = compress_text(specification)
            yield from map(ServerText, cut_into_slices([compressed], BATCH_BYTES))
    yield ImportDone(read.notes, read_resident_bytes())


def pack_routes(routes: Sequence[ImportedRoute]) -> Iterator[ServerRoutes]:
    """The routes in batches small enough to be decoded between two requests, where none is large by itself."""
    batch: list[ImportedRoute] = []
    size = 0
    for route in routes:
        batch.append(msgspec.structs.replace(route, rule_pointers=[]))
        size += count_bytes(route)
        if len(batch) == BATCH_OPERATIONS or size >= BATCH_BYTES:
            yield ServerRoutes(batch)
            batch, size = [], 0
    if batch:
        yield ServerRoutes(batch)


def count_bytes(route: ImportedRoute) -> int:
    headers = sum(len(name) + len(value) for name, value in route.headers)
    texts = len(route.body) + len(route.rules) + PATH_COPIES * len(route.path) + KEY_COPIES * len(route.path_key)
    return texts + headers + len(route.content_type)


def try_rules(servers: Sequence[ImportedServer], engine_faults: Sequence[str]) -> None:
    """Raises SpecificationError where a rule is not one that the server takes."""
    for server in servers:
        if server.rules:
            _try(server.rules, server.rule_pointers, None, engine_faults)
        for route in server.routes:
            if route.rules:
                traits = RouteTraits(path_parameters=parse_path(route.path).parameter_names, declared=None)
                _try(route.rules, route.rule_pointers, traits, engine_faults)


def drop_unusable_templates(servers: Sequence[ImportedServer], left_out: list[Problem]) -> None:
    """Of the rules beside a document, those that fill a body in are tried; where one cannot be a rule, the document
    answers."""
    for server in servers:
        for each in server.document_rules:
            kept = []
            for rule in decode(each.rules):
                fault = _find_fault(rule["then"]) if "template" in rule["then"] else ""
                if fault:
                    place = f"{each.method} {each.path_key}"
                    left_out.append(Problem(server.pointer, f"{place}: a body is sent as it stands: {fault}"))
                else:
                    kept.append(rule)
            each.rules = msgspec.json.encode(kept)


def _find_fault(then: dict[str, Any]) -> str:
    """Why the answer cannot be that of a rule; empty if it can."""
    traits = RouteTraits(path_parameters=(), declared=None)
    try:
        read_rules([{"then": then}], at="", of_server=False, route=traits, engine_faults=())
    except RuleFaults as error:
        return error.violations[0].message
    return ""


def _try(rules: bytes, pointers: Sequence[str], traits: RouteTraits | None, engine_faults: Sequence[str]) -> None:
    try:
        read_rules(decode(rules), at="", of_server=traits is None, route=traits, engine_faults=engine_faults)
    except RuleFaults as error:
        problems = []
        for fault in error.violations:
            index = fault.pointer.split("/")[1] if "/" in fault.pointer else ""
            place = pointers[int(index)] if index.isdigit() and int(index) < len(pointers) else ""
            problems.append(Problem(place, f"cannot be a rule here: {fault.message}"))
        raise SpecificationError(problems) from error
