"""Attacks on a real server (`attacks.py`), for a given time: nothing that comes in may stop a worker.

    python -m tests.fuzz.hostile [--seconds 600] [--workers 1] [--seed N] [--attacks forms,schemas] [--within 2]
        [--memory 2048] [--step 20]

A fault is a beat missed (/healthz not answered within so many seconds), a worker that died, memory beyond the bound (of
all workers together, in MiB), an answer of 500, or none where one is due. With --step a step of a worker's event loop
that takes more milliseconds of CPU time is a fault as well (`step_meter`): a busy machine delays beats, but not that.
Prints for each what was sent last, as the arguments that send it again; ends with 1 where there was one. Every
attack is made by its own seed, and sent alone, so that what is missed is its own doing.
"""

import argparse
import json
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from urllib.parse import quote

from msgspec import Struct

from tests.fuzz.attacks import ATTACKS, Shot
from tests.harness import MockwaveServer

STEP_METER = Path(__file__).parent / "step_meter"
SETTLE_S = 0.05
QUIET_S = 5.0
"""Of beats before the first attack, to compare."""
ANSWER_S = 120.0
FAULT_STATUSES = (b" 500 ",)
JSON_ANSWER = {"200": {"description": "d", "content": {"application/json": {"example": {"a": [1] * 1_000}}}}}


class Bounds(Struct, frozen=True):
    within_s: float
    memory_bytes: int
    step_ms: float = 0
    """0: steps are not measured."""


class Steps:
    """The long steps of a server's workers, as `step_meter` notes them in a folder."""

    def __init__(self, folder: Path, least_ms: float) -> None:
        self.environment = {"PYTHONPATH": str(STEP_METER), "STEP_METER": str(folder), "STEP_METER_MS": str(least_ms)}
        self._folder = folder
        self._read: Counter[Path] = Counter()

    def take_faults(self) -> list[str]:
        """Those since it was last asked."""
        found = []
        for file in self._folder.iterdir():
            lines = file.read_text().splitlines()
            found += lines[self._read[file] :]
            self._read[file] = len(lines)
        return [f"a step of {line.partition(' ')[0]} ms" for line in found]


class Watch:
    """Watches a server, until it is stopped: its beats, its workers, their memory. `faults` are what it saw."""

    def __init__(self, server: MockwaveServer, bounds: Bounds) -> None:
        self.faults: list[str] = []
        self.beats_s: list[float] = []
        self.largest_bytes = 0
        self._server = server
        self._bounds = bounds
        self._workers = server.living_workers()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def take_faults(self) -> list[str]:
        faults, self.faults = self.faults, []
        return faults

    def take_beats(self) -> list[float]:
        """How long each beat took since it was last asked, in seconds."""
        beats, self.beats_s = self.beats_s, []
        return beats

    def _watch(self) -> None:
        while not self._is_over.wait(SETTLE_S):
            started_s = time.monotonic()
            try:
                status = self._server.request("GET", "/healthz").status
            except OSError as error:
                self.faults.append(f"/healthz: {error!r}")
            else:
                beat_s = time.monotonic() - started_s
                self.beats_s.append(beat_s)
                if status != 200 or beat_s > self._bounds.within_s:
                    self.faults.append(f"/healthz: {status} after {beat_s:.1f} s")
            self._look_at_workers()

    def _look_at_workers(self) -> None:
        workers = self._server.living_workers()
        if workers != self._workers:
            self.faults.append(f"workers were {self._workers}, and are {workers}")
            self._workers = workers or self._workers
        memory = sum(map(read_memory, workers.values()))
        self.largest_bytes = max(self.largest_bytes, memory)
        if memory > self._bounds.memory_bytes:
            self.faults.append(f"the workers hold {memory >> 20} MiB")


def describe(beats_s: Sequence[float]) -> str:
    """How long beats took."""
    if not beats_s:
        return "none"
    ordered = sorted(beats_s)
    median, p99, slowest = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99, 1))
    return f"median {median:.1f} ms, p99 {p99:.1f} ms, slowest {slowest:.0f} ms of {len(ordered):,}"


def read_memory(process_id: int) -> int:
    """The resident memory of a process; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{process_id}/statm").read_text().split()[1]) * 4096
    except (OSError, IndexError):
        return 0


class Target:
    """A server with a mock to attack."""

    def __init__(self, server: MockwaveServer) -> None:
        self.server = server
        fields = {
            "name": "target",
            "workspaceId": "target",
            "specification": json.dumps(TARGET),
            "validateRequests": True,
        }
        created = server.api("POST", "/mock-servers", fields)
        assert created.status == 201, created.body
        self.id: str = created.body["_id"]

    def shoot(self, shot: Shot) -> str:
        """What is wrong with the answer to the shot; "" where nothing is."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=ANSWER_S) as connection:
            try:
                connection.sendall(self._render(shot))
                if shot.is_cut:
                    return ""
                head = connection.recv(65_536)
                status = head.partition(b"\r\n")[0]
                while connection.recv(1 << 20):
                    pass
            except TimeoutError:
                return f"no answer within {ANSWER_S:g} s"
            except OSError:
                return ""  # refused while it was still being sent
        return repr(status) if any(each in status for each in FAULT_STATUSES) else ""

    def clean(self) -> None:
        """Delete what the attacks have made."""
        for each in self.server.api("GET", "/mock-servers").body:
            if each["workspaceId"].startswith("fuzz"):
                self.server.api("DELETE", f"/mock-servers/{each['_id']}")

    def _render(self, shot: Shot) -> bytes:
        path = shot.path.replace("{mock}", f"/bin/{self.id}").replace("{id}", self.id)
        lines = [f"{shot.method} {quote(path, safe='/%?&=[]!+.*:')} HTTP/1.1", f"host: 127.0.0.1:{self.server.port}"]
        names = {name for name, _ in shot.headers}
        lines += [f"{name}: {value.replace('{token}', self.server.token)}" for name, value in shot.headers]
        if shot.body and not names & {"content-length", "transfer-encoding"}:
            lines.append(f"content-length: {len(shot.body)}")
        lines += ["connection: close", "", ""]
        return "\r\n".join(lines).encode("latin-1", "replace") + shot.body


def body_of(schema: object, media_type: str = "application/json") -> dict[str, object]:
    return {"post": {"requestBody": {"content": {media_type: {"schema": schema}}}, "responses": JSON_ANSWER}}


NODE = {"$ref": "#/components/schemas/Node"}
DEEP = {"name": "deep", "in": "query", "style": "deepObject", "schema": {"patternProperties": {"^(a+)+$": {}}}}
PAGE = {"name": "page", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}}
CONTENTS = {f"application/vnd.x{n}+json": {"example": {"n": n}} for n in range(100)}
TARGET: dict[str, object] = {
    "openapi": "3.1.0",
    "info": {"title": "target", "version": "1"},
    "paths": {
        "/form": body_of({"type": "object"}, "application/x-www-form-urlencoded"),
        "/multipart": body_of({"type": "object"}, "multipart/form-data"),
        "/numbers": body_of({"type": "array", "items": {"type": "integer"}}),
        "/expression": body_of(NODE),
        "/patterns": body_of(
            {"patternProperties": {"^(k+)+[0-9]$": {"type": "string"}}, "propertyNames": {"pattern": "^(x+)+$"}}
        ),
        "/search": {"get": {"parameters": [DEEP, PAGE], "responses": JSON_ANSWER}},
        "/large": {
            "get": {
                "responses": {"200": {"description": "d", "content": {**CONTENTS, "*/*": {"example": ["x"] * 50_000}}}}
            }
        },
    },
    "components": {
        "schemas": {
            "Node": {
                "anyOf": [
                    {"type": "integer"},
                    {
                        "properties": {"op": {"const": "and"}, "args": {"type": "array", "items": NODE}},
                        "required": ["op", "args"],
                    },
                    {
                        "properties": {"op": {"type": "string"}, "args": {"type": "array", "items": NODE}},
                        "required": ["args"],
                    },
                ]
            }
        }
    },
}


def attack(target: Target, watch: Watch, steps: Steps | None, name: str, seed: int) -> list[str]:
    """Sends one attack; what went wrong meanwhile."""
    faults = [fault for shot in ATTACKS[name](Random(seed)) if (fault := target.shoot(shot))]
    time.sleep(2 * SETTLE_S)  # for a beat that begins after it
    return faults + watch.take_faults() + (steps.take_faults() if steps else [])


def fuzz(
    names: Sequence[str], seconds: float, workers: int, first_seed: int, count: int, bounds: Bounds
) -> Counter[str]:
    """How many attacks of each class were sent, and how many "faults" there were; prints each fault."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        steps = Steps(folder / "steps", bounds.step_ms) if bounds.step_ms else None
        (folder / "steps").mkdir()
        environment = steps.environment if steps else None
        arguments = ("--port", "0", "--workers", str(workers))
        server = MockwaveServer(folder / "data", folder, *arguments, environment=environment)
        try:
            server.wait_until_announced()
            server.wait_until_whole(workers)
            target, watch = Target(server), Watch(server, bounds)
            time.sleep(QUIET_S)
            quiet_s = watch.take_beats()
            end_s = time.monotonic() + seconds
            if steps:
                steps.take_faults()  # those of the start
            for seed in range(first_seed, first_seed + count):
                if time.monotonic() >= end_s or server.process.poll() is not None:
                    break
                name = names[seed % len(names)]
                for fault in attack(target, watch, steps, name, seed):
                    print(f"--attacks {name} --seed {seed} --count 1: {fault}", flush=True)
                    counts["faults"] += 1
                counts[name] += 1
                if seed % 100 == 99:
                    target.clean()
            watch.stop()
            print(f"beats before: {describe(quiet_s)}; under attack: {describe(watch.take_beats())}", flush=True)
            print(f"most memory {watch.largest_bytes >> 20} MiB", flush=True)
            if server.process.poll() is not None:
                print(f"the server ended:\n{server.errors[-2_000:]}")
                counts["faults"] += 1
        finally:
            server.kill()
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10**9, help="attacks at most")
    parser.add_argument("--attacks", default=",".join(ATTACKS), help="classes of attack: %(default)s")
    parser.add_argument("--within", type=float, default=2.0, help="seconds in which /healthz is to be answered")
    parser.add_argument("--memory", type=int, default=2048, help="MiB that all workers together may hold")
    parser.add_argument("--step", type=float, default=0, help="milliseconds of CPU time that a step may take")
    options = parser.parse_args()
    names = options.attacks.split(",")
    bounds = Bounds(options.within, options.memory << 20, options.step)
    counts = fuzz(names, options.seconds, options.workers, options.seed, options.count, bounds)
    print(", ".join(f"{count:,} {kind}" for kind, count in counts.most_common()))
    return int("faults" in counts)


if __name__ == "__main__":
    sys.exit(main())
