"""The input of a format's reader: Documents (files parsed to trees), and the Folder of all files sent with them."""

import posixpath
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.notes import Notes


class Document(Struct, frozen=True):
    """One file: its path in the folder, its text, and the tree parsed from it. `base` precedes every pointer into it;
    it is empty if the file is the only one."""

    path: str
    text: bytes
    tree: Any
    base: str = ""

    @property
    def stem(self) -> str:
        return posixpath.splitext(posixpath.basename(self.path))[0]


class Folder(Struct, frozen=True):
    """All files sent, by their paths with slashes; or the single file. `host` selects the exchanges of one host, if a
    file has those of several."""

    files: dict[str, bytes]
    name: str = ""
    host: str = ""

    def find(self, *paths: str) -> bytes | None:
        """Returns the first of these files that exists."""
        return next((self.files[path] for path in paths if path in self.files), None)

    def resolve(self, beside: str, path: str) -> tuple[bytes | None, str]:
        """Returns the file that a document names by a path relative to its own, or the reason why it is missing."""
        if path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/"):
            return None, "leads out of the folder"
        found = self.find(posixpath.normpath(posixpath.join(posixpath.dirname(beside), path)))
        return found, "" if found is not None else "did not come with it; send the folder"


Recognise = Callable[[Any], bool]
Read = Callable[[list[Document], Folder, Notes], list[ImportedServer]]


class Format(Struct, frozen=True):
    """A format that mocks are imported from: how to recognise a tree of it, and how to read its documents into servers.

    `is_joined`: all documents of a folder make one server; otherwise each is read separately."""

    name: str
    title: str
    recognise: Recognise
    read: Read
    is_joined: bool = False
