"""The report of a reading besides its Operations: problems, each with its place in the document.

A place is a JSON Pointer (RFC 6901); the empty one is the whole document. An unreadable document raises
SpecificationError; things that merely cannot be expressed are collected in Problems and passed on in the ImportReport.
A problem found again at the same place counts once. A very long list of problems is cut off, with a sentence that says
how many more there were.
"""

from typing import Any, Final, NoReturn

from mockwave.answers.imported import Problem, SpecificationError
from mockwave.quoting import JSON_TYPE_NAMES

TOO_DEEP: Final = "the document is nested too deeply to be read"

MAXIMUM_PROBLEMS: Final = 1000
MAXIMUM_BYTES: Final = 1 << 20  # for all pointers and messages together: names in a document may be as long as it is


def refuse(message: str, pointer: str = "", cause: BaseException | None = None) -> NoReturn:
    """Raises a SpecificationError with `message` about the place `pointer`."""
    raise SpecificationError([Problem(pointer, message)]) from cause


class Problems:
    """The problems of one reading, in the order found.

    `findings` counts everything that holds for one place only: each call of `add`, even if the problem is already
    known, and each reference that means something else elsewhere. While it stays the same, the result of a reading
    holds for any equal text (`equal_nodes.py`).
    """

    def __init__(self) -> None:
        self.findings = 0
        self._found: dict[Problem, None] = {}
        self._pointers: set[str] = set()
        self._omitted = 0
        self._size = 0
        self._names: dict[str, str] = {}

    def rename(self, pointer: str, shown: str) -> None:
        """Shows places below `pointer`, two tokens that the document does not have, as places below `shown`."""
        self._names[pointer] = shown

    def add(self, pointer: str, message: str) -> None:
        """Records `message` about the place `pointer`, unless it is already known."""
        self.findings += 1
        if self._names:
            tokens = pointer.split("/", 3)
            shown = self._names.get("/".join(tokens[:3]))
            pointer = pointer if shown is None else "/".join((shown, *tokens[3:]))
        problem = Problem(pointer, message)
        if problem in self._found:
            return
        self._pointers.add(pointer)
        self._size += len(pointer) + len(message)
        if len(self._found) < MAXIMUM_PROBLEMS and self._size <= MAXIMUM_BYTES:
            self._found[problem] = None
        else:
            self._omitted += 1

    def has_any_at(self, pointer: str) -> bool:
        """Whether the place `pointer` already has a problem."""
        return pointer in self._pointers

    def __len__(self) -> int:
        return len(self._found) + self._omitted

    def add_all(self, problems: list[Problem], omitted: int) -> None:
        """Adds the problems of another reading, which left `omitted` more unlisted."""
        for problem in problems:
            self.add(problem.pointer, problem.message)
        self._omitted += omitted

    @property
    def listed(self) -> list[Problem]:
        """All problems except the omitted ones."""
        return list(self._found)

    @property
    def omitted(self) -> int:
        """How many problems are not listed."""
        return self._omitted

    def as_list(self) -> list[Problem]:
        """All problems, with one sentence about the omitted ones at the end."""
        problems = self.listed
        if self._omitted:
            problems.append(Problem("", f"{self._omitted} more problems are not listed"))
        return problems


def describe(value: Any) -> str:
    """Describes a JSON value for messages: its kind, and the value itself if it is short."""
    name = JSON_TYPE_NAMES.get(type(value), f"a {type(value).__name__}")
    if value is None or isinstance(value, dict | list):
        return name
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{name} ({shown[:60]})"
