"""Open-loop load: requests arrive at a steady rate, whether earlier ones are answered or not; each is timed separately.

It shows what closed-loop load cannot: ten thousand requests in flight, the error of each delay, and the latency that a
client with a steady rate sees while a server is busy with something else. It runs as a separate process, on its own
core: `python -m benchmarks.arrivals`; the runner uses `start_arrivals`. It ends when all were sent and answered, at its
deadline, or after SIGINT.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

from benchmarks.exchanges import Base
from benchmarks.processes import CHECKOUT, build_launcher

TICK_S = 0.001
CONNECTING_AT_ONCE = 500
PATIENCE_S = 10.0
"""How long to wait for answers after the last request, beyond the delay."""


class Arrivals(Struct, frozen=True):
    """The results of the requests. Latencies run from just before a request is written to its whole answer.

    `error_…` is the latency minus the requested delay; `early` counts answers before the delay was over.
    """

    sent: int
    completed: int
    wrong: int
    failed_connections: int
    early: int
    peak_in_flight: int
    latency_p50_us: float
    latency_p99_us: float
    latency_p999_us: float
    error_min_us: float
    error_p50_us: float
    error_p99_us: float
    error_max_us: float


class Plan(Struct, frozen=True, kw_only=True):
    base: Base
    path: str
    rate: float
    count: int
    connections: int
    delay_ms: int = 0
    body: str


class RunningArrivals:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def is_running(self) -> bool:
        return self._process.poll() is None

    def take_precedence(self) -> None:
        """Gives the process the first claim on its core, if this user may do that."""
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, -15)

    def wait_until_sending(self) -> None:
        """Returns once connections are open and the first request goes out."""
        assert self._process.stdout
        self._process.stdout.readline()

    def stop(self) -> Arrivals:
        """Sends no more; returns the results of the requests sent."""
        self._process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self) -> Arrivals:
        output, errors = self._process.communicate()
        if not output.strip():
            raise RuntimeError(f"the arrivals' client gave no figures: {errors[-500:]}")
        return msgspec.json.decode(output.strip().splitlines()[-1], type=Arrivals)


@contextmanager
def start_arrivals(plan: Plan, cores: str = "") -> Iterator[RunningArrivals]:
    with subprocess.Popen(
        [*build_launcher(cores), sys.executable, "-m", "benchmarks.arrivals", msgspec.json.encode(plan).decode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        start_new_session=True,
    ) as process:
        try:
            yield RunningArrivals(process)
        finally:
            if process.poll() is None:
                process.kill()


class Client:
    """Sends by the plan's clock; a request takes an idle connection, or a new one if none is idle."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._request = f"GET {plan.base.path}{plan.path} HTTP/1.1\r\nHost: {plan.base.host}\r\n\r\n".encode()
        self._body = plan.body.encode()
        self._idle: list[Connection] = []
        self._latencies_ns: list[int] = []
        self._sent = self._waiting = self._peak = self._wrong = self._failed = 0
        self._stopped = False

    async def run(self) -> Arrivals:
        await self._connect()
        gc.collect()
        gc.disable()
        print("sending", flush=True)
        await self._send_all()
        deadline_s = time.monotonic() + self._plan.delay_ms / 1000 + PATIENCE_S
        while self._waiting and time.monotonic() < deadline_s:
            await asyncio.sleep(0.01)
        return self._summarise()

    def stop(self) -> None:
        self._stopped = True

    def settle(self, connection: "Connection", latency_ns: int, status: bytes, body: bytes) -> None:
        """Called by a connection with a whole answer."""
        self._waiting -= 1
        self._latencies_ns.append(latency_ns)
        if status != b"200" or body != self._body:
            self._wrong += 1
        self._idle.append(connection)

    def lose(self, connection: "Connection", was_waiting: bool) -> None:
        self._failed += 1
        self._waiting -= was_waiting
        with contextlib.suppress(ValueError):
            self._idle.remove(connection)

    async def _connect(self) -> None:
        for start in range(0, self._plan.connections, CONNECTING_AT_ONCE):
            count = min(CONNECTING_AT_ONCE, self._plan.connections - start)
            self._idle += await asyncio.gather(*(self._open() for _ in range(count)))

    async def _open(self) -> "Connection":
        loop = asyncio.get_running_loop()
        host, port = self._plan.base.host, self._plan.base.port
        _, connection = await loop.create_connection(lambda: Connection(self), host, port)
        return connection

    async def _send_all(self) -> None:
        start_s = time.perf_counter()
        while self._sent < self._plan.count and not self._stopped:
            due = min(int((time.perf_counter() - start_s) * self._plan.rate) + 1, self._plan.count)
            while self._sent < due:
                self._send_one()
            await asyncio.sleep(TICK_S)

    def _send_one(self) -> None:
        self._sent += 1
        self._waiting += 1
        self._peak = max(self._peak, self._waiting)
        if self._idle:
            self._idle.pop().ask(self._request)
        else:
            task = asyncio.ensure_future(self._open())
            task.add_done_callback(self._ask_when_open)

    def _ask_when_open(self, opened: "asyncio.Future[Connection]") -> None:
        if opened.exception() is None:
            opened.result().ask(self._request)
        else:
            self._failed += 1
            self._waiting -= 1

    def _summarise(self) -> Arrivals:
        latencies_us = sorted(latency_ns / 1000 for latency_ns in self._latencies_ns) or [0.0]
        delay_us = self._plan.delay_ms * 1000
        return Arrivals(
            sent=self._sent,
            completed=len(self._latencies_ns),
            wrong=self._wrong,
            failed_connections=self._failed,
            early=sum(latency_us < delay_us for latency_us in latencies_us),
            peak_in_flight=self._peak,
            latency_p50_us=find_percentile(latencies_us, 50),
            latency_p99_us=find_percentile(latencies_us, 99),
            latency_p999_us=find_percentile(latencies_us, 99.9),
            error_min_us=latencies_us[0] - delay_us,
            error_p50_us=find_percentile(latencies_us, 50) - delay_us,
            error_p99_us=find_percentile(latencies_us, 99) - delay_us,
            error_max_us=latencies_us[-1] - delay_us,
        )


class Connection(asyncio.Protocol):
    """One kept connection with at most one request on it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._transport: asyncio.Transport
        self._received = b""
        self._sent_ns = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, request: bytes) -> None:
        self._sent_ns = time.perf_counter_ns()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        received_ns = time.perf_counter_ns()
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or len(body) < read_content_length(head):
            return
        self._received = b""
        latency_ns, self._sent_ns = received_ns - self._sent_ns, 0
        self._client.settle(self, latency_ns, head[9:12], body)

    def connection_lost(self, _: Exception | None) -> None:
        self._client.lose(self, self._sent_ns != 0)


def read_content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


def find_percentile(ordered: list[float], percent: float) -> float:
    """Returns the smallest of the ordered values that so many percent do not exceed."""
    return ordered[max(0, min(len(ordered) - 1, -int(-len(ordered) * percent // 100) - 1))]


async def run_plan(plan: Plan) -> Arrivals:
    client = Client(plan)
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, client.stop)
    return await client.run()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.arrivals", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("plan", help="a Plan as JSON")
    plan = msgspec.json.decode(parser.parse_args().plan, type=Plan)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(msgspec.json.encode(uvloop.run(run_plan(plan))).decode())


if __name__ == "__main__":
    main()
