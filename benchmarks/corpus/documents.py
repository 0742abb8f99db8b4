"""Files to documents: which files of a folder are OpenAPI or Swagger documents, and their trees."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

SUFFIXES = (".json", ".yaml", ".yml")


class Document(NamedTuple):
    """`name` is the path below the folder that was asked for; `tree` what the text says."""

    name: str
    text: str
    tree: dict[str, Any]

    @property
    def is_schema_object(self) -> bool:
        """Whether its schemas are JSON Schema 2020-12 (OpenAPI 3.1 and later), not the older near-Draft-4 kind."""
        return str(self.tree.get("openapi", "")).startswith(("3.1", "3.2"))


def find_documents(places: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Names and files below `places`, small ones first, so that most of a corpus is through before the giants."""
    found = []
    for place in places:
        files = [place] if place.is_file() else place.rglob("*")
        found += [
            (str(file.relative_to(place if place.is_dir() else place.parent)), file)
            for file in files
            if file.suffix in SUFFIXES and file.name not in ("package.json", "package-lock.json")
        ]
    yield from sorted(found, key=lambda each: (each[1].stat().st_size, each[0]))


def read_document(name: str, file: Path) -> Document | None:
    """The document in `file`; None where it holds something else."""
    text = file.read_text(encoding="utf-8-sig")
    try:
        tree = json.loads(text)
    except ValueError:
        try:
            tree = with_text_keys(YAML(typ="safe", pure=True).load(text))
        except (YAMLError, ValueError):
            return None
    is_document = isinstance(tree, dict) and ("openapi" in tree or "swagger" in tree)
    return Document(name, text, tree) if is_document else None


def with_text_keys(node: Any) -> Any:
    """`node` as JSON knows it: keys are text (YAML's 200 is a number)."""
    if isinstance(node, dict):
        return {str(key): with_text_keys(child) for key, child in node.items()}
    return [with_text_keys(child) for child in node] if isinstance(node, list) else node
