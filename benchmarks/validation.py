"""The cost of checking a request: microseconds of CPU for a valid JSON body of 1 KB, beyond those without validation.

Run with `python -m benchmarks.validation`. wrk asks two mock servers of one worker in turns: one validates, the other
does not. Server and load have a core each. Reports the median of the rounds, and the bar of 30 us beside it.
"""

import statistics

import msgspec

from benchmarks.bench import make_folder
from benchmarks.contestants.mockwave import WORKSPACE, RunningMockwave, start_mockwave
from benchmarks.exchanges import Base, ManagementClient
from benchmarks.load import run_load, warm_up
from benchmarks.sites import Ask

ROUNDS = 9
SECONDS = 2
WARM_UP_S = 2.0
CONNECTIONS = 64
SERVER_CORE, LOAD_CORE = "0", "1"
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
ASK = Ask(("/orders/17?dryRun=true",), (("Content-Type", "application/json"),), BODY)


def make_mock(client: ManagementClient, validates: bool) -> str:
    """Returns the path of a mock made from the document."""
    given = {"name": "orders", "workspaceId": WORKSPACE, "specification": DOCUMENT, "validateRequests": validates}
    return f"/bin/{client.call('POST', '/mock-servers', given)['_id']}"


def measure_us(running: RunningMockwave, path: str) -> float:
    """Returns microseconds of CPU per request. Raises RuntimeError if one is refused."""
    base, before_s = Base(running.base.port, path), running.family.cpu_s()
    load = run_load(base, ASK, CONNECTIONS, SECONDS, LOAD_CORE)
    if load.errors:
        raise RuntimeError(f"{load.errors} of {load.requests} requests were not answered as they should be")
    return (running.family.cpu_s() - before_s) * 1e6 / load.requests


def main() -> None:
    with make_folder() as folder, start_mockwave(folder, SERVER_CORE) as running:
        client = running.management()
        paths = [make_mock(client, False), make_mock(client, True)]
        client.close()
        for path in paths:
            warm_up(Base(running.base.port, path), ASK, CONNECTIONS, WARM_UP_S, LOAD_CORE)
        # In turns, so that other work of the machine affects both.
        rounds = [[measure_us(running, path) for path in paths] for _ in range(ROUNDS)]
    more = sorted(with_us - without_us for without_us, with_us in rounds)
    without_us, with_us = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(
        f"a valid body of {len(BODY):,} bytes: {with_us:.1f} us checked, {without_us:.1f} us not; "
        f"{statistics.median(more):.1f} us more ({more[0]:.1f} to {more[-1]:.1f}; bar: {BAR_US:.0f})"
    )


if __name__ == "__main__":
    main()
