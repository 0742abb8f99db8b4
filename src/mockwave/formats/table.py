"""The formats that mocks are imported from, one row each: a new format takes a file and a row.

Their files are JSON or YAML, whose tree is what a format is recognised by; a file in another syntax is refused before
(`imports.py`).

If two formats recognise a tree, the caller has to say which one is meant.
"""

from typing import Any, Final

from mockwave.formats.documents import Format
from mockwave.formats.har.reading import is_har, read_har
from mockwave.formats.hoverfly.reading import is_hoverfly, read_hoverfly
from mockwave.formats.insomnia.reading import is_insomnia, read_insomnia
from mockwave.formats.mockoon.reading import is_mockoon, read_mockoon
from mockwave.formats.mockserver.reading import is_mockserver, read_mockserver
from mockwave.formats.mountebank import is_mountebank, read_mountebank
from mockwave.formats.openapi_documents import is_openapi, read_openapi
from mockwave.formats.pact import is_pact, read_pact
from mockwave.formats.postman.reading import is_postman, read_postman
from mockwave.formats.wiremock.reading import is_wiremock, read_wiremock

FORMATS: Final = (
    Format("openapi", "OpenAPI document", is_openapi, read_openapi),
    Format("postman", "Postman collection", is_postman, read_postman),
    Format("insomnia", "Insomnia file", is_insomnia, read_insomnia),
    Format("har", "HTTP archive", is_har, read_har),
    Format("wiremock", "WireMock mappings", is_wiremock, read_wiremock, is_joined=True),
    Format("mockoon", "Mockoon environment", is_mockoon, read_mockoon),
    Format("mockserver", "MockServer expectations", is_mockserver, read_mockserver, is_joined=True),
    Format("hoverfly", "Hoverfly simulation", is_hoverfly, read_hoverfly),
    Format("mountebank", "mountebank imposters", is_mountebank, read_mountebank),
    Format("pact", "Pact", is_pact, read_pact, is_joined=True),
)

# Trees that look like formats that are not read: how to recognise them → the message.
REFUSED: Final = (
    (("requests", "order"), "a Postman collection of format 1; export it as 2.1"),
    (("values", "_postman_variable_scope"), "a Postman environment; import it with its collection"),
    (("asyncapi",), "an AsyncAPI document, which describes no HTTP requests"),
    (("arazzo",), "an Arazzo document, which describes no answers"),
    (("method", "url", "httpVersion"), "a request of an HTTP archive without its answer"),
    (("$schema", "properties"), "a JSON Schema, which describes no requests"),
)


def find_formats(tree: Any) -> list[Format]:
    """Returns the formats that the tree may have."""
    return [each for each in FORMATS if each.recognise(tree)]


def find_format(name: str) -> Format | None:
    return next((each for each in FORMATS if each.name == name), None)


def explain_unknown(tree: Any) -> str:
    """Returns the reason why the tree has no known format."""
    names = ", ".join(each.name for each in FORMATS)
    if isinstance(tree, dict):
        for keys, what in REFUSED:
            if all(key in tree for key in keys):
                return f"the file is {what}"
        if not tree:
            return f"the file is an empty object; expected one of {names}"
        shown = ", ".join(repr(key[:40]) for key in list(tree)[:8])
        return f"the file is of no format that is known: expected one of {names}, got an object with {shown}"
    kind = "an array" if isinstance(tree, list) else "a single value"
    return f"the file is of no format that is known: expected one of {names}, got {kind}"
