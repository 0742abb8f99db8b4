"""What becomes of documents of which much is made (`amplifiers.py`): bytes of the database, memory, time.

    python -m tests.fuzz.amplification [--megabytes 2.5] [--only long-paths,postman-urls] [--engine uvloop] [--dynamic]

Each document goes to a server of its own. It is kept within the bound, or refused: whichever it is, neither the
database nor a worker may grow by more than what may be made from a document (`--max-import-bytes`, at least 64 MB).
After a sample of the routes was asked for, a worker may also hold what routes keep (`mocks/kept_work.py`). Prints a
table in Markdown, with growth in MB and the longest step of the worker's loop; ends with 1 where one exceeds.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from mockwave.mocks.kept_work import MOST_BYTES
from tests.fuzz.amplifiers import AMPLIFIERS, Amplifier
from tests.fuzz.hostile import Steps, read_memory
from tests.harness import MockwaveServer, send

BOUND_BYTES = 64 << 20
OUTPUT_FACTOR = 20
ANSWER_S = 200.0
POLL_S = 0.01
LEAST_STEP_MS = 5.0
ASKED_ROUTES = 300
ASKED_S = 15.0
SLACK_BYTES = 16 << 20
"""Of a worker's memory: what any import costs, and what the allocator keeps."""


class Outcome(Struct):
    """What one document did. Bytes of `database`, `worker`, `worker_peak` and `asked` are growth."""

    document: int
    status: int = 0
    routes: int = 0
    reason: str = ""
    database: int = 0
    worker: int = 0
    worker_peak: int = 0
    asked: int = 0
    reader_peak: int = 0
    seconds: float = 0.0
    step_ms: float = 0.0

    @property
    def bound_bytes(self) -> int:
        return max(BOUND_BYTES, OUTPUT_FACTOR * self.document)

    @property
    def is_within(self) -> bool:
        grown = max(self.worker, self.asked - MOST_BYTES) - SLACK_BYTES
        return self.status in (200, 201, 400) and max(self.database, grown) <= self.bound_bytes


class PeakWatch(threading.Thread):
    """Notes the most memory that the children of a worker held: one of them reads."""

    def __init__(self, worker: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._worker = worker
        self._is_over = threading.Event()
        self.start()

    def stop(self) -> None:
        self._is_over.set()
        self.join()

    def run(self) -> None:
        while not self._is_over.wait(POLL_S):
            for child in find_children(self._worker):
                self.peak_bytes = max(self.peak_bytes, read_peak(child))


def find_children(process_id: int) -> list[int]:
    """The children of all threads of a process, and theirs."""
    found = []
    for file in Path(f"/proc/{process_id}/task").glob("*/children"):
        try:
            children = list(map(int, file.read_text().split()))
        except OSError:
            continue
        for child in children:
            found += [child, *find_children(child)]
    return found


def read_peak(process_id: int) -> int:
    """VmHWM: the most memory that a process held; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)


def forget_peak(process_id: int) -> None:
    Path(f"/proc/{process_id}/clear_refs").write_text("5")


def count_database(server: MockwaveServer) -> int:
    """The bytes of the Store's files."""
    return sum(file.stat().st_size for file in server.data_dir.glob("mockwave.sqlite3*"))


def measure(amplifier: Amplifier, size: int, engine: str, *, is_dynamic: bool) -> Outcome:
    name, content = amplifier(size)
    outcome = Outcome(len(content))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "steps").mkdir()
        steps = Steps(folder / "steps", LEAST_STEP_MS)
        arguments = ("--port", "0", "--workers", "1", "--engine", engine)
        server = MockwaveServer(folder / "data", folder, *arguments, environment=steps.environment)
        try:
            server.wait_until_announced()
            server.wait_until_whole(1)
            (worker,) = server.living_workers().values()
            create(server, "openapi.json", AMPLIFIERS["short-paths"](2_000)[1], is_dynamic)
            ask_routes(server, server.api("GET", "/mock-servers").body[0]["_id"])
            before, database = read_memory(worker), count_database(server)
            forget_peak(worker)
            steps.take_faults()  # those of the start
            watch = PeakWatch(worker)
            started_s = time.monotonic()
            outcome.status, answer = create(server, name, content, is_dynamic)
            outcome.seconds = time.monotonic() - started_s
            watch.stop()
            outcome.reader_peak = watch.peak_bytes
            outcome.worker_peak = read_peak(worker) - before
            outcome.worker = read_memory(worker) - before
            outcome.database = count_database(server) - database
            if outcome.status == 400:
                outcome.reason = answer["errors"][0]["message"] if answer.get("errors") else answer["detail"]
            elif outcome.status < 300:
                made = answer["mockServers"][0] if "mockServers" in answer else answer
                outcome.routes = made["routeCount"]
                ask_routes(server, made["_id"])
                outcome.asked = read_memory(worker) - before
            outcome.step_ms = max((float(step.split()[3]) for step in steps.take_faults()), default=0.0)
            if list(server.living_workers().values()) != [worker]:
                outcome.status = 0
        finally:
            server.kill()
    return outcome


def create(server: MockwaveServer, name: str, content: bytes, is_dynamic: bool) -> tuple[int, dict[str, Any]]:
    """Makes a mock server of the file; the status of the answer, and its body."""
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    with server.connection() as connection:
        connection.timeout = ANSWER_S
        if name.startswith(("openapi", "swagger")):
            fields = {
                "name": "n",
                "workspaceId": "w",
                "specification": content.decode(),
                "validateRequests": True,
                "dynamic": is_dynamic,
            }
            answer = send(connection, "POST", "/mock-servers", json.dumps(fields).encode(), headers)
        else:
            query = urlencode({"fileName": name})
            answer = send(connection, "POST", f"/mock-servers/import?{query}", content, headers)
    return answer.status, answer.body


def ask_routes(server: MockwaveServer, mock_server_id: str) -> None:
    """Asks for the first routes of a mock server, each for its answer and for an example of it."""
    with server.connection() as connection:
        connection.timeout = ANSWER_S
        listed = f"/mock-servers/{mock_server_id}/routes?limit={ASKED_ROUTES}&brief=true"
        end_s = time.monotonic() + ASKED_S
        for route in server.api("GET", listed, None, connection).body:
            if time.monotonic() >= end_s:
                break
            path = f"/bin/{mock_server_id}" + route["path"].replace("{", "").replace("}", "").replace("**", "a")
            body = b"{}" if route["method"] in ("POST", "PUT", "PATCH") else None
            for wish in ({}, {"Prefer": "example=e1"}):
                send(connection, route["method"], path, body, {"Content-Type": "application/json", **wish})


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--megabytes", type=float, default=2.5)
    parser.add_argument("--only", default=",".join(AMPLIFIERS), help="which documents: %(default)s")
    parser.add_argument("--engine", default="granian")
    parser.add_argument("--dynamic", action="store_true")
    options = parser.parse_args()
    print("| document | MB | answer | s | routes | step ms | database MB | worker | peak | asked | reader's peak |")
    print("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    beyond = 0
    for name in options.only.split(","):
        outcome = measure(AMPLIFIERS[name], int(options.megabytes * 1e6), options.engine, is_dynamic=options.dynamic)
        sizes = (outcome.database, outcome.worker, outcome.worker_peak, outcome.asked, outcome.reader_peak)
        shown = " | ".join(f"{each / 1e6:.0f}" for each in sizes)
        what = f"{outcome.status} {outcome.reason[:70]}".strip()
        mark = "" if outcome.is_within else " **beyond**"
        print(
            f"| {name}{mark} | {outcome.document / 1e6:.2f} | {what} | {outcome.seconds:.1f} | {outcome.routes:,} "
            f"| {outcome.step_ms:.0f} | {shown} |",
            flush=True,
        )
        beyond += not outcome.is_within
    return int(beyond > 0)


if __name__ == "__main__":
    sys.exit(main())
