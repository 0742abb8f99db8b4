"""Cases of operators on JSON and XML."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from benchmarks.operators.questions import Case, put, with_parts

JSON_BODIES: Final = (
    '{"a": 1, "b": [1, 2, 3]}',
    '{"b": [1, 2, 3], "a": 1}',
    '{"a": 1.0, "b": [1, 2, 3]}',
    '{"a": 1, "b": [3, 2, 1]}',
    '{"a": 1, "b": [1, 2, 3, 4]}',
    '{"a": 1, "b": [4, 1, 2, 3]}',
    '{"a": 1, "b": [1, 2, 3], "c": null}',
    '{"a": "1", "b": [1, 2, 3]}',
    '{"a": 1}',
    '{"a": "text", "b": []}',
    '{"a": true, "b": []}',
    '{"a": null, "b": []}',
    '{"a": {"x": 1}, "b": [{"x": 1}, {"y": 2}]}',
    '{"a": {"x": 1, "z": 3}, "b": [{"y": 2}, {"x": 1}]}',
    "[1, 2, 3]",
    "[3, 1, 2]",
    "[1, 2]",
    "[]",
    "{}",
    "1",
    "1.0",
    "1e0",
    '"1"',
    "null",
    "true",
    "",
    "not json",
    '{"a": 1',
    None,
)

EXPECTED_JSON: Final[Sequence[Any]] = (
    '{"a": 1, "b": [1, 2, 3]}',
    {"a": 1, "b": [1, 2, 3]},
    {"a": {"x": 1}, "b": [{"x": 1}, {"y": 2}]},
    "[1, 2, 3]",
    "[]",
    "{}",
    "1",
    "1.0",
    '"1"',
    "null",
    "true",
    {"a": "${json-unit.ignore}", "b": [1, 2, 3]},
    {"a": "${json-unit.any-string}", "b": []},
    {"a": "${json-unit.any-number}", "b": [1, 2, 3]},
    {"a": "${json-unit.any-boolean}", "b": []},
    {"a": "${json-unit.regex}[a-z]+", "b": []},
    {"a": "#{json-unit.any-number}#", "b": [1, 2, 3]},
    {"a": "${json-unit.regex}t", "b": []},
    {"a": "${json-unit.ignore-element}", "b": [1, 2, 3]},
    {"a": 1, "b": "${json-unit.ignore}"},
    {"a": 1, "b": [1, "${json-unit.any-number}", 3]},
    {"a": "${json-unit.nonsense}", "b": []},
    '"${json-unit.ignore}"',
)
JSON_OPTIONS: Final[Sequence[Mapping[str, bool]]] = (
    {},
    {"ignoreArrayOrder": True},
    {"ignoreExtraElements": True},
    {"ignoreArrayOrder": True, "ignoreExtraElements": True},
)

PATH_BODIES: Final = (
    '{"total": 5, "name": "Ann", "tags": ["a", "b"], "nested": {"x": {"y": "z"}}, "items": [{"p": 1}, {"p": 20}]}',
    '{"total": "5", "name": "", "tags": [], "nested": {}, "items": []}',
    '{"total": null, "name": null, "tags": null}',
    '{"total": 0, "name": "ann", "tags": ["c"], "items": [{"p": "1"}]}',
    '{"total": false, "tags": [["a"]], "items": {"p": 1}}',
    '{"total": 5.0, "tags": "a", "name": ["Ann"]}',
    '[{"total": 5, "name": "Ann"}, {"total": 6}]',
    "{}",
    "[]",
    '"text"',
    "5",
    "no json",
    "<total>5</total>",
    "",
    None,
)
PATHS: Final[Sequence[Any]] = (
    "$.total",
    "$.name",
    "$.tags",
    "$.tags[0]",
    "$.tags[*]",
    "$.tags[-1]",
    "$.nested.x.y",
    "$..y",
    "$..p",
    "$.items[?(@.p > 10)]",
    "$.items[?(@.p == 1)]",
    "$.items[?(@.p)]",
    "$[?(@.total == 5)]",
    "$[0].name",
    "$.tags.length()",
    "$",
    "$.*",
    "$['total','name']",
    "$.items[0:1]",
    "$.items[?(@.p == '1')]",
    "$.items[?(@.p =~ /1.*/)]",
    "$.items[?(@.p in [1, 2])]",
    "total",
    "$.items.size()",
    "$[?(@.name == 'Ann' && @.total > 4)]",
)
PATH_OPERATORS: Final[Sequence[Mapping[str, Any]]] = (
    {"equalTo": "5"},
    {"equalTo": "Ann"},
    {"equalTo": "ANN", "caseInsensitive": True},
    {"equalTo": "a"},
    {"equalTo": ""},
    {"equalTo": "null"},
    {"equalTo": "false"},
    {"contains": "n"},
    {"contains": "a"},
    {"doesNotContain": "a"},
    {"matches": "[0-9]+"},
    {"doesNotMatch": "[0-9]+"},
    {"absent": True},
    {"not": {"absent": True}},
    {"not": {"equalTo": "5"}},
    {"equalToJson": "5"},
    {"equalToJson": '["a", "b"]'},
    {"equalToJson": '{"y": "z"}', "ignoreExtraElements": True},
    {"equalToJson": "[]"},
    {"matchesJsonPath": "$.y"},
    {"and": [{"contains": "A"}, {"contains": "n"}]},
    {"or": [{"equalTo": "5"}, {"equalTo": "Ann"}]},
    {"includes": [{"equalTo": "a"}]},
    {"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]},
    {"hasExactly": [{"equalTo": "b"}, {"equalTo": "a"}]},
    {"before": "now"},
    {"binaryEqualTo": "NQ=="},
)
OPERATED_PATHS: Final = (
    "$.total",
    "$.name",
    "$.tags",
    "$.tags[*]",
    "$.tags[0]",
    "$..p",
    "$.nested.x",
    "$.items[?(@.p > 10)]",
)

SCHEMAS: Final[Sequence[Mapping[str, Any]]] = (
    {"matchesJsonSchema": {"type": "object", "required": ["total"]}},
    {"matchesJsonSchema": '{"type": "object", "properties": {"total": {"type": "integer"}}}'},
    {"matchesJsonSchema": {"type": "array"}},
    {"matchesJsonSchema": {"type": "string"}},
    {"matchesJsonSchema": {"type": "number", "exclusiveMinimum": True, "minimum": 5}, "schemaVersion": "V4"},
    {"matchesJsonSchema": {"const": 5}, "schemaVersion": "V6"},
    {"matchesJsonSchema": {"properties": {"tags": {"prefixItems": [{"const": "c"}]}}}, "schemaVersion": "V202012"},
    {"matchesJsonSchema": {"properties": {"tags": {"prefixItems": [{"const": "c"}]}}}, "schemaVersion": "V7"},
    {"matchesJsonSchema": {"properties": {"name": {"format": "email"}}}},
    {"matchesJsonSchema": {"type": "nonsense"}},
)

XML_BODIES: Final = (
    "<a><b>1</b><c x='1' y='2'/></a>",
    '<?xml version="1.0"?>\n<a>\n  <b> 1 </b>\n  <c y="2" x="1"></c>\n</a>',
    "<a><c x='1' y='2'/><b>1</b></a>",
    "<a><b>2</b><c x='1' y='2'/></a>",
    "<a><b>1</b><c x='1'/></a>",
    "<a><b>1</b><c x='9' y='2'/></a>",
    "<a><b>1</b></a>",
    "<a><!-- c --><b>1</b><c x='1' y='2'/></a>",
    "<a><b><![CDATA[1]]></b><c x='1' y='2'/></a>",
    "<n:a xmlns:n='urn:n'><n:b>1</n:b><n:c x='1' y='2'/></n:a>",
    "<m:a xmlns:m='urn:n'><m:b>1</m:b><m:c x='1' y='2'/></m:a>",
    "<a xmlns='urn:n'><b>1</b><c x='1' y='2'/></a>",
    "<a><b>1</b><b>2</b></a>",
    "<a><b>2</b><b>1</b></a>",
    "<a><b>text</b><c x='1' y='2'/></a>",
    "<a>t<b>1</b>u</a>",
    "<a>tu<b>1</b></a>",
    "<a><?pi d?><b>1</b><c x='1' y='2'/></a>",
    "<a><b>2020-01-01T00:00:00Z</b><c x='1' y='2'/></a>",
    "<a><b/><c x='1' y='2'/></a>",
    "<a><b>1</b><c x='1' y='2'/><d/></a>",
    "<a><b>1</b><c x='1' y='2' z='3'/></a>",
    "<a><b><x/>1</b><c x='1' y='2'/></a>",
    "<a/>",
    "<a></a>",
    "<A/>",
    "<a> </a>",
    "<a>x</a>",
    "<!DOCTYPE a [<!ENTITY e '1'>]><a><b>&e;</b><c x='1' y='2'/></a>",
    "<a><b>1</a>",
    "no xml",
    "{}",
    "",
    None,
)
XML_MATCHERS: Final[Sequence[Mapping[str, Any]]] = (
    {"equalToXml": "<a><b>1</b><c x='1' y='2'/></a>"},
    {"equalToXml": "<a/>"},
    {"equalToXml": "<a><b>1</b><b>2</b></a>"},
    {"equalToXml": "<a><b>1</b><b>2</b></a>", "ignoreOrderOfSameNode": True},
    {"equalToXml": "<a>t<b>1</b>u</a>"},
    {"equalToXml": "<a><!-- d --><b>1</b><c x='1' y='2'/></a>"},
    {"equalToXml": "<a><?pi d?><b>1</b><c x='1' y='2'/></a>"},
    {"equalToXml": "<a><?pi e?><b>1</b><c x='1' y='2'/></a>"},
    {"equalToXml": "<n:a xmlns:n='urn:n'><n:b>1</n:b><n:c x='1' y='2'/></n:a>"},
    {"equalToXml": "<n:a xmlns:n='urn:n'><n:b>1</n:b><n:c x='1' y='2'/></n:a>", "namespaceAwareness": "STRICT"},
    {"equalToXml": "<n:a xmlns:n='urn:n'><n:b>1</n:b><n:c x='1' y='2'/></n:a>", "namespaceAwareness": "LEGACY"},
    {"equalToXml": "<n:a xmlns:n='urn:n'><n:b>1</n:b><n:c x='1' y='2'/></n:a>", "namespaceAwareness": "NONE"},
    {"equalToXml": "<a><b>1</b><c x='1' y='2'/></a>", "namespaceAwareness": "NONE"},
    {"equalToXml": "<a xmlns='urn:m'><b>1</b><c x='1' y='2'/></a>", "exemptedComparisons": ["NAMESPACE_URI"]},
    {"equalToXml": "<a><b>${xmlunit.ignore}</b><c x='1' y='2'/></a>"},
    {"equalToXml": "<a><b>${xmlunit.ignore}</b><c x='1' y='2'/></a>", "enablePlaceholders": True},
    {"equalToXml": "<a><b>${xmlunit.isNumber}</b><c x='1' y='2'/></a>", "enablePlaceholders": True},
    {"equalToXml": "<a><b>${xmlunit.isDateTime}</b><c x='1' y='2'/></a>", "enablePlaceholders": True},
    {"equalToXml": "<a><b>${xmlunit.matchesRegex([a-z]+)}</b><c x='1' y='2'/></a>", "enablePlaceholders": True},
    {"equalToXml": "<a><b>${xmlunit.matchesRegex(e)}</b><c x='1' y='2'/></a>", "enablePlaceholders": True},
    {"equalToXml": "<a><b>1</b><c x='${xmlunit.ignore}' y='2'/></a>", "enablePlaceholders": True},
    {"equalToXml": "<a><b>1</b><c x='1' y='${xmlunit.isNumber}'/></a>", "enablePlaceholders": True},
    {"equalToXml": "<a><b> ${xmlunit.ignore} </b><c x='1' y='2'/></a>", "enablePlaceholders": True},
    {"equalToXml": "<a><b>x${xmlunit.ignore}</b><c x='1' y='2'/></a>", "enablePlaceholders": True},
    {"equalToXml": "<a>${xmlunit.ignore}</a>", "enablePlaceholders": True},
    {"equalToXml": "<a><b>${xmlunit.nonsense}</b><c x='1' y='2'/></a>", "enablePlaceholders": True},
    {
        "equalToXml": "<a><b>[[xmlunit.ignore]]</b><c x='1' y='2'/></a>",
        "enablePlaceholders": True,
        "placeholderOpeningDelimiterRegex": "\\[\\[",
        "placeholderClosingDelimiterRegex": "]]",
    },
    {
        "equalToXml": "<a><b>%xmlunit.isNumber%</b><c x='1' y='2'/></a>",
        "enablePlaceholders": True,
        "placeholderOpeningDelimiterRegex": "%",
        "placeholderClosingDelimiterRegex": "%",
    },
    {
        "equalToXml": "<a><b>${xmlunit.ignore]]</b><c x='1' y='2'/></a>",
        "enablePlaceholders": True,
        "placeholderClosingDelimiterRegex": "]]",
    },
    {
        "equalToXml": "<a><b>[[xmlunit.ignore]]</b><c x='1' y='2'/></a>",
        "placeholderOpeningDelimiterRegex": "\\[\\[",
        "placeholderClosingDelimiterRegex": "]]",
    },
    *(
        {"equalToXml": "<a><b>1</b><c x='1' y='2'/></a>", "exemptedComparisons": [name]}
        for name in (
            "ATTR_NAME_LOOKUP",
            "ATTR_VALUE",
            "CHILD_LOOKUP",
            "CHILD_NODELIST_LENGTH",
            "ELEMENT_NUM_ATTRIBUTES",
            "ELEMENT_TAG_NAME",
            "NAMESPACE_URI",
            "NODE_TYPE",
            "TEXT_VALUE",
        )
    ),
    {"equalToXml": "<a><b>1</b><c x='1' y='2'/></a>", "exemptedComparisons": ["ATTR_VALUE", "TEXT_VALUE"]},
    {"equalToXml": "<A><b>1</b><c x='1' y='2'/></A>", "exemptedComparisons": ["ELEMENT_TAG_NAME"]},
    {"equalToXml": "<a><b>1</b><c x='1' y='2'/></a>", "exemptedComparisons": ["NONSENSE"]},
    {"equalToXml": "<a><b>1</a>"},
    {"equalToXml": ""},
)
XPATHS: Final[Sequence[Mapping[str, Any]]] = (
    *(
        {"matchesXPath": path}
        for path in (
            "/a/b",
            "//b",
            "/a/b/text()",
            "/a/b[text()='1']",
            "/a/c/@x",
            "/a/c[@x='1']",
            "/a[count(b)=2]",
            "count(//b)",
            "count(//z)",
            "string(/a/b)",
            "/a/b = '1'",
            "boolean(//z)",
            "//*[local-name()='b']",
            "//b[contains(text(), 'e')]",
            "//n:b",
            "/a/b[2]",
            "not(//b)",
            "//b[position()=last()]",
            "//@*",
            "/a/",
        )
    ),
    {"matchesXPath": "//n:b", "xPathNamespaces": {"n": "urn:n"}},
    {"matchesXPath": "//q:b/text()", "xPathNamespaces": {"q": "urn:n"}},
    {"matchesXPath": {"expression": "//q:b/text()", "equalTo": "1"}, "xPathNamespaces": {"q": "urn:n"}},
    {"matchesXPath": {"expression": "/a/b/text()", "equalTo": "1"}},
    {"matchesXPath": {"expression": "/a/b", "equalTo": "1"}},
    {"matchesXPath": {"expression": "/a/b", "equalTo": "<b>1</b>"}},
    {"matchesXPath": {"expression": "/a/b", "equalToXml": "<b>1</b>"}},
    {"matchesXPath": {"expression": "/a/b", "equalToXml": "<b>2</b>"}},
    {"matchesXPath": {"expression": "/a/c/@x", "equalTo": "1"}},
    {"matchesXPath": {"expression": "/a/c/@x", "matches": "[0-9]"}},
    {"matchesXPath": {"expression": "//b/text()", "contains": "e"}},
    {"matchesXPath": {"expression": "//b/text()", "absent": True}},
    {"matchesXPath": {"expression": "//b/text()", "not": {"equalTo": "1"}}},
    {"matchesXPath": {"expression": "//b/text()", "doesNotContain": "1"}},
    {"matchesXPath": {"expression": "count(//b)", "equalTo": "2"}},
    {"matchesXPath": {"expression": "count(//b)", "matches": "2(\\.0)?"}},
    {"matchesXPath": {"expression": "string(/a/b)", "equalTo": "1"}},
    {"matchesXPath": {"expression": "name(/*)", "equalTo": "a"}},
)


def json_cases() -> Iterator[Case]:
    for expected in EXPECTED_JSON:
        for options in JSON_OPTIONS:
            yield put("body", {"equalToJson": expected, **options}, JSON_BODIES)
    yield put("query", {"equalToJson": '{"a": 1}'}, ['{"a":1}', '{"a": 1.0}', None, ["x", '{"a":1}']])
    yield put("headers", {"equalToJson": '{"a": 1}'}, ['{"a":1}', '{"a": 2}', None])


def path_cases_of_json() -> Iterator[Case]:
    for path in PATHS:
        yield put("body", {"matchesJsonPath": path}, PATH_BODIES)
    for path in OPERATED_PATHS:
        for operator in PATH_OPERATORS:
            yield put("body", {"matchesJsonPath": {"expression": path, **operator}}, PATH_BODIES)
    for path in PATHS:
        yield put("body", {"not": {"matchesJsonPath": path}}, PATH_BODIES)
    yield put("query", {"matchesJsonPath": "$.a"}, ['{"a":1}', '{"b":1}', None])


def schema_cases() -> Iterator[Case]:
    for matcher in SCHEMAS:
        yield put("body", matcher, PATH_BODIES)


def xml_cases() -> Iterator[Case]:
    for matcher in XML_MATCHERS:
        yield put("body", matcher, XML_BODIES)


def xpath_cases() -> Iterator[Case]:
    for matcher in XPATHS:
        yield put("body", matcher, XML_BODIES)


def multipart_cases() -> Iterator[Case]:
    disposition = "Content-Disposition: form-data"
    file_head = f'{disposition}; name="file"; filename="f.txt"\r\nContent-Type: text/plain'
    requests = [
        with_parts(('Content-Disposition: form-data; name="a"', "1")),
        with_parts(('Content-Disposition: form-data; name="b"', "1")),
        with_parts(
            ('Content-Disposition: form-data; name="a"', "2"), ('Content-Disposition: form-data; name="b"', "1")
        ),
        with_parts(('content-disposition: form-data; name="a"', "1"), (file_head, "text")),
        with_parts((file_head, '{"x": 1}')),
        with_parts(('Content-Disposition: form-data; name="A"', "1")),
        with_parts(),
        *put("body", {}, ["1", None]).requests,
    ]
    for part in (
        {"name": "a"},
        {"name": "a", "body": [{"equalTo": "1"}]},
        {"body": [{"equalTo": "1"}]},
        {"matchingType": "ALL", "body": [{"equalTo": "1"}]},
        {"matchingType": "ANY", "body": [{"equalTo": "1"}]},
        {"matchingType": "ALL", "name": "a"},
        {"name": "file", "headers": {"Content-Type": {"contains": "text"}}},
        {"name": "file", "body": [{"equalToJson": '{"x": 1}'}]},
        {"headers": {"Content-Disposition": {"contains": 'name="file"'}}},
        {"fileName": "f.txt"},
        {"headers": {"X-None": {"absent": True}}},
        {"name": "a", "body": [{"not": {"equalTo": "1"}}]},
        {"body": [{"contains": "1"}, {"doesNotContain": "2"}]},
    ):
        yield Case(when={"multipart": [part]}, requests=requests)
    yield Case(when={"multipart": [{"name": "a"}, {"name": "b"}]}, requests=requests)
