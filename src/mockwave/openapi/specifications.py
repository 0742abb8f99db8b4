"""Specification text to Operations: the order in which a document walks through the rooms of `openapi/`.

Text → tree (`document`; the Convert that is handed in turns other formats into OpenAPI documents) → dialect
(`dialects`) → references checked and bound (`references`, `dynamic_references`) → paths (`operations`) → responses
(`responses`, `headers`) → values (`schemas`, `values`) → bytes (`bodies`). No file is read and no socket opened.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from msgspec import Struct

from mockwave.answers.imported import Import, ImportReport, Operation, Problem, SpecificationError
from mockwave.answers.parts import PartPool
from mockwave.openapi.document.dialects import Dialect, choose_dialect
from mockwave.openapi.document.document import read_document
from mockwave.openapi.document.dynamic_references import bind_dynamic_references
from mockwave.openapi.document.references import References, find_external_references, may_hold_external_references
from mockwave.openapi.document.report import TOO_DEEP, Problems, describe, refuse
from mockwave.openapi.document.surrogates import may_hold_surrogates, replace_surrogates
from mockwave.openapi.halves import Halves, Number, read_half
from mockwave.openapi.operations.headers import HeaderReader
from mockwave.openapi.operations.operations import OperationReader
from mockwave.openapi.operations.responses import ResponseReader
from mockwave.openapi.operations.server_urls import ServerReader
from mockwave.openapi.plans.faker_options import read_faker_options
from mockwave.openapi.plans.planners import PLANNERS
from mockwave.openapi.plans.plans import Planner
from mockwave.openapi.requests.operation_requests import RequestReader
from mockwave.openapi.schemas.conformance import Conformance
from mockwave.openapi.schemas.schemas import Schemas
from mockwave.openapi.values.builders import BUILDERS
from mockwave.openapi.values.example_checks import ExampleChecks
from mockwave.openapi.values.values import StaticValues
from mockwave.pointers import pointer_below

ENCODING: Final = ("utf-8", "surrogatepass")  # for texts that may hold half a surrogate pair


Convert = Callable[[Any, Problems], Any]
"""From a tree of a known other format to an OpenAPI document, with what to report about it. Any other tree is returned
as it is."""


def leave_as_it_is(document: Any, problems: Problems) -> Any:
    """The Convert that knows only OpenAPI."""
    return document


class Findings(Struct, frozen=True, array_like=True):
    """The results of a reading: the number of operations, the problems, and how many more problems are not listed."""

    operations: int
    problems: list[Problem]
    omitted_problems: int


class Reading:
    """A document on its way to become an Import: its operations one by one, then the report.

    `parts` holds every part that an operation names, once the operation is returned.
    """

    def __init__(
        self,
        document: dict[str, Any],
        dialect: Dialect,
        references: References,
        problems: Problems,
        parts: PartPool,
        *,
        use_examples: bool,
    ) -> None:
        self._document = document
        self._paths = _read_paths(document, dialect)
        self._problems = problems
        self.parts = parts
        self.dialect = dialect.name
        servers = ServerReader(document, references, problems)
        self.base_paths = servers.base_paths
        """The distinct paths of the document's servers, without "/" at the end."""
        schemas = Schemas(references, problems, dialect)
        conformance = Conformance(references, dialect)
        checks = ExampleChecks(references, dialect, problems)
        values = StaticValues(schemas, conformance, problems, BUILDERS, checks, use_examples=use_examples)
        options = read_faker_options(document, problems)
        planner = Planner(schemas, conformance, problems, self.parts, PLANNERS, options)
        requests = RequestReader(document, dialect, references, problems, self.parts)
        self.keys = requests.keys
        self._reader = OperationReader(
            dialect,
            references,
            problems,
            servers,
            ResponseReader(document, references, problems, dialect.has_content),
            HeaderReader(references, problems, values, planner, conformance, checks, use_examples=use_examples),
            requests,
            values,
            planner,
            checks,
            self.parts,
            use_examples=use_examples,
        )

    @property
    def title(self) -> str:
        info = self._document.get("info")
        title = info.get("title") if isinstance(info, dict) else None
        return title if isinstance(title, str) else ""

    def read_operations(self) -> Iterator[Operation]:
        """Returns the operations that can become routes, in the order declared. Raises SpecificationError."""
        try:
            yield from self._reader.read(self._paths)
        except RecursionError as error:
            refuse(TOO_DEEP, cause=error)

    @property
    def findings(self) -> Findings:
        """The findings in the operations read so far."""
        return Findings(self._reader.count, self._problems.listed, self._problems.omitted)

    def add_findings(self, findings: Findings) -> None:
        """Adds the findings in other operations of the document."""
        self._reader.count += findings.operations
        self._problems.add_all(findings.problems, findings.omitted_problems)

    def report(self, routes: int) -> ImportReport:
        """The report on the document, from which this many routes were read."""
        webhooks = self._document.get("webhooks")
        for name in webhooks if isinstance(webhooks, dict) else ():
            self._problems.add(pointer_below("/webhooks", name), "webhooks are requests to the client; none are sent")
        return ImportReport(operations=self._reader.count, routes=routes, problems=self._problems.as_list())


def read_specification(text: str, *, use_examples: bool = True, convert: Convert = leave_as_it_is) -> Import:
    """Reads an OpenAPI 3 or Swagger 2.0 document, or one that `convert` makes, in JSON or YAML. Raises
    SpecificationError for anything else.

    With `use_examples`, bodies are the document's examples if it has any; without, all are made from schemas.
    """
    reading = begin_reading(text, use_examples=use_examples, convert=convert)
    operations = list(reading.read_operations())
    report = reading.report(len(operations))
    return Import(
        reading.dialect, reading.title, reading.base_paths, operations, reading.parts.parts, report, reading.keys
    )


def begin_reading(
    text: str | bytes,
    *,
    use_examples: bool = True,
    output_limit_bytes: int | None = None,
    convert: Convert = leave_as_it_is,
) -> Reading:
    """Does what `read_specification` does, up to the first operation. Bytes are UTF-8, and take less time and memory.

    Reading the operations raises OutputTooLarge if more than `output_limit_bytes` are made from the document.
    """
    try:
        encoded = text.encode(*ENCODING) if isinstance(text, str) else text
        return _begin_reading(encoded, use_examples, output_limit_bytes, convert)
    except RecursionError as error:
        refuse(TOO_DEEP, cause=error)


def begin_half(halves: Halves, number: Number, *, use_examples: bool, output_limit_bytes: int | None = None) -> Reading:
    """Does what `begin_reading` does, for half of a document, whose parts have every second number. It raises
    CannotBeHalved, and so may reading the operations. If either raises SpecificationError or OutputTooLarge, the whole
    has to be read to tell what is wrong, if anything is."""
    document = read_half(halves, number)
    problems = Problems()
    dialect = choose_dialect(document)
    references = References(document, problems)
    pool = PartPool(number, 2, output_limit_bytes)
    return Reading(document, dialect, references, problems, pool, use_examples=use_examples)


def _begin_reading(text: bytes, use_examples: bool, output_limit_bytes: int | None, convert: Convert) -> Reading:
    problems = Problems()
    has_surrogates = may_hold_surrogates(text)
    document = read_document(text.decode(*ENCODING), problems)
    if has_surrogates:
        document = replace_surrogates(document, problems)
    document = convert(document, problems)
    dialect = choose_dialect(document)
    references = References(document, problems)
    if may_hold_external_references(text):
        external = find_external_references(document, references)
        if external:
            raise SpecificationError(external)
    if dialect.reads_reference_siblings and b"$dynamicRef" in text:
        bind_dynamic_references(document, references, problems)
    pool = PartPool(limit_bytes=output_limit_bytes)
    return Reading(document, dialect, references, problems, pool, use_examples=use_examples)


def _read_paths(document: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    paths = document.get("paths")
    if "paths" not in document:
        if dialect.needs_paths or not ("webhooks" in document or "components" in document):
            refuse('expected an object "paths" in the document, got none')
        return {}
    if not isinstance(paths, dict):
        refuse(f"expected an object of paths, got {describe(paths)}", "/paths")
    return paths
