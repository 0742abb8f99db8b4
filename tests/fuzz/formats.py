"""A fuzzer of the formats: mutated files of mocks, read, their rules tried, written again in every format.

    python -m tests.fuzz.formats [--seconds 300] [--seed N] [--keep FOLDER] [--format NAME] [--cpu]

Each is to end as mock servers whose rules are valid, or as a SpecificationError that has a reason; what was read is to
be written, and what was written to be read. A part of the cases is mutated in its bytes as well: other encodings,
compressed, in an archive, cut. Faults are what mockwave did not foresee: an exception, or a time far
beyond that of its like. Prints each with the seed that makes it again, keeps its text, and ends with 1 where there was
one. The process that reads is not part of it: what it is limited to is tested in tests/fault.
"""

import argparse
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec

from mockwave.answers.imported import SpecificationError
from mockwave.answers.imported_servers import ImportedServer, ImportOptions
from mockwave.formats.exports import WRITERS
from mockwave.openapi.document.document import read_document
from mockwave.reading.import_jobs import read_usable
from mockwave.rules.outcomes.faults import FAULTS
from tests.fuzz.byte_mutations import mutate_bytes
from tests.fuzz.mutations import mutate
from tests.unit.formats.exported_files import write_server

MOCKS = Path(__file__).parents[1] / "specs" / "mocks"
LIMIT_BYTES = 50 << 20
LARGEST_BYTES = 30_000  # of a file to mutate
SLOW_S = 5.0
BYTES_SHARE = 0.25  # of the cases, whose bytes are mutated as well
RECURSION_LIMIT = 20_000  # of this process, which copies and writes what it has nested


class Case(NamedTuple):
    seed: int
    data: bytes


class Verdict(NamedTuple):
    kind: str
    detail: str = ""


def load_trees(format_name: str = "") -> list[Any]:
    """The trees to mutate, those of one format if it is named."""
    trees = []
    for path in sorted(MOCKS.rglob("*.*")):
        if (
            path.suffix == ".md"
            or path.stat().st_size > LARGEST_BYTES
            or (format_name and path.parent.name != format_name)
        ):
            continue
        tree = read_document(path.read_text())
        trees.append(tree if isinstance(tree, dict) else {"list": tree})
    return trees


def make_case(trees: list[Any], seed: int) -> Case:
    random = Random(seed)
    text = mutate(random.choice(trees), random)
    if text.startswith('{"list": ['):  # a file that is an array travels in an object
        text = text.removeprefix('{"list": ').removesuffix("}")
    data = text.encode("utf-8", "surrogatepass")
    return Case(seed, mutate_bytes(data, random) if random.random() < BYTES_SHARE else data)


def judge(case: Case) -> Verdict:
    """What became of one case; a verdict of kind "fault" is one that must not be."""
    started_s = time.process_time()
    try:
        kind = read_and_write(case.data)
    except Exception:
        return Verdict("fault", traceback.format_exc(limit=-4))
    took_s = time.process_time() - started_s
    return Verdict("fault", f"took {took_s:.1f} s") if took_s > SLOW_S else Verdict(kind)


def read_and_write(data: bytes) -> str:
    """Reads the file, and writes what it describes in every format. Returns what became of it."""
    try:
        read = read_usable(data, ImportOptions(file_name="fuzz.json"), LIMIT_BYTES, FAULTS)
    except SpecificationError as error:
        assert error.problems and all(problem.message for problem in error.problems), "refused without a reason"
        json.dumps([problem.message for problem in error.problems])
        return "refused"
    except RecursionError:
        return "refused"
    for server in read.servers:
        msgspec.msgpack.encode(server)
        if not server.specification:
            for name, writer in WRITERS.items():
                if not writer.of_log:
                    rewrite(server, name)
    return f"imported as {read.notes.format}"


def rewrite(server: ImportedServer, format_name: str) -> None:
    """Writes the server, and reads that."""
    written = write_server(server, format_name)
    read_usable(written.content, ImportOptions(format=format_name), 2 * LIMIT_BYTES, FAULTS)


def fuzz(
    seconds: float,
    first_seed: int,
    folder: Path | None,
    format_name: str = "",
    clock: Callable[[], float] = time.monotonic,
) -> Counter[str]:
    trees = load_trees(format_name)
    counts: Counter[str] = Counter()
    end_s = clock() + seconds
    seed = first_seed
    while clock() < end_s:
        case = make_case(trees, seed)
        verdict = judge(case)
        counts[verdict.kind] += 1
        if verdict.kind == "fault":
            print(f"seed {seed}: {verdict.detail}", flush=True)
            if folder is not None:
                (folder / f"{seed}.json").write_bytes(case.data)
        seed += 1
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the texts of faults")
    parser.add_argument("--format", default="", help="only files of this format")
    parser.add_argument("--cpu", action="store_true", help="seconds are those of CPU time")
    options = parser.parse_args()
    sys.setrecursionlimit(RECURSION_LIMIT)
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    clock = time.process_time if options.cpu else time.monotonic
    counts = fuzz(options.seconds, options.seed, options.keep, options.format, clock)
    print(", ".join(f"{count:,} {kind}" for kind, count in counts.most_common()))
    return int("fault" in counts)


if __name__ == "__main__":
    sys.exit(main())
