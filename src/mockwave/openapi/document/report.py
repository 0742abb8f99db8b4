"""What a reading has to say besides its Operations: problems, each with its place in the document.

A place is a JSON Pointer (RFC 6901); the empty one is the whole document. What makes a document unreadable is raised as
SpecificationError; what merely could not be expressed is collected in Problems and handed on in the ImportReport. A
problem found again at the same place counts once, and a document that is nothing but problems is cut off with a
sentence that says how many more there were.
"""

from typing import Any, Final, NoReturn

from mockwave.answers.imported import Problem, SpecificationError

TOO_DEEP: Final = "the document is nested too deeply to be read"

MAXIMUM_PROBLEMS: Final = 1000
MAXIMUM_BYTES: Final = 1 << 20  # of all their pointers and messages: names in a document may be as long as it is


def refuse(message: str, pointer: str = "", cause: BaseException | None = None) -> NoReturn:
    """Raise the SpecificationError that says `message` about the place `pointer`."""
    raise SpecificationError([Problem(pointer, message)]) from cause


class Problems:
    """The problems of one reading, in the order found.

    `findings` counts all that was found to hold of one place alone: each call of `add`, also where the problem is known
    already, and each reference that means something else elsewhere. While it stays the same, what is read holds for any
    equal text (`equal_nodes.py`).
    """

    def __init__(self) -> None:
        self.findings = 0
        self._found: dict[Problem, None] = {}
        self._pointers: set[str] = set()
        self._omitted = 0
        self._size = 0
        self._names: dict[str, str] = {}

    def rename(self, pointer: str, shown: str) -> None:
        """Show the places below `pointer`, two tokens that the document does not have, as those below `shown`."""
        self._names[pointer] = shown

    def add(self, pointer: str, message: str) -> None:
        """Record `message` about the place `pointer`, unless it is known already."""
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
        """Whether there is something about the place `pointer` already."""
        return pointer in self._pointers

    def __len__(self) -> int:
        return len(self._found) + self._omitted

    def add_all(self, problems: list[Problem], omitted: int) -> None:
        """Record those of another reading, of which `omitted` more were not listed."""
        for problem in problems:
            self.add(problem.pointer, problem.message)
        self._omitted += omitted

    @property
    def listed(self) -> list[Problem]:
        """All but those omitted."""
        return list(self._found)

    @property
    def omitted(self) -> int:
        """How many more there were than are listed."""
        return self._omitted

    def as_list(self) -> list[Problem]:
        """All of them, the omitted ones as one sentence at the end."""
        problems = self.listed
        if self._omitted:
            problems.append(Problem("", f"{self._omitted} more problems are not listed"))
        return problems


JSON_TYPE_NAMES: Final[dict[type, str]] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def describe(value: Any) -> str:
    """What kind of JSON value `value` is, with the value itself where it is short: for messages."""
    name = JSON_TYPE_NAMES.get(type(value), f"a {type(value).__name__}")
    if value is None or isinstance(value, dict | list):
        return name
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{name} ({shown[:60]})"
