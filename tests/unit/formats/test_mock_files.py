"""Files of mocks, and what a reader of each would expect: how many routes and rules come of it, and how much is
reported; or why it is refused. The public samples come from the tools' own tests (tests/specs/mocks/samples/ORIGIN.md).
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from mockwave.answers.imported import SpecificationError
from tests.unit.formats.mock_files import MOCKS, SAMPLES, read_file


class Expected(NamedTuple):
    """Routes of each mock server (of one that is made from a document none), rules in all, notes."""

    format: str
    routes: list[int]
    rules: int = 0
    left_out: int = 0
    changed: int = 0


EXPECTED: dict[str, Expected | str] = {
    "har/chrome.har": Expected("har", [3], rules=3, left_out=4, changed=1),
    "har/firefox.har": Expected("har", [3], rules=2, left_out=1, changed=1),
    "har/one-exchange.json": Expected("har", [1], rules=0, left_out=0, changed=0),
    "hoverfly/captured.json": Expected("hoverfly", [2], rules=2, left_out=1, changed=0),
    "hoverfly/state.json": Expected("hoverfly", [1], rules=2, left_out=1, changed=0),
    "hoverfly/v3.json": Expected("hoverfly", [1], rules=0, left_out=0, changed=0),
    "insomnia/v4-two-mocks.json": Expected("insomnia", [1, 1], rules=0, left_out=2, changed=0),
    "insomnia/v5-mock.yaml": Expected("insomnia", [2], rules=1, left_out=1, changed=1),
    "insomnia/v5-spec.yaml": Expected("insomnia", [0], rules=0, left_out=1, changed=0),
    "mockoon/old.json": Expected("mockoon", [2], rules=1, left_out=1, changed=0),
    "mockoon/route.json": Expected("mockoon", [2], rules=0, left_out=0, changed=0),
    "mockoon/shop.json": Expected("mockoon", [4], rules=5, left_out=1, changed=0),
    "mockserver/error.json": Expected("mockserver", [2], rules=2, left_out=0, changed=0),
    "mockserver/one.json": Expected("mockserver", [1], rules=1, left_out=0, changed=0),
    "mockserver/shop.json": Expected("mockserver", [8], rules=3, left_out=1, changed=0),
    "mountebank/binary.json": Expected("mountebank", [1], rules=0, left_out=0, changed=0),
    "mountebank/imposters.json": Expected("mountebank", [2], rules=2, left_out=2, changed=0),
    "mountebank/one.json": Expected("mountebank", [7], rules=1, left_out=1, changed=0),
    "openapi/minimal.yaml": Expected("openapi", [0], rules=0, left_out=0, changed=0),
    "pact/v2.json": Expected("pact", [1], rules=0, left_out=0, changed=1),
    "pact/v3.json": Expected("pact", [3], rules=1, left_out=1, changed=2),
    "pact/v4.json": Expected("pact", [1], rules=0, left_out=1, changed=0),
    "postman/queries.json": Expected("postman", [0], rules=3, left_out=0, changed=0),
    "postman/v2.0-strings.json": Expected("postman", [0], rules=2, left_out=0, changed=0),
    "postman/wrapped.json": Expected("postman", [0], rules=0, left_out=1, changed=0),
    "wiremock/left-out.json": Expected("wiremock", [1], rules=0, left_out=5, changed=1),
    "wiremock/scenario.json": Expected("wiremock", [4], rules=5, left_out=0, changed=2),
    "wiremock/shop.json": Expected("wiremock", [9], rules=1, left_out=1, changed=0),
    "har/devtools.har": Expected("har", [7], rules=5, left_out=5, changed=1),
    "har/proxy.har": Expected("har", [1], rules=0, left_out=1, changed=0),
    "hoverfly/matchers.json": Expected("hoverfly", [8], rules=8, left_out=1, changed=0),
    "insomnia/v4-exported.json": Expected("insomnia", [2], rules=0, left_out=2, changed=0),
    "insomnia/v5-shop.yaml": Expected("insomnia", [2], rules=1, left_out=1, changed=0),
    "mockoon/counted.json": Expected("mockoon", [9], rules=4, left_out=3, changed=0),
    "mockoon/tour.json": Expected("mockoon", [8], rules=4, left_out=8, changed=0),
    "mockserver/document.json": Expected("mockserver", [10], rules=2, left_out=1, changed=3),
    "mockserver/matchers.json": Expected("mockserver", [8], rules=10, left_out=2, changed=1),
    "mountebank/predicates.json": Expected("mountebank", [15], rules=16, left_out=1, changed=0),
    "mountebank/recorded.json": Expected("mountebank", [2], rules=2, left_out=1, changed=0),
    "pact/files-v4.json": Expected("pact", [3], rules=0, left_out=2, changed=1),
    "pact/shop-v3.json": Expected("pact", [5], rules=3, left_out=0, changed=2),
    "pact/zoo-v2.json": Expected("pact", [3], rules=0, left_out=1, changed=2),
    "postman/shop.json": Expected("postman", [0], rules=3, left_out=0, changed=0),
    "wiremock/bodies.json": Expected("wiremock", [2], rules=5, left_out=0, changed=0),
    "wiremock/urls.json": Expected("wiremock", [5], rules=4, left_out=1, changed=1),
    "samples/har/api-pastries-0.0.1.har": Expected("har", [4], rules=3, left_out=0, changed=0),
    "samples/har/movie-graph-api-1.0.har": Expected("har", [1], rules=0, left_out=0, changed=0),
    "samples/hoverfly/basic-delay-simulation.json": Expected("hoverfly", [7], rules=1, left_out=0, changed=0),
    "samples/hoverfly/basic-simulation.json": Expected("hoverfly", [1], rules=1, left_out=0, changed=0),
    "samples/hoverfly/log-normal-delay-simulation.json": Expected("hoverfly", [7], rules=1, left_out=0, changed=1),
    "samples/hoverfly/multiple-locations-delay-simulation.json": Expected(
        "hoverfly", [7], rules=3, left_out=0, changed=0
    ),
    "samples/insomnia/insomnia4.yaml": "the file holds no mock server and no design docume",
    "samples/insomnia/mock-server.yaml": Expected("insomnia", [3], rules=0, left_out=0, changed=0),
    "samples/insomnia/multiple-workspaces.yaml": Expected("insomnia", [0, 0], rules=0, left_out=11, changed=0),
    "samples/mockoon/basic-folder-2-routes.json": Expected("mockoon", [2], rules=0, left_out=0, changed=0),
    "samples/mockoon/clipboard-copy.json": Expected("mockoon", [1], rules=0, left_out=0, changed=0),
    "samples/mockoon/crud.json": Expected("mockoon", [3], rules=3, left_out=0, changed=0),
    "samples/mockoon/databuckets.json": Expected("mockoon", [5], rules=5, left_out=0, changed=0),
    "samples/mockoon/empty.json": Expected("mockoon", [0], rules=0, left_out=0, changed=0),
    "samples/mockoon/global-route.json": Expected("mockoon", [2], rules=1, left_out=0, changed=0),
    "samples/mockoon/incompatible.json": "/lastMigration: expected a number up to 33, got a number (99",
    "samples/mockoon/logs-2.json": Expected("mockoon", [1], rules=0, left_out=0, changed=0),
    "samples/mockoon/proxy-1.json": Expected("mockoon", [1], rules=0, left_out=2, changed=0),
    "samples/mockoon/proxy-3.json": Expected("mockoon", [1], rules=0, left_out=1, changed=0),
    "samples/mockoon/proxy-5-external.json": Expected("mockoon", [1], rules=0, left_out=1, changed=0),
    "samples/mockoon/schema-broken-refs.json": Expected("mockoon", [3], rules=0, left_out=0, changed=0),
    "samples/mockoon/schema-broken.json": "/routes/0/responses/0/statusCode: a response needs a status ",
    "samples/mockoon/schema-uuid-dedup-2.json": Expected("mockoon", [1], rules=0, left_out=0, changed=0),
    "samples/mockoon/settings-env.json": Expected("mockoon", [2], rules=0, left_out=0, changed=0),
    "samples/mockoon/ui-1.json": Expected("mockoon", [2], rules=1, left_out=2, changed=1),
    "samples/mockoon/ws.json": Expected("mockoon", [2], rules=0, left_out=7, changed=0),
    "samples/mockserver/initializer.json": Expected("mockserver", [14], rules=0, left_out=0, changed=0),
    "samples/mountebank/accounts.json": "the file is an EJS template, as mountebank has the",
    "samples/mountebank/email.json": "/protocol: the file holds no imposter of HTTP",
    "samples/mountebank/orders.json": Expected("mountebank", [3], rules=1, left_out=0, changed=0),
    "samples/mountebank/users.json": "the file is an EJS template, as mountebank has the",
    "samples/postman/v2.0.0-bearerAuthTest.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.0.0-formdata-body.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.0.0-hackernews.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.0.0-helpers.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.0.0-httpbin.json": Expected("postman", [0], rules=1, left_out=0, changed=0),
    "samples/postman/v2.0.0-nestedEntities.json": Expected("postman", [0], rules=0, left_out=1, changed=0),
    "samples/postman/v2.0.0-proper-url-parsing.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.0.0-reqBodyContentType.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.0.0-reqBodyNull.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.0.0-responseBodyNull.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-apikeyAuthTest.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-edgegridAuthTest.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-github.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-hawkAuthTest.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-httpMethods.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-jsonblob.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-ntlmAuthTest.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-req-body-file-src-null.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-reqBodyGraphQL.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-request.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/postman/v2.1.0-v2.json": Expected("postman", [0], rules=0, left_out=0, changed=0),
    "samples/wiremock/classpath-filesource-slow-response.json": Expected(
        "wiremock", [1], rules=0, left_out=1, changed=1
    ),
    "samples/wiremock/classpath-filesource-test.json": Expected("wiremock", [1], rules=0, left_out=1, changed=1),
    "samples/wiremock/remoteloader-two.json": Expected("wiremock", [1], rules=1, left_out=0, changed=0),
    "samples/wiremock/remoteloader-with-png-body-file.json": Expected("wiremock", [7], rules=0, left_out=1, changed=1),
    "samples/wiremock/remoteloader-with-text-body-file-header.json": Expected(
        "wiremock", [7], rules=0, left_out=1, changed=1
    ),
    "samples/wiremock/test-file-root-testjsonmapping.json": Expected("wiremock", [1], rules=0, left_out=0, changed=1),
}
OTHER_SAMPLES = sorted(
    path
    for path in SAMPLES.glob("*/*")
    if path.suffix != ".md" and f"samples/{path.parent.name}/{path.name}" not in EXPECTED
)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_becomes_what_its_reader_expects(name: str) -> None:
    expected = EXPECTED[name]
    if isinstance(expected, str):
        with pytest.raises(SpecificationError, match=re.escape(expected)):
            read_file(MOCKS / name)
        return
    read = read_file(MOCKS / name)
    made = Expected(
        read.notes.format,
        [len(server.routes) for server in read.servers],
        read.notes.rules,
        len(read.notes.left_out),
        len(read.notes.changed),
    )
    assert made == expected


def test_all_files_are_expected() -> None:
    names = {
        path.relative_to(MOCKS).as_posix() for path in MOCKS.rglob("*.*") if path.suffix != ".md" and path.is_file()
    }
    assert names == EXPECTED.keys()


@pytest.mark.parametrize("path", OTHER_SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_read_or_refused_with_a_reason(path: Path) -> None:
    try:
        read = read_file(path)
    except SpecificationError as error:
        assert all(problem.message for problem in error.problems)
        return
    assert read.servers


def test_postman_samples_are_documents_with_their_saved_responses() -> None:
    path = SAMPLES / "postman" / "v2.1.0-syncapi.json"
    if not path.exists():
        pytest.skip("the samples are not beside the repository")
    read = read_file(path)
    assert len(read.notes.made) == 43
    assert read.servers[0].specification
