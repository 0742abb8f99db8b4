"""Does an ImportJob in the reading process: reads the file, tries its rules, returns the result in frames.

Every rule that a format makes has to be one that the server takes. An entry of the file that leads to any other is left
out, and reported by its place: an expression that no bounded engine takes or beyond the limits, a fault that the engine
cannot do. Where that leaves nothing, the file is refused.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from mockwave.answers.imported import Problem, SpecificationError
from mockwave.answers.imported_servers import ImportedRoute, ImportedServer, ImportOptions
from mockwave.answers.parts import OutputTooLarge
from mockwave.formats.imports import ReadServers, read_servers
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
from mockwave.rules.rule_reading import RuleFaults, finish_reading, read_in_steps, read_rules
from mockwave.rules.rule_sizes import has_too_many_values, refuse_size
from mockwave.rules.stored_rules import split_stored

MAXIMUM_SERVERS: Final = 100
MAXIMUM_READINGS: Final = 4  # of a file: what is left out may uncover what cannot be a rule either

decode = msgspec.json.Decoder().decode


def do_import(job: ImportJob, data: bytes) -> Iterator[ImportAnswer]:
    """The answers to the job. Raises SpecificationError, OutputTooLarge."""
    read = read_usable(data, job.options, job.size_limit_bytes, job.engine_faults)
    if len(read.servers) > MAXIMUM_SERVERS:
        message = f"expected at most {MAXIMUM_SERVERS} mock servers in one file or folder, got {len(read.servers)}"
        raise SpecificationError([Problem("", message)])
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


def read_usable(
    data: bytes, options: ImportOptions, size_limit_bytes: int, engine_faults: Sequence[str]
) -> ReadServers:
    """What the file describes, without those entries whose rules the server does not take. Raises
    SpecificationError."""
    excluded: dict[str, str] = {}
    for _ in range(MAXIMUM_READINGS):
        read = read_servers(data, options, size_limit_bytes, excluded)
        problems = try_rules(read.servers, engine_faults)
        if not problems:
            return read
        if any(problem.pointer in excluded for problem in problems):
            break  # it is not the entry alone
        for problem in problems:
            excluded.setdefault(problem.pointer, f"{problem.message}; it is left out")
    raise SpecificationError(problems)


def pack_routes(routes: Sequence[ImportedRoute]) -> Iterator[ServerRoutes]:
    """Packs the routes in batches that are small enough to be decoded between two requests, unless a single route is
    large."""
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


def try_rules(servers: Sequence[ImportedServer], engine_faults: Sequence[str]) -> list[Problem]:
    """What keeps rules from being such as the server takes, by the places of the entries that they come from."""
    problems: list[Problem] = []
    for server in servers:
        if server.rules:
            problems += _try(server.rules, server.rule_pointers, None, engine_faults)
        for route in server.routes:
            if route.rules:
                traits = RouteTraits(path_parameters=parse_path(route.path).parameter_names, declared=None)
                problems += _try(route.rules, route.rule_pointers, traits, engine_faults)
    return problems


def drop_unusable_templates(servers: Sequence[ImportedServer], left_out: list[Problem]) -> None:
    """Tries the rules beside a document that fill in a body; if one is not valid, the document answers instead."""
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
    """Why the answer is not valid in a rule; empty if it is."""
    traits = RouteTraits(path_parameters=(), declared=None)
    try:
        read_rules([{"then": then}], at="", of_server=False, route=traits, engine_faults=())
    except RuleFaults as error:
        return error.violations[0].message
    return ""


def _try(
    rules: bytes, pointers: Sequence[str], traits: RouteTraits | None, engine_faults: Sequence[str]
) -> list[Problem]:
    def place_of(index: str | int) -> str:
        return pointers[int(index)] if str(index).isdigit() and int(index) < len(pointers) else ""

    problems = [
        Problem(place_of(index), f"cannot be a rule here: {refuse_size(f'[{index}]')}")
        for index, rule in enumerate(split_stored(rules))
        if has_too_many_values(bytes(rule))
    ]
    if problems:
        return problems
    try:
        reading = read_in_steps(
            decode(rules),
            at="",
            of_server=traits is None,
            route=traits,
            engine_faults=engine_faults,
            may_never_hold=True,
        )
        finish_reading(reading)
    except RuleFaults as error:
        for fault in error.violations:
            index = fault.pointer.split("/")[1] if "/" in fault.pointer else ""
            problems.append(Problem(place_of(index), f"cannot be a rule here: {fault.message}"))
    return problems
