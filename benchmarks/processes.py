"""Processes of a contestant: start, wait until it answers, the cost of its whole family so far, pause, stop.

A family is the started process and all its living descendants, found by parent ids in /proc (proc(5)). Each of its
processes is paused and ended by its id. Nothing outlives the runner: SIGTERM unwinds it as an exception does. If it is
killed, the kernel signals the processes it started (prctl(2), PR_SET_PDEATHSIG), and `guard.py` the paused ones.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from msgspec import Struct

CHECKOUT = Path(__file__).resolve().parents[1]
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
POLL_INTERVAL_S = 0.002
STOP_PATIENCE_S = 15.0


class StartFailed(Exception):
    """The contestant did not come up; the text says why."""


class Memory(Struct, frozen=True):
    """Sums over a family: resident (shared pages count for each process) and proportional (they count once)."""

    resident_bytes: int
    proportional_bytes: int


class Family:
    """A process and its descendants."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        cores: str = "",
        environment: Mapping[str, str] | None = None,
        working_folder: Path | None = None,
    ) -> None:
        """Starts the command on these cores ("0", "0,2"; empty: any), with its output in `folder`."""
        self.started_s = time.perf_counter()
        self._output = folder / "output.txt"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [*build_launcher(cores), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=working_folder,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        return self._output.read_text(errors="replace")

    def pids(self) -> list[int]:
        """Returns the process' id and those of its descendants."""
        return find_family(self.pid)

    def cpu_s(self) -> float:
        """Returns the family's processor time so far, in user and kernel mode, with children that have ended."""
        ticks = 0
        for pid in self.pids():
            fields = _read_stat(pid)
            if fields:
                ticks += sum(int(field) for field in fields[11:15])
        return ticks / CLOCK_TICKS

    def memory(self) -> Memory:
        totals = {"Rss:": 0, "Pss:": 0}
        for pid in self.pids():
            for name, size_bytes in read_memory(pid).items():
                totals[name] += size_bytes
        return Memory(totals["Rss:"], totals["Pss:"])

    def wait_until(self, condition: Callable[[], bool], what: str, deadline_s: float) -> None:
        """Waits for the condition. Raises StartFailed if the process ends before, or the time is over."""
        end_s = time.monotonic() + deadline_s
        while not condition():
            if self._process.poll() is not None:
                raise StartFailed(f"ended with exit code {self._process.returncode}: {self._last_line()}")
            if time.monotonic() >= end_s:
                raise StartFailed(f"no {what} within {deadline_s:g} s: {self._last_line()}")
            time.sleep(POLL_INTERVAL_S)

    def pause(self) -> None:
        """Stops the family: it takes no processor time and answers nothing until it is resumed."""
        paused: set[int] = set()
        # Parents first, and again until there is no new process: one that is not stopped yet may start another.
        while self._process.poll() is None and (found := [pid for pid in self.pids() if pid not in paused]):
            for pid in found:
                send_signal(pid, signal.SIGSTOP)
            paused.update(found)

    def resume(self) -> None:
        """Continues the family; does nothing if it is not paused."""
        if self._process.poll() is None:
            resume_family(self.pid)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pauses it within the block, whatever happens there."""
        try:
            self.pause()
            yield
        finally:
            self.resume()

    @contextmanager
    def resumed(self) -> Iterator[None]:
        """Runs it within the block, and pauses it again after that."""
        try:
            self.resume()
            yield
        finally:
            self.pause()

    def stop(self) -> None:
        """Ends the family, paused or not: SIGTERM to the first process, SIGKILL to whatever lives after that."""
        # Always, as nobody can tell how far an interrupted pause came; a stopped process heeds only SIGKILL.
        self.resume()
        family = self.pids()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pid in family[1:]:
            send_signal(pid, signal.SIGKILL)

    def _last_line(self) -> str:
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1][:200] if lines else "it said nothing"


@contextmanager
def pause_all(families: Iterable[Family]) -> Iterator[None]:
    """Pauses all within the block, whatever happens there, except those that are resumed for a part of it."""
    families = list(families)
    command = [sys.executable, "-m", "benchmarks.guard", *(str(family.pid) for family in families)]
    with ExitStack() as paused:
        guard = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=CHECKOUT, start_new_session=True)
        paused.enter_context(guard)
        # Otherwise it would take the end of this block for the end of the runner.
        paused.callback(guard.kill)
        for family in families:
            paused.enter_context(family.paused())
        yield


def find_family(pid: int) -> list[int]:
    """Returns the process and its descendants, parents before their children."""
    children = _children_by_parent()
    found = [pid]
    for one in found:
        found += children.get(one, ())
    return found


def is_paused(pid: int) -> bool:
    return _read_stat(pid)[:1] == ["T"]


def resume_family(pid: int) -> None:
    # Parents last: they find their children at work.
    for one in reversed(find_family(pid)):
        send_signal(one, signal.SIGCONT)


def send_signal(pid: int, number: signal.Signals) -> None:
    """Sends the signal; does nothing if the process is gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def build_launcher(cores: str) -> list[str]:
    """Returns what to put before a command, so that it runs on these cores (empty: any) and ends with the runner."""
    bound = ["setpriv", "--pdeathsig", "TERM"]
    return [*bound, "taskset", "--cpu-list", cores] if cores else bound


def unwind_on_signals() -> None:
    """From now on SIGTERM and SIGHUP end this process by way of every `with` and `finally`, as Ctrl-C does."""

    def unwind(number: int, _: object) -> NoReturn:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, unwind)


def read_memory(pid: int) -> dict[str, int]:
    """Returns Rss: and Pss: of one process, in bytes; empty if it is gone (proc_pid_smaps(5))."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return {}
    lines = [line.split() for line in text.splitlines()]
    return {line[0]: int(line[1]) * 1024 for line in lines if line[0] in ("Rss:", "Pss:")}


def find_free_port() -> int:
    """Returns a port that is free now; nobody holds it for the caller."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _children_by_parent() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = _read_stat(int(entry))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry))
    return children


def _read_stat(pid: int) -> list[str]:
    """Returns the fields of /proc/pid/stat from the state on; empty if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
