"""What checking a request costs: microseconds that a valid JSON body of 1 KB takes more than no validation does.

Run with `python -m benchmarks.validation`. Both servers answer the same request the long way, as one with a body is
answered; what is timed is the mock plane alone, without the HTTP server under it. The median of the rounds is reported,
and the bar of 30 us beside it.
"""

import statistics
import time
from collections.abc import Callable

import msgspec

from mockwave._responder import Reply, Snapshot
from mockwave.management.specifications import generate_route
from mockwave.mocks.plane import MockRequest, answer_request
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.openapi import read_specification
from mockwave.store.records import ServerRecord

ROUNDS = 9
REQUESTS = 5_000
BAR_US = 30.0

DOCUMENT = """
openapi: 3.0.3
info: {title: orders, version: "1"}
paths:
  /orders/{id}:
    post:
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
        - {name: dryRun, in: query, schema: {type: boolean}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
      responses: {'201': {description: made, content: {application/json: {example: {made: true}}}}}
components:
  schemas:
    Order:
      type: object
      required: [customer, email, placed, currency, total, isPaid, notes, address, lines, tags]
      properties:
        customer: {type: string, format: uuid}
        email: {type: string, format: email}
        placed: {type: string, format: date-time}
        currency: {type: string, pattern: '^[A-Z]{3}$'}
        total: {type: number, minimum: 0}
        isPaid: {type: boolean}
        notes: {type: string, maxLength: 500, nullable: true}
        tags: {type: array, items: {type: string, minLength: 1}, uniqueItems: true}
        address: {$ref: '#/components/schemas/Address'}
        lines: {type: array, minItems: 1, items: {$ref: '#/components/schemas/Line'}}
    Address:
      type: object
      required: [street, city, country]
      properties: {street: {type: string}, city: {type: string}, country: {type: string, enum: [DE, FR, IT]}}
    Line:
      type: object
      required: [sku, quantity, price]
      additionalProperties: false
      properties:
        sku: {type: string, pattern: '^[A-Z]+-[0-9]+$'}
        quantity: {type: integer, minimum: 1, maximum: 1000}
        price: {type: number, minimum: 0}
"""
ORDER = {
    "customer": "0b9a8a5e-3c1d-4f6e-9a54-7c2b1f0e9d8c",
    "email": "ada@example.com",
    "placed": "2026-02-03T04:05:06Z",
    "currency": "EUR",
    "total": 181.5,
    "isPaid": True,
    "notes": "Leave it with the neighbours, please. " * 10,
    "tags": ["gift", "fragile", "express"],
    "address": {"street": "Any Street 1", "city": "Anytown", "country": "DE"},
    "lines": [{"sku": f"ABC-{number}", "quantity": number + 1, "price": 16.5} for number in range(9)],
}
BODY = msgspec.json.encode(ORDER)
REQUEST = MockRequest(
    method="POST",
    path=b"/orders/17",
    query=b"dryRun=true",
    headers=[
        (b"host", b"127.0.0.1:4010"),
        (b"user-agent", b"benchmark"),
        (b"accept", b"*/*"),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(BODY)),
    ],
    body=BODY,
)


def build_snapshot(validate_requests: bool) -> Snapshot:
    server = ServerRecord(
        id="mock_" + "a" * 32,
        name="orders",
        workspace_id="wrk_1",
        created_us=0,
        modified_us=0,
        validate_requests=validate_requests,
    )
    operations = read_specification(DOCUMENT).operations
    routes = [generate_route(operation, server.id, position) for position, operation in enumerate(operations)]
    builder = SnapshotBuilder(server)
    builder.change(server, 1, routes, [])
    return builder.build()


def measure(answer: Callable[[], Reply]) -> float:
    """Microseconds a request."""
    if answer().status != 201:
        raise RuntimeError(f"the request is answered with {answer().status}: {answer().body!r}")
    started_ns = time.process_time_ns()
    for _ in range(REQUESTS):
        answer()
    return (time.process_time_ns() - started_ns) / REQUESTS / 1_000


def main() -> None:
    checked, unchecked = build_snapshot(True), build_snapshot(False)
    # In turns, so that what else the machine does falls on both.
    rounds = [
        (measure(lambda: answer_request(unchecked, REQUEST)), measure(lambda: answer_request(checked, REQUEST)))
        for _ in range(ROUNDS)
    ]
    without_us, with_us = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(
        f"a valid body of {len(BODY):,} bytes: {with_us:.1f} us checked, {without_us:.1f} us not; "
        f"{with_us - without_us:.1f} us more (bar: {BAR_US:.0f})"
    )


if __name__ == "__main__":
    main()
