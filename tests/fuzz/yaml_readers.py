"""A fuzzer of the two YAML readers: whatever ryaml is given to read, it is to read as `yaml_events` does.

    python -m tests.fuzz.yaml_readers [--seconds 600] [--seed N]

Texts are made from a grammar (`yaml_texts`). Prints each on which the two differ, or that ends otherwise than as a tree
or a SpecificationError, with the seed that makes it again; ends with 1 where there was one.
"""

import sys
import time
from collections import Counter
from random import Random
from typing import Any

from mockwave.openapi import SpecificationError
from mockwave.openapi.document.hidden_characters import hide_characters
from mockwave.openapi.document.yaml_documents import NotReadAlike, read_by_shortcut
from mockwave.openapi.document.yaml_events import read_yaml_events
from tests.fuzz.seeded_runs import make_parser, tell
from tests.fuzz.yaml_texts import make_text


def compare(text: str) -> str:
    """How the text was read: "shortcut" where both readers read it alike, "exactly" where only the exact one was asked
    and has read it, "refused"; anything else says how the two differ."""
    disguised = hide_characters(text.lstrip("\ufeff")).text  # as `read_document` does
    exact: Any
    try:
        exact = show(read_yaml_events(disguised))
    except SpecificationError as error:
        exact = error
    try:
        shortcut = show(read_by_shortcut(disguised))
    except NotReadAlike:
        return "refused" if isinstance(exact, SpecificationError) else "exactly"
    if isinstance(exact, SpecificationError):
        return f"the shortcut reads {shortcut}, though: {exact}"
    return "shortcut" if shortcut == exact else f"the shortcut reads {shortcut}, not {exact}"


def show(tree: Any) -> str:
    """The tree as a text that only an equal one has: 1, 1.0 and true told apart, members in their order."""
    return repr(tree)


def fuzz(seconds: float, first_seed: int) -> Counter[str]:
    """How many texts were read in which way; prints those that the readers differ in."""
    counts: Counter[str] = Counter()
    end_s = time.monotonic() + seconds
    seed = first_seed
    while time.monotonic() < end_s:
        text = make_text(Random(seed))
        verdict = compare(text)
        if verdict not in ("shortcut", "exactly", "refused"):
            print(f"seed {seed}: {text!r}\n  {verdict}", flush=True)
            verdict = "differs"
        counts[verdict] += 1
        seed += 1
    return counts


def main() -> int:
    parser = make_parser(__doc__, 600)
    options = parser.parse_args()
    counts = fuzz(options.seconds, options.seed)
    return tell(counts, "differs")


if __name__ == "__main__":
    sys.exit(main())
