"""What the commands that fuzz have in common: seeds from a first one on, for so many seconds, and what came of them."""

import argparse
import sys
from collections import Counter
from pathlib import Path


def make_parser(description: str | None, seconds: float) -> argparse.ArgumentParser:
    """The options of a run, which takes `seconds` unless it is told otherwise."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=seconds)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def add_keep(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keep", type=Path, help="folder for the texts of faults")


def make_ready(keep: Path | None, recursion_limit: int) -> None:
    """Lets the run go as deep as the process that reads documents does, and keep what it finds."""
    sys.setrecursionlimit(recursion_limit)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)


def tell(counts: Counter[str], fault: str) -> int:
    """Prints what came of the seeds, and returns the exit code: 1 if any was a `fault`."""
    print(", ".join(f"{count:,} {kind}" for kind, count in counts.most_common()))
    return int(fault in counts)
