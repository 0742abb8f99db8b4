"""A file or a folder of mocks → the servers it describes: it is unpacked, its formats are recognised, each is read.

Of one file everything is either made or reported, or nothing is made and SpecificationError says why. In a folder those
files count that are of a known format; others are reported, and it is refused where there is none. The documents of a
joined format are one server; of any other format each file is one.
"""

import posixpath
import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from mockwave.answers.imported import SpecificationError
from mockwave.answers.imported_servers import ImportedServer, ImportNotes, ImportOptions
from mockwave.formats.documents import Document, Folder, Format
from mockwave.formats.mountebank import EJS, is_ejs
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.postman.reading import is_environment
from mockwave.formats.sources import decode_text, unpack
from mockwave.formats.table import FORMATS, explain_unknown, find_format, find_formats
from mockwave.openapi.document.document import read_document
from mockwave.openapi.document.report import Problems
from mockwave.openapi.document.surrogates import may_hold_surrogates, replace_surrogates

ENDINGS: Final = frozenset((".json", ".yaml", ".yml", ".har", ".ejs", ".mappings", ".postman_collection"))
MAXIMUM_NAME_CHARACTERS: Final = 1000

# Of a YAML text at its left edge: an OpenAPI document, and what else could be one of the others.
_OPENAPI_YAML = re.compile(rb"^(?:openapi|swagger)[ \t]*:", re.MULTILINE)
_OTHER_YAML = re.compile(rb"^(?:type|__export_format|_type|log|routes|mappings|item|imposters)[ \t]*:", re.MULTILINE)


class ReadServers(Struct):
    servers: list[ImportedServer]
    notes: ImportNotes


def read_servers(
    data: bytes, options: ImportOptions, limit_bytes: int, excluded: Mapping[str, str] | None = None
) -> ReadServers:
    """What the file, or the archive of a folder, describes, without entries that are `excluded`: by their places, why.
    Raises SpecificationError."""
    if options.format and find_format(options.format) is None:
        names = ", ".join(each.name for each in FORMATS)
        refuse("", f"format: expected one of {names}, got {options.format[:60]!r}")
    file_name = posixpath.basename(options.file_name.replace("\\", "/"))
    files = unpack(data, file_name, limit_bytes)
    notes = Notes(excluded)
    is_single = files.keys() <= {file_name, file_name.removesuffix(".gz")}
    found = _read_single(files, options) if is_single else _read_folder(files, options, notes)
    folder_name = "" if is_single else posixpath.splitext(file_name)[0]
    folder = Folder(files, options.name or folder_name, options.host)
    servers = [server for format_, documents in found for server in format_.read(documents, folder, notes)]
    if not any(server.routes or server.rules or server.specification for server in servers) and notes.left_out:
        raise SpecificationError(notes.left_out.as_list())
    for server in servers:
        if options.name and len(servers) == 1:
            server.name = options.name
        server.name = (server.name.strip() or "imported")[:MAXIMUM_NAME_CHARACTERS]
    return ReadServers(
        servers,
        ImportNotes(
            format=", ".join(dict.fromkeys(format_.name for format_, _ in found)),
            made=notes.made.as_list(),
            changed=notes.changed.as_list(),
            left_out=notes.left_out.as_list(),
            rules=sum(server.rule_count for server in servers),
        ),
    )


Found = list[tuple[Format, list[Document]]]


def _read_single(files: dict[str, bytes], options: ImportOptions) -> Found:
    ((path, data),) = files.items()
    text = decode_text(data, "")
    if options.format in ("", "openapi") and _is_plainly_openapi(text):
        wanted = find_format("openapi")
        assert wanted is not None
        return [(wanted, [Document(path, text, {})])]
    tree = _read_tree(text)
    format_ = _choose(tree, options.format)
    return [(format_, [Document(path, text, tree)])]


def _is_plainly_openapi(text: bytes) -> bool:
    """Whether it is a YAML text that can only be OpenAPI: parsing it takes seconds, and is left to the caller."""
    return (
        text.lstrip()[:1] not in (b"{", b"[")
        and _OPENAPI_YAML.search(text) is not None
        and _OTHER_YAML.search(text) is None
    )


def _choose(tree: Any, wanted: str) -> Format:
    """Returns the format of the tree. Raises SpecificationError if it has none, not the one wanted, or could have
    two."""
    found = find_formats(tree)
    if wanted:
        format_ = next((each for each in found if each.name == wanted), None)
        if format_ is not None:
            return format_
        asked = find_format(wanted)
        assert asked is not None
        what = f"it looks like {found[0].title} ({found[0].name})" if found else explain_unknown(tree)
        refuse("", f"the file is not {asked.title}, which was asked for: {what}")
    if len(found) > 1:
        names = " or ".join(f"{each.title} ({each.name})" for each in found)
        refuse("", f"the file could be {names}; say which is meant by format=")
    if not found:
        refuse("", explain_unknown(tree))
    return found[0]


def _read_folder(files: dict[str, bytes], options: ImportOptions, notes: Notes) -> Found:
    """Returns the documents of the folder by format, in the order of their paths."""
    joined: dict[str, list[Document]] = {}
    found: Found = []
    reasons: list[tuple[str, str]] = []
    for path in sorted(files):
        if not _is_document(path):
            continue
        try:
            text = decode_text(files[path], path)
            tree = _read_tree(text)
            if is_environment(tree):
                continue
            format_ = _choose(tree, "")
        except SpecificationError as error:
            reasons.append((path, error.problems[0].message))
            continue
        if options.format and format_.name != options.format:
            notes.leave_out(path, f"is {format_.title}, and {options.format} is asked for")
            continue
        document = Document(path, text, tree, f"{path}#")
        if not format_.is_joined:
            found.append((format_, [document]))
        elif format_.name in joined:
            joined[format_.name].append(document)
        else:
            joined[format_.name] = [document]
            found.append((format_, joined[format_.name]))
    if not found:
        if reasons:
            path, reason = reasons[0]
            more = f" (and {len(reasons) - 1} more files)" if len(reasons) > 1 else ""
            refuse(path, f"{reason}{more}")
        refuse("", "the folder holds no file of a format that is known (.json, .yaml, .har)")
    for path, reason in reasons:
        notes.leave_out(path, reason)
    return found


def _is_document(path: str) -> bool:
    parts = path.split("/")
    return posixpath.splitext(path)[1].lower() in ENDINGS and "__files" not in parts[:-1]


def _read_tree(text: bytes) -> Any:
    try:
        tree = read_document(text.decode("utf-8", "surrogatepass"))
        return replace_surrogates(tree, Problems()) if may_hold_surrogates(text) else tree
    except SpecificationError:
        if is_ejs(text):
            refuse("", EJS)
        raise
    except UnicodeDecodeError as error:
        refuse("", f"not text in UTF-8 (byte {error.start} is {error.reason})", error)
    except OverflowError:
        refuse("", "a number in it is too large to be read")
