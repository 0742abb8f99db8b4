"""Files as they are sent: plain, with a byte order mark, compressed, or as the archive of a folder; and which are
refused.
"""

import gzip
import io
import json
import stat
import zipfile
import zlib

import pytest

from mockwave.answers.imported import SpecificationError
from mockwave.formats.sources import unpack
from tests.unit.formats.mock_files import MOCKS, read_data

HAR = (MOCKS / "har" / "one-exchange.json").read_bytes()
WIREMOCK = b'{"request": {"method": "GET", "urlPath": "/a"}, "response": {"bodyFileName": "a/b.txt"}}'


def pack(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def refusal(data: bytes, **options: str) -> str:
    with pytest.raises(SpecificationError) as caught:
        read_data(data, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        HAR,
        b"\xef\xbb\xbf" + HAR,
        HAR.decode().encode("utf-16"),
        gzip.compress(HAR),
        zlib.compress(HAR),
        gzip.compress(b"\xef\xbb\xbf" + HAR),
        gzip.compress(HAR[:50]) + gzip.compress(HAR[50:]),
    ],
    ids=["plain", "BOM", "UTF-16", "gzip", "zlib", "gzip and BOM", "two members"],
)
def test_one_file_is_read_in_whichever_form_it_comes(data: bytes) -> None:
    assert read_data(data).notes.format == "har"


def test_a_small_file_that_unpacks_to_much_is_refused() -> None:
    with pytest.raises(SpecificationError, match="more than 1,000,000 bytes once it is unpacked"):
        unpack(gzip.compress(b" " * 100_000_000), "bomb", 1_000_000)
    with pytest.raises(SpecificationError, match="more than 1,000,000 bytes once it is unpacked"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.json", b" " * 10_000_000)
        unpack(packed.getvalue(), "bomb", 1_000_000)


@pytest.mark.parametrize(
    ("head", "method"), [(b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh9", "bzip2"), (b"\xfd7zXZ\x00", "xz")]
)
def test_other_compression_is_refused_by_name(head: bytes, method: str) -> None:
    assert method in refusal(head + b"rest")


@pytest.mark.parametrize("data", [gzip.compress(HAR)[:-20], b"PK\x03\x04rubbish", b"\x1f\x8b\x00\x00"])
def test_a_broken_archive_is_refused(data: bytes) -> None:
    assert "cannot be unpacked" in refusal(data) or "ends too early" in refusal(data)


def test_an_archive_without_files_is_refused_as_one() -> None:
    """It was read as YAML, and the message was about a control character."""
    with pytest.raises(SpecificationError, match="the archive holds no file"):
        read_data(b"PK\x05\x06" + bytes(18))


def test_a_folder_of_wiremock_is_one_server_with_its_body_files() -> None:
    files = {
        "mappings/a.json": WIREMOCK,
        "mappings/deep/b.json": b'{"mappings": []}',
        "__files/a/b.txt": b"from a file",
    }
    read = read_data(pack(files), file_name="stubs")
    (server,) = read.servers
    assert server.name == "stubs"
    assert server.routes[0].body == b"from a file"
    assert not read.notes.left_out


def test_a_folder_of_several_formats_is_a_server_for_each() -> None:
    read = read_data(pack({"one.har": HAR, "two.json": WIREMOCK, "notes.txt": b"x", "broken.json": b"{"}))
    assert read.notes.format == "har, wiremock"
    assert [problem.pointer for problem in read.notes.left_out if problem.pointer == "broken.json"]


def test_a_folder_with_a_link_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("mappings/out.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "mappings/out.json: is a link" in refusal(packed.getvalue())


@pytest.mark.parametrize("name", ["../out.json", "/etc/out.json", "a/../../out.json", "C:/out.json", "..\\out.json"])
def test_a_name_that_leads_out_of_the_folder_is_refused(name: str) -> None:
    assert "leads out of the folder" in refusal(pack({name: HAR}))


def test_a_body_file_outside_of_its_folder_is_refused() -> None:
    stub = WIREMOCK.replace(b"a/b.txt", b"../../secret")
    assert "/response/bodyFileName" in refusal(stub)


def test_an_unknown_file_is_refused_with_what_it_has() -> None:
    assert "expected one of openapi, postman" in refusal(b'{"colour": "red"}')
    assert "'colour'" in refusal(b'{"colour": "red"}')
    assert "got an array" in refusal(b"[1, 2]")
    assert "empty" in refusal(b"  ")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"id": "1", "requests": [], "order": [], "name": "v1"}', "Postman collection of format 1"),
        (b'{"name": "e", "values": [], "_postman_variable_scope": "environment"}', "Postman environment"),
        (b'{"asyncapi": "2.0.0"}', "AsyncAPI"),
        (b'{"imposters": [<% include x.ejs %>]}', "EJS"),
        (b'{"protocol": "http", "stubs": [{"responses": [{"is": {"body": "<%- stringify(f) %>"}}]}]}', "EJS"),
        (b"\xff\xff\x00", "UTF-8"),
    ],
)
def test_what_is_no_mock_is_refused_by_name(data: bytes, said: str) -> None:
    assert said in refusal(data)


def test_a_body_in_another_format_may_hold_such_a_tag() -> None:
    """It was taken for a template of mountebank, whatever the file was."""
    stub = b'{"request": {"url": "/a"}, "response": {"body": "<% include header %>"}}'
    assert read_data(stub).servers[0].routes[0].body == b"<% include header %>"


def test_a_file_that_could_be_two_formats_has_to_say_which() -> None:
    both = b'{"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {}, "log": {"entries": []}}'
    assert "OpenAPI document (openapi) or HTTP archive (har)" in refusal(both)
    assert read_data(both, format="har").notes.format == "har"
    assert read_data(both, format="openapi").notes.format == "openapi"


def test_a_format_that_is_asked_for_has_to_be_it() -> None:
    assert "it looks like HTTP archive (har)" in refusal(HAR, format="mockoon")
    assert "expected one of openapi" in refusal(HAR, format="raml")


def test_deep_nesting_is_refused() -> None:
    assert "too deeply" in refusal(b'{"log": {"entries": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}")


def test_a_compressed_file_is_one_file_with_its_name() -> None:
    """It was taken for a folder, whose notes name the file before each pointer, and its ending was kept in the name."""
    tree = {"request": {"url": "/a"}, "response": {"status": 200}}
    read = read_data(gzip.compress(json.dumps(tree).encode()), file_name="shop.json.gz")
    assert read.servers[0].name == "shop"
    assert [note.pointer for note in read.notes.made] == [""]
