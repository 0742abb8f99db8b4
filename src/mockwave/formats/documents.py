"""What a format reads: Documents, which are files as trees, and the folder of all files that came with them."""

import posixpath
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.notes import Notes


class Document(Struct, frozen=True):
    """One file: its path in the folder, its text in UTF-8, and the tree that this stands for. `base` comes before every
    pointer into it: empty where it is the only one."""

    path: str
    text: bytes
    tree: Any
    base: str = ""

    @property
    def stem(self) -> str:
        return posixpath.splitext(posixpath.basename(self.path))[0]


class Folder(Struct, frozen=True):
    """All files that came, by their paths with slashes; of a single file that alone. `host` is the one whose exchanges
    are wanted, where a file has those of several."""

    files: dict[str, bytes]
    name: str = ""
    host: str = ""

    def find(self, *paths: str) -> bytes | None:
        """The first of these files that is there."""
        return next((self.files[path] for path in paths if path in self.files), None)

    def resolve(self, beside: str, path: str) -> tuple[bytes | None, str]:
        """The file that a document names by a path relative to its own, and why it is not there."""
        if path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/"):
            return None, "leads out of the folder"
        found = self.find(posixpath.normpath(posixpath.join(posixpath.dirname(beside), path)))
        return found, "" if found is not None else "did not come with it; send the folder"


Recognise = Callable[[Any], bool]
Read = Callable[[list[Document], Folder, Notes], list[ImportedServer]]


class Format(Struct, frozen=True):
    """A format that mocks come from: how a tree of it is told from all others, and what servers documents of it are.

    `is_joined`: the documents of a folder are one server; else each is read by itself."""

    name: str
    title: str
    recognise: Recognise
    read: Read
    is_joined: bool = False
