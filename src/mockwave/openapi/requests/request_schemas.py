"""Schemas of requests as plain JSON Schema 2020-12, whatever the dialect of the document.

Each becomes a text, whose nodes `request_nodes.py` writes. Each target of a `$ref` becomes one definition,
`#/$defs/<number>`, which is the part of that number: written once for the whole document, with the numbers of the
definitions that it needs.
"""

from typing import Final

import msgspec
from msgspec import Struct

from mockwave.answers.parts import PartPool
from mockwave.answers.request_rules import MAXIMUM_CHECKS, Definition
from mockwave.openapi.document.dialects import Dialect
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems
from mockwave.openapi.requests.definition_costs import DefinitionCosts, Written
from mockwave.openapi.requests.read_only_names import NO_NAMES
from mockwave.openapi.requests.referred_schemas import ReferredSchemas, Target
from mockwave.openapi.requests.request_nodes import NodeWriter
from mockwave.openapi.requests.schema_costs import MAXIMUM_WEIGHT
from mockwave.patterns.costs import PATTERN_BYTES

MAXIMUM_COMPILED: Final = 16 << 20  # weight of a schema with everything that it needs: 2 s of compiling


class RequestSchema(Struct, frozen=True):
    """A schema of a request: its JSON text, b"" if anything conforms, and the definitions to which it refers.

    `weight` and `is_costly` are the costs of compiling and checking (`schema_costs.py`).
    """

    text: bytes
    needs: tuple[int, ...]
    weight: int
    is_costly: bool


NO_SCHEMA: Final = RequestSchema(b"", (), 0, False)


_encode = msgspec.msgpack.Encoder().encode


class RequestSchemas:
    """Writes the schemas of one document's requests."""

    def __init__(self, references: References, dialect: Dialect, problems: Problems, pool: PartPool) -> None:
        self._problems = problems
        self._pool = pool
        self._referred = ReferredSchemas(pool, problems)
        self._nodes = NodeWriter(references, dialect, problems, self._referred)
        self._total_weight = 0  # facts about all written texts
        self._costs = DefinitionCosts(pool)

    def write(self, schema: Located) -> RequestSchema:
        """Writes `schema`, with everything to which it refers."""
        definition, written = self._write(Target(schema, NO_NAMES))
        while self._referred.waiting:
            number, target = self._referred.waiting.pop()
            below, self._costs.written[number] = self._write(target)
            self._pool.fill(number, _encode(below))
        if self._total_weight > MAXIMUM_COMPILED and self._costs.weigh(written, MAXIMUM_COMPILED) > MAXIMUM_COMPILED:
            self._problems.add(schema.pointer, "this schema is too large; requests are not checked against it")
            return NO_SCHEMA
        if definition.schema in (b"true", b"{}"):
            return NO_SCHEMA
        weight = self._costs.weigh(written, MAXIMUM_WEIGHT)
        is_costly = weight > MAXIMUM_WEIGHT or (written.may_branch and self._costs.may_double(definition))
        return RequestSchema(definition.schema, definition.needs, weight, is_costly)

    def _write(self, target: Target) -> tuple[Definition, Written]:
        nodes = self._nodes
        try:
            text = msgspec.json.encode(nodes.rewrite(target))
        except (ValueError, OverflowError, RecursionError) as error:
            self._problems.add(target.located.pointer, f"this schema is not JSON ({error}); any value is taken instead")
            text = b"{}"
        needs = tuple(sorted(nodes.needed))
        weight = len(text) + nodes.pattern_bytes // PATTERN_BYTES
        self._total_weight += weight
        may_branch = bool(needs) or nodes.composes or nodes.listed > MAXIMUM_CHECKS
        return Definition(text, needs), Written(needs, weight, nodes.is_hard, may_branch)
