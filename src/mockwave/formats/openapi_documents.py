"""OpenAPI 3 and Swagger 2.0 documents: passed on unchanged to the reader of Specifications."""

from typing import Any

from mockwave.answers.imported_servers import ImportedServer
from mockwave.formats.documents import Document, Folder
from mockwave.formats.notes import Notes
from mockwave.formats.tree_values import dict_of, text_of


def is_openapi(tree: Any) -> bool:
    return isinstance(tree, dict) and ("openapi" in tree or "swagger" in tree)


def read_openapi(documents: list[Document], folder: Folder, notes: Notes) -> list[ImportedServer]:
    """Returns the mock server of the document."""
    (document,) = documents
    name = document.stem or text_of(dict_of(document.tree.get("info")).get("title"))
    return [ImportedServer(name=name, pointer=document.base, specification=document.text)]
