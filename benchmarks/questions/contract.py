"""What a question is: a name, a title, and a function that measures and adds what it found to the Result."""

from collections.abc import Callable

from msgspec import Struct

from benchmarks.bench import Bench
from benchmarks.results import Result


class Question(Struct, frozen=True):
    name: str
    title: str
    measure: Callable[[Bench, Result], None]
