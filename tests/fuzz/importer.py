"""A fuzzer of the importer: mutated documents through the real reading process, under its limits.

    python -m tests.fuzz.importer [--seconds 600] [--seed N] [--keep FOLDER] [--halves]

Each is to end as an Import or as a SpecificationError that has a reason. Faults are what mockwave did not foresee: an
exception in the process, its death, or a time far beyond the limit. Prints each with the seed that makes it again,
keeps its text, and ends with 1 where there was one. Being refused for a limit is right, but counted: few should be.
With --halves each document is read in halves as well, which is to end alike, with the same routes.
"""

import asyncio
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.corpus.documents import read_document
from mockwave.openapi import SpecificationError
from mockwave.reading.reading_limits import ReadingLimitExceeded
from mockwave.reading.source_texts import SourceText
from mockwave.reading.specification_reader import HALVED_BYTES, SpecificationReader
from tests.fuzz.mutations import mutate
from tests.fuzz.seeded_runs import add_keep, make_parser, make_ready, tell

SPECS = Path(__file__).parents[1] / "specs"
MEMORY_LIMIT_BYTES = 512 << 20
CPU_LIMIT_S = 10
WALL_LIMIT_S = 60.0
RECURSION_LIMIT = 20_000  # of this process, which copies and writes what it has nested
LARGEST_BYTES = 30_000  # of a document to mutate: small ones make many cases a second
UNFORESEEN = ("for a fault of mockwave itself", "the process that read the document ended", "cannot be started")


class Case(NamedTuple):
    """A mutated document, made again by its seed."""

    seed: int
    text: str


class Verdict(NamedTuple):
    kind: str
    detail: str = ""
    routes: Sequence[tuple[str, str, str, int, str]] = ()


def load_trees() -> list[dict[str, object]]:
    """The documents to mutate."""
    files = [file for file in sorted(SPECS.iterdir()) if file.suffix in (".json", ".yaml")]
    documents = [read_document(file.name, file) for file in files if file.stat().st_size <= LARGEST_BYTES]
    return [document.tree for document in documents if document is not None]


def make_case(trees: list[dict[str, object]], seed: int) -> Case:
    random = Random(seed)
    return Case(seed, mutate(random.choice(trees), random))


def make_reader(halved_bytes: int = HALVED_BYTES) -> SpecificationReader:
    return SpecificationReader(
        memory_limit_bytes=MEMORY_LIMIT_BYTES,
        cpu_limit_s=CPU_LIMIT_S,
        wall_limit_s=WALL_LIMIT_S,
        halved_bytes=halved_bytes,
    )


async def judge(reader: SpecificationReader, case: Case) -> Verdict:
    """What became of one case; a verdict of kind "fault" is one that must not be."""
    started_s = time.monotonic()
    try:
        read = await reader.read(SourceText.of(case.text), use_examples=case.seed % 2 == 0)
    except ReadingLimitExceeded as error:
        return Verdict(f"refused for a limit: {error.limit}")
    except SpecificationError as error:
        if not error.problems or any(phrase in str(error) for phrase in UNFORESEEN):
            return Verdict("fault", str(error))
        return Verdict("refused")
    except Exception as error:
        return Verdict("fault", repr(error))
    if time.monotonic() - started_s > WALL_LIMIT_S + CPU_LIMIT_S:
        return Verdict("fault", f"took {time.monotonic() - started_s:.0f} s")
    json.dumps([problem.message for problem in read.imported.report.problems])
    routes = [
        (each.method, each.path, each.pointer, each.status_code, each.content_type) for each in read.imported.operations
    ]
    return Verdict("imported", routes=routes)


async def compare(whole: SpecificationReader, halves: SpecificationReader, case: Case) -> Verdict:
    """What became of one case where it is read in halves; a fault where the whole ends in another way."""
    verdict, expected = await judge(halves, case), await judge(whole, case)
    if "fault" not in (verdict.kind, expected.kind) and verdict != expected:
        return Verdict("fault", f"in halves {verdict.kind}, as a whole {expected.kind}, or with other routes")
    return verdict if verdict.kind == "fault" else expected


async def fuzz(seconds: float, first_seed: int, folder: Path | None, *, with_halves: bool = False) -> Counter[str]:
    trees, reader, in_halves = load_trees(), make_reader(), make_reader(halved_bytes=0)
    counts: Counter[str] = Counter()
    end_s = time.monotonic() + seconds
    seed = first_seed
    try:
        while time.monotonic() < end_s:
            case = make_case(trees, seed)
            verdict = await (compare(reader, in_halves, case) if with_halves else judge(reader, case))
            counts[verdict.kind] += 1
            if verdict.kind not in ("imported", "refused"):
                print(f"seed {seed}: {verdict.kind} {verdict.detail}", flush=True)
                if folder is not None:
                    (folder / f"{seed}.txt").write_text(case.text, errors="surrogatepass")
            seed += 1
    finally:
        await reader.close()
        await in_halves.close()
    return counts


def main() -> int:
    parser = make_parser(__doc__, 600)
    add_keep(parser)
    parser.add_argument("--halves", action="store_true", help="read each in halves as well")
    options = parser.parse_args()
    logging.basicConfig()
    make_ready(options.keep, RECURSION_LIMIT)
    counts = asyncio.run(fuzz(options.seconds, options.seed, options.keep, with_halves=options.halves))
    return tell(counts, "fault")


if __name__ == "__main__":
    sys.exit(main())
