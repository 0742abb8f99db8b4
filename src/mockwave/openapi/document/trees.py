"""Walking the tree of a document, to change its values.

Places are chains, and become pointers only for a message: the pointer of each value would be as long as all the keys on
the way to it. The target of several aliases is one object, and is walked once.
"""

from collections.abc import Callable
from typing import Any

from mockwave.pointers import pointer_below

Place = tuple[Any, Any] | None
"""The place of the holder, and the key or index in it; None for the root."""


def change_values(tree: Any, change: Callable[[Any, Place], Any]) -> Any:
    """Returns `tree` with each scalar and each name replaced by what `change` returns; objects and arrays are changed
    in place."""
    if not isinstance(tree, dict | list):
        return change(tree, None)
    waiting: list[tuple[Any, Place]] = [(tree, None)]
    seen = {id(tree)}
    while waiting:
        holder, place = waiting.pop()
        if isinstance(holder, dict):
            names = {name: change(name, (place, name)) for name in holder}
            if any(name != changed for name, changed in names.items()):
                renamed = {names[name]: child for name, child in holder.items()}
                holder.clear()
                holder.update(renamed)
        for key, child in holder.items() if isinstance(holder, dict) else enumerate(holder):
            below = place, key
            if not isinstance(child, dict | list):
                holder[key] = change(child, below)  # the key exists already, so the iteration goes on
            elif id(child) not in seen:
                seen.add(id(child))
                waiting.append((child, below))
    return tree


def find_pointer(place: Place) -> str:
    """The pointer of the place."""
    tokens = []
    while place is not None:
        place, token = place
        tokens.append(token)
    return pointer_below("", *reversed(tokens))
