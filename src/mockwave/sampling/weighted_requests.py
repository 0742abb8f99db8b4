"""The requests of a document, to draw from: a valid one for each operation, with its weight."""

import itertools
import random
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from mockwave.openapi.document.document import read_document
from mockwave.sampling.declarations import Declarations, DeclaredOperation
from mockwave.sampling.sample_requests import Request, Sampler

USUAL_WEIGHT = 1.0


class WeightedRequest(Struct, frozen=True):
    """`name` is the name in figures: method and path as declared. `status` is the document's answer."""

    name: str
    request: Request
    status: int


class WeightedRequests:
    """Draws requests by their weights."""

    def __init__(self, requests: Sequence[WeightedRequest], weights: Sequence[float]) -> None:
        self.requests = requests
        self._cumulated = list(itertools.accumulate(weights))

    def draw(self, numbers: random.Random) -> WeightedRequest:
        return numbers.choices(self.requests, cum_weights=self._cumulated)[0]


def make_requests(text: str, weights: Mapping[str, float]) -> WeightedRequests:
    """Requests for the operations of an OpenAPI document. `weights` are by operationId, or by method and path
    ("GET /pets"); an operation without one has the weight 1, and one with 0 is left out.

    Raises SpecificationError for text that is not a document, ValueError for weights of unknown operations, or if none
    is left.
    """
    tree = read_document(text)
    declarations = Declarations(tree if isinstance(tree, dict) else {})
    sampler = Sampler(declarations)
    unknown = dict(weights)
    made, made_weights = [], []
    for operation in declarations.operations():
        name = f"{operation.method} {operation.path}"
        weight = next((unknown.pop(key) for key in _keys(operation, name) if key in unknown), USUAL_WEIGHT)
        request = sampler.make_request(operation, operation.path)
        if weight > 0 and request.is_written:
            made.append(WeightedRequest(name, request, operation.answer.status))
            made_weights.append(weight)
    if unknown:
        raise ValueError(f"weights: the document has no operation {', '.join(unknown)} (by operationId, or GET /path)")
    if not made:
        raise ValueError("the document has no operation that a request can be made for, or all weights are 0")
    return WeightedRequests(made, made_weights)


def _keys(operation: DeclaredOperation, name: str) -> tuple[Any, ...]:
    return (operation.node.value.get("operationId"), name)
