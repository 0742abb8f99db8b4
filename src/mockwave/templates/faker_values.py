"""Generated values in templates: `faker.person.firstName`, `faker.randomFirstName`, `random.uuid`; new at each use."""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Final

from mockwave.dynamic.fakers import FAKERS, find_faker
from mockwave.templates.app_fakers import APP_FAKERS
from mockwave.templates.template_limits import Meter

STEPS_OF_A_FAKER: Final = 10

CHANCES: Final[dict[str, str]] = {
    "boolean": "datatype.boolean",
    "float": "number.float",
    "int": "number.int",
    "uuid": "string.uuid",
    "word": "lorem.word",
}
"""Kinds of generated values without a particular meaning."""


class Made(Mapping[str, Any]):
    """Generated values by name; `find` takes a name and returns that of a faker.

    A name may have two parts (`person.firstName`); `prefix` is the first one, with its dot.
    """

    __slots__ = ("_find", "_meter", "_prefix", "_random")

    def __init__(self, random: Random, meter: Meter, find: Callable[[str], str | None], prefix: str = "") -> None:
        self._random = random
        self._meter = meter
        self._find = find
        self._prefix = prefix

    def __getitem__(self, name: str) -> Any:
        if not isinstance(name, str):
            raise TypeError
        self._meter.spend(STEPS_OF_A_FAKER)
        faker = self._find(self._prefix + name)
        if faker is not None:
            try:
                return FAKERS[faker](self._random)()
            except ValueError:  # it makes nothing without arguments
                raise KeyError(name) from None
        if self._prefix:
            raise KeyError(name)
        return Made(self._random, self._meter, self._find, f"{name}.")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __str__(self) -> str:
        return ""


def find_any_faker(name: str) -> str | None:
    """The faker `name`, by the names of Postman's variables or of fakerjs.dev."""
    return APP_FAKERS.get(name.removeprefix("$")) or find_faker(name)
