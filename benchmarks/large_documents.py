"""What does a large document cost: to import, and to serve first after a restart?

    python -m benchmarks.large_documents FILE…

Each FILE (OpenAPI, JSON or YAML) goes through POST /mock-servers of a separate server with two workers. That server is
then started again on its data folder, and asked on new connections until both workers have answered for the first time.
Prints a Markdown table: wall time and CPU time of the import; the most memory held together by the processes that read
it (shared memory counts once), and by any worker; and the slowest first answer. A busy machine stretches the wall time,
for reading has a low priority; CPU time tells what it would be on a quiet one.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.bench import make_folder
from benchmarks.contestants.mockwave import WORKSPACE, RunningMockwave, start_mockwave
from benchmarks.exchanges import Base, fetch
from benchmarks.processes import Family

WORKERS = 2
FIRST_ANSWERS = 12  # new connections, so that each worker has most likely got one
SAMPLE_INTERVAL_S = 0.05
READING = "mockwave.reading.reading_process"


class Row(Struct):
    """The costs of one document."""

    document: str
    megabytes: float
    routes: int
    import_s: float
    cpu_s: float
    reading_megabytes: float
    worker_megabytes: float
    first_answer_ms: float


class MemoryWatch:
    """The most memory that a family's processes held while it was watched: those that read specifications together, of
    the others any single one."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._is_over = threading.Event()
        self.reading_bytes = 0
        self.worker_bytes = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self._sample)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()

    def _sample(self) -> None:
        while not self._is_over.wait(SAMPLE_INTERVAL_S):
            reading_bytes = 0
            for pid in self._family.pids():
                if READING.encode() in read_file(pid, "cmdline"):
                    reading_bytes += read_bytes(pid, "smaps_rollup", b"Pss:")
                else:
                    self.worker_bytes = max(self.worker_bytes, read_bytes(pid, "status", b"VmHWM:"))
            self.reading_bytes = max(self.reading_bytes, reading_bytes)


def read_file(pid: int, name: str) -> bytes:
    """Returns the kernel's file of this name for the process; b"" if it has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def read_bytes(pid: int, name: str, field: bytes) -> int:
    """Returns the size in this field of the process' file `name` (proc_pid_status(5), proc_pid_smaps(5))."""
    sizes = (line.split()[1] for line in read_file(pid, name).splitlines() if line.startswith(field))
    return sum(int(kibibytes) * 1024 for kibibytes in sizes)


def measure(file: Path) -> Row:
    text = file.read_text()
    with make_folder() as folder:
        running = start_mockwave(folder, "", workers=WORKERS)
        try:
            row, path = _import(running, file, text)
        finally:
            running.family.stop()
        again = start_mockwave(folder, "", workers=WORKERS, data_dir=running.data_dir)
        try:
            row.first_answer_ms = max(_time_answer_ms(again, path) for _ in range(FIRST_ANSWERS))
        finally:
            again.family.stop()
    return row


def _import(running: RunningMockwave, file: Path, text: str) -> tuple[Row, str]:
    """Returns the row without the first answer, and the path of one operation."""
    client = running.management()
    body = msgspec.json.encode({"name": file.stem, "workspaceId": WORKSPACE, "specification": text})
    watch = MemoryWatch(running.family)
    cpu_s, start_s = running.family.cpu_s(), time.perf_counter()
    with watch.watching():
        made = client.call("POST", "/mock-servers", body)
    import_s, cpu_s = time.perf_counter() - start_s, running.family.cpu_s() - cpu_s
    client.close()
    row = Row(
        document=file.name,
        megabytes=len(text.encode()) / 1e6,
        routes=made["routeCount"],
        import_s=import_s,
        cpu_s=cpu_s,
        reading_megabytes=watch.reading_bytes / 1e6,
        worker_megabytes=watch.worker_bytes / 1e6,
        first_answer_ms=0,
    )
    return row, f"/bin/{made['_id']}/no-such-path"


def _time_answer_ms(running: RunningMockwave, path: str) -> float:
    """Times a path that no route has: it takes the same look-up, and is the same for all documents."""
    start_s = time.perf_counter()
    fetch(Base(running.base.port), path)
    return (time.perf_counter() - start_s) * 1000


def main() -> None:
    files = [Path(name) for name in sys.argv[1:]]
    if not files:
        sys.exit(__doc__)
    print("| document | MB | routes | import s | CPU s | reading MB | worker MB | first answer ms |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for file in files:
        row = msgspec.structs.astuple(measure(file))
        figures = (f"{each:.0f}" if each >= 100 else f"{each:.2f}" for each in row[1:])
        print("|", " | ".join([row[0], *figures]), "|", flush=True)


if __name__ == "__main__":
    main()
