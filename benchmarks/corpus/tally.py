"""Counts of a corpus run, its failures one by one, and the report of both."""

from collections import Counter
from typing import NamedTuple

import msgspec

from mockwave.sampling.declarations import DeclaredOperation

WRONG = "wrong"


class Outcome(NamedTuple):
    """What became of one operation: the `kind` to count it under, and details of what is not right."""

    kind: str
    detail: str = ""


class Failure(NamedTuple):
    document: str
    mode: str
    place: str
    detail: str

    def __str__(self) -> str:
        return f"{self.document} [{self.mode}] {self.place}: {self.detail}"


class Tally:
    """Counts by mode, and all that went wrong."""

    def __init__(self) -> None:
        self.others = 0  # files that are no documents
        self.documents: Counter[str] = Counter()
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.refusals: list[Failure] = []
        self.failures: list[Failure] = []
        self.admitted: list[Failure] = []

    def count_document(self, mode: str) -> None:
        self.documents[mode] += 1

    def refuse(self, document: str, mode: str, status: int, says: str) -> None:
        """A document that was not imported. Refusing with anything but a 400 is a failure."""
        failure = Failure(document, mode, f"status {status}", says)
        (self.refusals if status == 400 else self.failures).append(failure)

    def add(self, document: str, mode: str, operation: DeclaredOperation, outcome: Outcome) -> None:
        self.outcomes[mode, outcome.kind] += 1
        failure = Failure(document, mode, operation.pointer, outcome.detail)
        if outcome.kind == WRONG:
            self.failures.append(failure)
        elif outcome.kind.startswith("does not conform"):
            self.admitted.append(failure)

    def write_counts(self) -> bytes:
        """The counts as JSON, by mode."""
        counts = {
            mode: {
                "documents": self.documents[mode],
                "refused": sum(each.mode == mode for each in self.refusals),
                "operations": {kind: count for (each, kind), count in sorted(self.outcomes.items()) if each == mode},
            }
            for mode in self.documents
        }
        return msgspec.json.format(msgspec.json.encode(counts), indent=2) + b"\n"

    def share_right(self) -> float:
        """How much of all operations, in all modes, is right."""
        total = sum(self.outcomes.values())
        wrong = sum(count for (_, kind), count in self.outcomes.items() if kind == WRONG)
        return 1 - wrong / total if total else 0.0

    def write_report(self) -> str:
        """The counts as a Markdown table, one column a mode."""
        modes = list(self.documents)
        kinds = sorted({kind for _, kind in self.outcomes}, key=lambda kind: (kind != "right", kind == WRONG, kind))
        lines = [
            f"| | {' | '.join(modes)} |",
            f"|---|{'---:|' * len(modes)}",
            f"| documents imported | {' | '.join(f'{self.documents[mode]:,}' for mode in modes)} |",
            "| documents refused | "
            + " | ".join(f"{sum(each.mode == mode for each in self.refusals):,}" for mode in modes)
            + " |",
        ]
        totals = {mode: sum(count for (each, _), count in self.outcomes.items() if each == mode) for mode in modes}
        lines.append(f"| **operations** | {' | '.join(f'**{totals[mode]:,}**' for mode in modes)} |")
        for kind in kinds:
            lines.append(f"| {kind} | {' | '.join(f'{self.outcomes[mode, kind]:,}' for mode in modes)} |")
        return "\n".join(lines)
