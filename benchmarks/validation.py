"""What checking a request costs: microseconds of CPU that a valid JSON body of 1 KB takes more than no validation does.

Run with `python -m benchmarks.validation`. The whole ASGI application answers, Journal and all, without an HTTP server
under it; two mock servers, one that validates and one that does not, are asked in turns. The median of the rounds is
reported, and the bar of 30 us beside it.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from mockwave.app import Application
from mockwave.settings import Settings

ROUNDS = 15
REQUESTS = 2_000
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

Message = MutableMapping[str, Any]


class Asker:
    """Sends requests to the application, one at a time."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._body = b""
        self._answer: list[Message] = []

    async def ask(self, method: str, path: str, query: bytes, body: bytes) -> tuple[int, bytes]:
        self._body, self._answer = body, []
        headers = [
            (b"host", b"127.0.0.1:4010"),
            (b"user-agent", b"benchmark"),
            (b"accept", b"*/*"),
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ]
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": headers,
            "client": ("127.0.0.1", 4010),
            "scheme": "http",
        }
        await self._application(scope, self._receive, self._send)
        return self._answer[0]["status"], self._answer[1]["body"]

    async def make_mock(self, validate_requests: bool) -> str:
        """The path of a mock made from the document."""
        given = {
            "name": "orders",
            "workspaceId": "wrk_benchmark",
            "specification": DOCUMENT,
            "validateRequests": validate_requests,
        }
        status, body = await self.ask("POST", "/mock-servers", b"", msgspec.json.encode(given))
        if status != 201:
            raise RuntimeError(f"no mock server was made: {body!r}")
        return f"/bin/{msgspec.json.decode(body)['_id']}/orders/17"

    async def measure(self, path: str) -> float:
        """Microseconds a request."""
        status, body = await self.ask("POST", path, b"dryRun=true", BODY)
        if status != 201:
            raise RuntimeError(f"the request is answered with {status}: {body!r}")
        started_ns = time.process_time_ns()
        for _ in range(REQUESTS):
            await self.ask("POST", path, b"dryRun=true", BODY)
        return (time.process_time_ns() - started_ns) / REQUESTS / 1_000

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def _send(self, message: Message) -> None:
        self._answer.append(message)


@asynccontextmanager
async def run_application() -> AsyncIterator[Asker]:
    with tempfile.TemporaryDirectory() as data_dir:
        application = Application(Settings(data_dir=data_dir, ephemeral=True, auth=False))
        messages: asyncio.Queue[Message] = asyncio.Queue()
        started = asyncio.Event()

        async def send(message: Message) -> None:
            started.set()

        messages.put_nowait({"type": "lifespan.startup"})
        life = asyncio.create_task(application({"type": "lifespan"}, messages.get, send))
        await started.wait()
        yield Asker(application)
        messages.put_nowait({"type": "lifespan.shutdown"})
        await life


async def main() -> None:
    async with run_application() as asker:
        unchecked, checked = await asker.make_mock(False), await asker.make_mock(True)
        # In turns, so that what else the machine does falls on both.
        rounds = [(await asker.measure(unchecked), await asker.measure(checked)) for _ in range(ROUNDS)]
    without_us, with_us = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(
        f"a valid body of {len(BODY):,} bytes: {with_us:.1f} us checked, {without_us:.1f} us not; "
        f"{with_us - without_us:.1f} us more (bar: {BAR_US:.0f})"
    )


if __name__ == "__main__":
    asyncio.run(main())
