"""Characters that libyaml reads by YAML 1.1, or refuses, are hidden from it.

In YAML 1.2 only CR and LF break lines (§5.4): U+0085, U+2028 and U+2029 are ordinary text. DEL, the C1 controls and
U+FFFE, U+FFFF may stand in quoted scalars (§5.1, nb-json), and are harmless elsewhere. Escapes of surrogates are JSON's
way to write a character beyond U+FFFF. Before the text is parsed, each is replaced by a private-use character, or its
escape, that the text does not contain; afterwards the original is put back into the tree.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from msgspec import Struct

from mockwave.openapi.document.surrogates import join_halves
from mockwave.openapi.document.trees import change_values

_HIDDEN: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_HALF_ESCAPE: Final = re.compile(r"\\(?:u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd]")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")


class Disguise(Struct, frozen=True):
    """A text with stand-ins for its hidden characters, and the meaning of each: the character, or, where an escape has
    no effect, as in a block scalar, the escape's text."""

    text: str
    characters: dict[int, str]
    escapes: dict[str, str]

    def reveal(self, text: str) -> str:
        """`text`, a part of the disguised text, with its original characters."""
        if self.escapes and "\\" in text:
            text = _ESCAPE.sub(lambda match: self.escapes.get(match[0], match[0]), text)
        return join_halves(text.translate(self.characters))

    def reveal_tree(self, tree: Any) -> Any:
        """The tree with the original characters in all its texts."""
        if not self.characters:
            return tree
        return change_values(tree, lambda value, _: self.reveal(value) if isinstance(value, str) else value)


def hide_characters(text: str) -> Disguise:
    """Returns the text with stand-ins for characters that libyaml does not read as YAML 1.2 does."""
    has_hidden = "\x7f" in text if text.isascii() else _HIDDEN.search(text) is not None
    has_escapes = "\\ud" in text or "\\uD" in text or "\\U0000d" in text or "\\U0000D" in text
    if not has_hidden and not has_escapes:
        return Disguise(text, {}, {})
    unused = _find_unused(text)
    characters: dict[int, str] = {}
    stand_ins: dict[int, str] = {}
    for hidden in sorted(set(_HIDDEN.findall(text))):
        code = next(unused)
        characters[code], stand_ins[ord(hidden)] = hidden, chr(code)
    escapes: dict[str, str] = {}
    stand_in_escapes: dict[str, str] = {}
    for escape in sorted(set(_HALF_ESCAPE.findall(text))):
        code = next(unused)
        stand_in = f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
        characters[code], escapes[stand_in], stand_in_escapes[escape] = chr(int(escape[-4:], 16)), escape, stand_in
    disguised = _HALF_ESCAPE.sub(lambda match: stand_in_escapes[match[0]], text.translate(stand_ins))
    return Disguise(disguised, characters, escapes)


def _find_unused(text: str) -> Iterator[int]:
    """Private-use characters, neither in the text nor escaped in it; at least as many as there can be hidden ones."""
    used = set(map(ord, _PRIVATE.findall(text)))
    used |= {int(match[1] or match[2], 16) for match in _ESCAPE.finditer(text)}
    return (code for code in chain(range(0xE000, 0xF900), range(0xF0000, 0xFFFFE)) if code not in used)
