"""Differences from WireMock that are meant, each with its reason; docs/rules.md tells them to users.

A difference is looked up from the top: the first row that fits it says why. A row has the family, patterns that the
condition and the request have to contain (empty: any), and what the two servers say (empty: anything).
"""

import re
from typing import Final, NamedTuple

from benchmarks.operators.pairs import Difference


class Meant(NamedTuple):
    family: str
    when: str
    request: str
    mine: str
    theirs: str
    reason: str


F, N, R = "fits", "does not", "refused"
UNKNOWN: Final = "what is not understood is refused"
STEPS: Final = r"\$\.tags\[\*\]|\$\.\.p|\$\.items\[\?"

MEANT: Final[tuple[Meant, ...]] = (
    Meant("", "", "", "", "500", "WireMock fails with 500"),
    # texts
    Meant("texts", "&&", "", R, "", "an intersection of characters (Java) is refused"),
    Meant("texts", '"absent": false', "", R, "", UNKNOWN),
    Meant("texts", "binaryEqualTo", "", "", R, "binaryEqualTo also of queries and headers"),
    Meant("texts", "", r"^header .*é", F, N, "header values are UTF-8, in WireMock Latin-1"),
    Meant("texts", "cookies", r"^cookie .*é", "", "", "cookies may have any bytes, in WireMock only ASCII"),
    Meant(
        "texts",
        "cookies",
        "^cookie None",
        F,
        N,
        "a missing cookie is like a missing header; in WireMock only absent holds",
    ),
    Meant("texts", '"body"', "^body (None|'')$", F, N, "an empty body is also an empty text"),
    Meant("texts", "hasExactly|includes", " None$", F, N, "an empty list asks for nothing"),
    # names, paths, credentials
    Meant("names", "cookies", "one=1; one=2", N, F, "of two cookies of one name the first counts (RFC 6265)"),
    Meant("names", "cookies", "ONE=1", "", "", "names of cookies have case (RFC 6265)"),
    Meant("paths", "", "%", F, N, "path parameters are decoded"),
    Meant("basic", "", "Basic  ", F, N, "several spaces may follow the scheme (RFC 9110)"),
    # JSON
    Meant("json", r"any-number\}#|nonsense", "", R, "", UNKNOWN),
    Meant("json paths", r"length\(\)|size\(\)|=~| in \[|\"total\"", "", R, "", "paths are those of RFC 9535"),
    Meant(
        "json paths", "hasExactly|includes|binaryEqualTo", "", "", R, "all operators are operators on what a path finds"
    ),
    Meant(
        "json paths",
        r"\?\(@\.p\)|\?\(@\.p == '?1'?\)|\?\(@\.(total|name) ==",
        "",
        "",
        "",
        "filters are those of RFC 9535: no conversion, and only of members",
    ),
    Meant("json paths", '"absent"|"\\$"', "body ('no json'|''|None)$", N, F, "a text that is not JSON has no paths"),
    Meant("json paths", '"not": {"matchesJsonPath": "\\$"', "no json", F, N, "a text that is not JSON has no paths"),
    Meant("json paths", STEPS, "no json", N, F, "a text that is not JSON has no paths"),
    Meant("json paths", '"before"', "", N, F, "a number is not a year"),
    Meant("json paths", '"equalToJson": "5"', "", N, F, "a string is not the number in it"),
    Meant(
        "json paths", rf'({STEPS}).*equalToJson": "\[\]"', "", F, N, "a path that finds nothing finds an empty array"
    ),
    Meant(
        "schemas",
        "",
        "body ('5'|'no json'|'<total>)",
        N,
        F,
        "a text that is not JSON conforms to no schema, and 5 is not a string",
    ),
    Meant("schemas", '"format"', "", N, F, "formats are checked"),
    Meant("schemas", "nonsense", "", R, "", UNKNOWN),
    # XML
    Meant("xml", "NONE", "", F, N, "WireMock fits nothing without namespaces (NONE)"),
    Meant("", "", "DOCTYPE", N, F, "document type declarations are not read"),
    Meant("", "", "DOCTYPE", F, N, "document type declarations are not read"),
    Meant("", "", "CDATA", "", "", "CDATA is text"),
    Meant("xml", r"<\?pi", "", F, N, "processing instructions do not count"),
    Meant("xml", "", r"<\?pi", F, N, "processing instructions do not count"),
    Meant("xml", r"<a>t<b>", "", F, N, "texts between elements are compared (WireMock fails)"),
    Meant("xml", r"xmlunit\.ignore", "", F, N, "ignore stands for all that is in an element, in WireMock for one node"),
    Meant("xml", "nonsense|NONSENSE", "", R, "", UNKNOWN),
    Meant(
        "xml",
        "ELEMENT_TAG_NAME|CHILD_LOOKUP|CHILD_NODELIST|TEXT_VALUE",
        "",
        "",
        "",
        "several exempted comparisons pair elements otherwise",
    ),
    Meant("xpaths", r"//n:b\"|/a/\"", "", R, "", UNKNOWN),
    Meant("xpaths", "", "xmlns", "", "", "a name without prefix has no namespace (XPath 1.0)"),
    Meant("xpaths", r"count\(|boolean|not\(//|string\(|= ", "", N, F, "0, false and an empty text are nothing found"),
    Meant("xpaths", '"absent": true', "", F, N, "absent holds for a path that finds nothing"),
    Meant("xpaths", '"equalTo": "<b>1</b>"', "", F, N, "an element is seen as its XML"),
    # the rest
    Meant("multipart", "", "", N, F, "names of parts and files count (wiremock#3509)"),
    Meant("times", "", r"header '(20210501|2021|2021-05)'$", "", "", "a year or a month alone is not a time"),
    Meant("times", "", r"\+0200'$", "", "", "offsets may be without a colon"),
    Meant("times", '"qq"|"nonsense"', "", R, "", UNKNOWN),
    Meant(
        "times",
        "truncate|expectedOffset",
        "",
        "",
        "",
        "fixed and local times are moved and truncated too, in WireMock only now and times with a zone",
    ),
    Meant("times", r"now \+ 3 days", "", F, N, "spaces may stand around the sign"),
    Meant("times", r"now \+3 day\"", "", "", R, "units may be singular"),
)


def find_reason(family: str, difference: Difference) -> str:
    """Why the difference is meant; "" if it is not."""
    for row in MEANT:
        if (
            row.family in (family, "")
            and re.search(row.when, difference.when)
            and re.search(row.request, difference.request, re.DOTALL)
            and difference.mine.startswith(row.mine)
            and difference.theirs.startswith(row.theirs)
        ):
            return row.reason
    return ""
