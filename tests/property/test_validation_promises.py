"""Whatever a request holds, checking it ends with faults or none, never with an exception."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mockwave.answers.variants import decode_request_rules
from mockwave.openapi import read_specification
from mockwave.validation.request_checks import RequestCheck

SCHEMAS = {
    "list": "{type: array, items: {type: integer}}",
    "point": "{type: object, properties: {x: {type: integer}, y: {type: array}}, additionalProperties: true}",
    "number": "{type: [number, 'null'], enum: [1, 1.5, null]}",
    "tree": "{$ref: '#/components/schemas/Tree'}",
}
STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
PARAMETERS = ", ".join(
    f"{{name: {location}{style}{name}{explode}, in: {location}, style: {style}, explode: {explode}, schema: {schema}}}"
    for location, styles in STYLES.items()
    for style in styles
    for name, schema in SCHEMAS.items()
    for explode in ("true", "false")
)
MEDIA_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
CONTENT = ", ".join(f"{media_type}: {{schema: {SCHEMAS['tree']}}}" for media_type in MEDIA_TYPES)
DOCUMENT = f"""
openapi: 3.1.0
info: {{title: t, version: "1"}}
components:
  securitySchemes: {{basic: {{type: http, scheme: basic}}, digest: {{type: http, scheme: digest}}}}
  schemas:
    Tree: {{type: object, properties: {{p: {{$ref: '#/components/schemas/Tree'}}, q: {{type: array, items: true}}}}}}
paths:
  /a:
    post:
      security: [{{basic: []}}, {{digest: []}}]
      parameters: [{PARAMETERS}]
      requestBody: {{content: {{{CONTENT}}}}}
      responses: {{'200': {{description: d}}}}
"""
IMPORTED = read_specification(DOCUMENT)
CHECK = RequestCheck(decode_request_rules(IMPORTED.operations[0].variants, IMPORTED.parts), "the operation")
NAMES = [parameter.name for parameter in CHECK._rules.parameters]

PIECES = st.sampled_from(
    [
        b"=",
        b"&",
        b",",
        b";",
        b".",
        b"|",
        b"%",
        b"%2C",
        b"%20",
        b"[",
        b"]",
        b"[x]",
        b"p",
        b"q",
        b"x",
        b"1",
        b"1.5",
        b"{}",
    ]
    + [b'{"p":', b"--x", b"\r\n", b'Content-Disposition: form-data; name="p"', b"\xff", b"\x00"]
    + [name.encode() for name in NAMES]
)
TEXTS = st.lists(PIECES | st.binary(max_size=3), max_size=12).map(b"".join)
CONTENT_TYPES = st.sampled_from([*MEDIA_TYPES, "multipart/form-data; boundary=x", "multipart/form-data; boundary=\x80"])


@settings(max_examples=300)
@given(
    path=st.dictionaries(st.sampled_from(NAMES), TEXTS),
    query=TEXTS,
    headers=st.dictionaries(st.sampled_from([*NAMES, "cookie", "authorization"]), TEXTS),
    content_type=CONTENT_TYPES,
    body=TEXTS,
)
def test_no_request_makes_checking_fail(
    path: dict[str, bytes], query: bytes, headers: dict[str, bytes], content_type: str, body: bytes
) -> None:
    pairs = [(name.lower().encode(), value) for name, value in headers.items()]
    pairs.append((b"content-type", content_type.encode("latin-1")))
    faults = CHECK.find_faults(path, query, pairs, body)
    assert faults is None or faults.violations
