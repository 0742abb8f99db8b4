"""What the names in a Handlebars template lead to, as Liquid: what the blocks around a tag look at, what the template
has assigned, and what the dialect knows.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec import Struct

from mockwave.formats.handlebars.liquid_texts import NoEqual, members
from mockwave.formats.handlebars.syntax import path_steps

ReferTo = Callable[[Sequence[str]], str | None]
"""From the steps of a reference to its Liquid expression; None if there is none."""


class _Scope(Struct, frozen=True):
    """A block whose inside looks at something: `this` is the Liquid path of it, `key` that of its name in an object
    that is gone through. `names` stand for others."""

    this: str
    names: dict[str, str]
    key: str = ""
    loops: bool = True


class Names:
    """The names of one template, as far as it has been written."""

    def __init__(self, refer: ReferTo) -> None:
        self._refer = refer
        self._scopes: list[_Scope] = []
        self._assigned: dict[str, str] = {}

    @property
    def this(self) -> str:
        """The Liquid path of what the innermost block looks at; empty if it looks at nothing."""
        return self._scopes[-1].this if self._scopes else ""

    @contextmanager
    def inside(self, this: str, names: Mapping[str, str], key: str, *, loops: bool) -> Iterator[None]:
        """Inside a block that looks at `this`."""
        self._scopes.append(_Scope(this, dict(names), key, loops))
        try:
            yield
        finally:
            self._scopes.pop()

    @contextmanager
    def outside_blocks(self) -> Iterator[None]:
        """Outside of all blocks, as another template is."""
        scopes, self._scopes = self._scopes, []
        try:
            yield
        finally:
            self._scopes = scopes

    def find_assigned(self, name: str) -> str:
        """Returns the expression that the template assigned to a name. Raises NoEqual."""
        if name not in self._assigned:
            raise NoEqual
        return self._assigned[name]

    def stand_for(self, name: str, path: str) -> None:
        """From here on, the name is a Liquid path."""
        self.introduce(name)
        self._assigned[name] = path

    def introduce(self, name: str) -> str:
        """Returns the Liquid name for a name that the template assigns."""
        if not re.fullmatch(r"[A-Za-z_]\w{0,60}", name):
            raise NoEqual
        self._assigned[name] = f"v_{name}"
        return f"v_{name}"

    def refer(self, path: str) -> str:
        """Returns the Liquid path of a reference. Raises NoEqual."""
        if path in ("true", "false"):
            return path
        depth = len(self._scopes)
        while path.startswith("../"):
            path, depth = path[3:], depth - 1
            if depth < 0:
                raise NoEqual
        if path.startswith("@"):
            return self._refer_to_turn(path[1:])
        steps = path_steps(path.removeprefix("./"))
        scopes = self._scopes[:depth]
        for scope in reversed(scopes):
            if steps and steps[0] in scope.names:
                return members(scope.names[steps[0]], steps[1:])
        if steps[:1] == ["this"] or path == ".":
            if not scopes or not scopes[-1].this:
                raise NoEqual
            return members(scopes[-1].this, steps[1:] if steps[:1] == ["this"] else [])
        if steps and steps[0] in self._assigned:
            return members(self._assigned[steps[0]], steps[1:])
        found = self._refer(steps) if steps else None
        if found is not None:
            return found
        if not scopes or not scopes[-1].this or not steps:
            raise NoEqual
        return members(scopes[-1].this, steps)

    def _refer_to_turn(self, name: str) -> str:
        if name in self._assigned:
            return self._assigned[name]
        loop = next((scope for scope in reversed(self._scopes) if scope.loops), None)
        if loop is None:
            raise NoEqual
        if name == "key" and loop.key:
            return loop.key
        known = {"index": "forloop.index0", "first": "forloop.first", "last": "forloop.last", "total": "forloop.length"}
        if name not in known:
            raise NoEqual
        return known[name]
