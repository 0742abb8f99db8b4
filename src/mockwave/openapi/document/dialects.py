"""The dialects: their versions, and how each writes what they all mean.

Swagger 2.0 (swagger.io/specification/v2), OpenAPI 3.0.x, 3.1.x and 3.2.x (spec.openapis.org). Everything that depends
on the dialect is a field here; the rest of `openapi/` asks for the field, never for the version.
"""

import re
from typing import Any, Final

from msgspec import Struct

from mockwave.openapi.document.report import describe, refuse

# Keys of a Path Item that hold operations, and their methods; the same for every dialect, since a key that an older one
# does not know can only mean what it means in a newer one.
METHODS: Final[dict[str, str]] = {
    key: key.upper() for key in ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
}


class Dialect(Struct, frozen=True):
    """One dialect.

    `reads_reference_siblings`: keywords beside a `$ref` count. `has_content`: responses have a `content` map (else
    `schema`, with `produces` elsewhere). `needs_paths`: `paths` is required. `has_nullable`: `nullable` is a keyword
    (`x-nullable` in Swagger 2.0), else null is a type. `has_exclusive_flags`: `exclusiveMinimum` is a flag for
    `minimum`, else it is a separate bound. `infers_xml_root`: the root of an XML body is named after its component.
    """

    name: str
    reads_reference_siblings: bool
    has_content: bool
    needs_paths: bool
    has_nullable: bool
    has_exclusive_flags: bool
    infers_xml_root: bool = False


DIALECTS: Final[dict[str, Dialect]] = {
    "2.0": Dialect("swagger-2.0", False, False, True, True, True),
    "3.0": Dialect("openapi-3.0", False, True, True, True, True),
    "3.1": Dialect("openapi-3.1", True, True, False, False, False),
    "3.2": Dialect("openapi-3.2", True, True, False, False, False, True),
}
SUPPORTED: Final = "Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2"


def choose_dialect(document: Any) -> Dialect:
    """Returns the dialect that `document` declares. Raises SpecificationError if it declares none, or an unsupported
    one."""
    if not isinstance(document, dict):
        refuse(f"expected an OpenAPI or Swagger document, which is an object, got {describe(document)}")
    keyword = "openapi" if "openapi" in document else "swagger"
    if keyword not in document:
        refuse(
            'expected an OpenAPI or Swagger document, got an object without "openapi" or "swagger"; '
            'add the version, for example "openapi": "3.1.0"'
        )
    version = document[keyword]
    if isinstance(version, bool) or not isinstance(version, str | int | float):
        refuse(f'expected a version such as "3.1.0", got {describe(version)}', f"/{keyword}")
    match = re.match(r"(\d+)(?:\.(\d+))?(?:[.\-+].*)?$", str(version).strip(), re.DOTALL)
    dialect = DIALECTS.get(f"{match[1]}.{match[2] or 0}") if match else None
    if dialect is None or dialect.has_content != (keyword == "openapi"):
        refuse(f"{keyword} version {str(version)[:40]!r} is not supported; supported are {SUPPORTED}", f"/{keyword}")
    return dialect
