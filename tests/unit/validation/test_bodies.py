"""Bodies: media types, JSON within its bounds, forms with their encodings, text."""

import pytest

from mockwave.bodies.media_types import choose_range, covers
from tests.unit.validation.conftest import FindFaults, as_json, find_faults_of, shown, write_document

BOUNDARY = "multipart/form-data; boundary=x"
TREE = "{type: object, properties: {child: {$ref: '#/paths/~1a/post/requestBody/content/application~1json/schema'}}}"


def write_multipart(*parts: tuple[str, str, str]) -> bytes:
    """Parts of (name, headers, text)."""
    written = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n{headers}\r\n{text}\r\n'
        for name, headers, text in parts
    ]
    return ("".join(written) + "--x--\r\n").encode()


@pytest.mark.parametrize(
    ("declared", "sent", "is_checked"),
    [
        ("applicationjson;version=2018-01-01", "applicationjson;version=2018-01-01", True),
        ("applicationjson;version=2018-01-01", "application/json", True),
        ("json", "json", True),
        ("application/json", "JSON; charset=utf-8", True),
        ("no type", "no type", False),
        ("*/*", "no type", False),
    ],
)
def test_who_names_a_body_as_the_document_does_is_understood(
    faults_with_body: FindFaults, declared: str, sent: str, is_checked: bool
) -> None:
    """A document that writes `applicationjson` for the type of a body had its own clients refused with 415, as */* did
    a Content-Type without a slash (loket.nl, found in the corpus)."""
    schema = "{type: object, required: [id]}"
    assert faults_with_body(declared, schema, b'{"id": 1}', content_type=sent) is None
    assert shown(faults_with_body(declared, schema, b"{}", content_type=sent)) == (
        [("body", "", "required")] if is_checked else []
    )


def test_a_media_type_that_is_not_declared_is_not_what_anything_covers(faults_with_body: FindFaults) -> None:
    for sent in ("text/plain", "no type", "xml"):
        faults = faults_with_body("application/json", "{}", b"1", content_type=sent)
        assert faults is not None
        assert faults.status == 415


def test_every_violation_of_a_json_body_has_its_pointer(faults_with_body: FindFaults) -> None:
    schema = "{type: object, required: [id], properties: {'a/b': {type: integer}, list: {items: {type: boolean}}}}"
    faults = faults_with_body("application/json", schema, as_json({"a/b": "x", "list": [True, 1]}))
    assert faults is not None
    assert faults.status == 422
    assert sorted(shown(faults)) == [("body", "", "required"), ("body", "/a~1b", "type"), ("body", "/list/1", "type")]


@pytest.mark.parametrize("body", [b"{", b"", b"nonsense", b"[" * 100_000, b"NaN", b'"\xff"', b"1e999"])
def test_what_is_no_json_is_refused(faults_with_body: FindFaults, body: bytes) -> None:
    faults = faults_with_body("application/json", "{}", body)
    assert shown(faults) == ([("body", "", "json")] if body else [])


def test_a_body_nested_too_deeply_is_refused_before_it_is_checked(faults_with_body: FindFaults) -> None:
    deep, flat = b'{"child":' * 300 + b"{}" + b"}" * 300, as_json({"list": [{}] * 300})
    assert shown(faults_with_body("application/json", TREE, deep)) == [("body", "", "depth")]
    assert faults_with_body("application/json", TREE, flat) is None


def test_a_pattern_that_takes_too_long_is_told_from_one_that_does_not_match(faults_with_body: FindFaults) -> None:
    slow = as_json("a" * 60 + "!")
    assert shown(faults_with_body("application/json", r"{pattern: '^(?:(?=a)a|a)*b$'}", slow)) == [
        ("body", "", "pattern-limit")
    ]
    assert shown(faults_with_body("application/json", "{pattern: '^a$'}", as_json("b"))) == [("body", "", "pattern")]


def test_a_schema_with_a_pattern_that_cannot_be_compiled_is_checked_without_it(faults_with_body: FindFaults) -> None:
    schema = r"{type: string, pattern: '^a\Z', minLength: 2}"
    assert faults_with_body("application/json", schema, as_json("bb")) is None
    assert shown(faults_with_body("application/json", schema, as_json("b"))) == [("body", "", "minLength")]


def test_the_other_patterns_of_such_a_schema_are_checked(faults_with_body: FindFaults) -> None:
    schema = r"{properties: {a: {pattern: '^a\Z'}, b: {pattern: '^b$'}}}"
    assert faults_with_body("application/json", schema, as_json({"a": "x", "b": "b"})) is None
    assert shown(faults_with_body("application/json", schema, as_json({"b": "x"}))) == [("body", "/b", "pattern")]


def test_names_beside_a_pattern_that_cannot_be_compiled_are_not_refused(faults_with_body: FindFaults) -> None:
    schema = r"{patternProperties: {'^a\Z': {}, '^b': {type: integer}}, additionalProperties: false}"
    assert faults_with_body("application/json", schema, as_json({"a": 1})) is None
    assert shown(faults_with_body("application/json", schema, as_json({"b": "x"}))) == [("body", "/b", "type")]


@pytest.mark.parametrize(
    ("declared", "sent", "is_taken"),
    [
        ("application/json", "application/json; charset=utf-8", True),
        ("application/json", "APPLICATION/JSON", True),
        ("application/json", "application/vnd.api+json", False),
        ("application/*", "application/xml", True),
        ("application/*+json", "application/vnd.api+json", True),
        ("application/*+json", "application/xml", False),
        ("*/*", "text/plain", True),
        ("text/*", "image/png", False),
    ],
)
def test_a_media_type_outside_of_those_declared_is_unsupported(
    faults_with_body: FindFaults, declared: str, sent: str, is_taken: bool
) -> None:
    faults = faults_with_body(declared, "{}", b"1", content_type=sent)
    assert (faults is None) is is_taken
    assert faults is None or (faults.status, shown(faults)) == (415, [("header", "/content-type", "media-type")])
    assert covers(declared, sent) is is_taken


def test_the_narrowest_range_is_chosen() -> None:
    ranges = ["*/*", "application/*", "application/*+json", "application/vnd.api+json"]
    assert choose_range(ranges, "application/vnd.api+json") == 3
    assert choose_range(ranges, "application/x+json") == 2
    assert choose_range(ranges, "application/xml") == 1
    assert choose_range(ranges, "text/plain") == 0


def test_a_body_where_none_is_declared_is_unsupported() -> None:
    document = write_document("summary: takes nothing")
    assert find_faults_of(document) is None
    faults = find_faults_of(document, body=b"x")
    assert faults is not None
    assert faults.status == 415


def test_a_required_body_may_not_be_missing_and_another_may() -> None:
    content = "content: {application/json: {schema: {type: object}}}"
    assert find_faults_of(write_document(f"requestBody: {{{content}}}")) is None
    faults = find_faults_of(write_document(f"requestBody: {{required: true, {content}}}"))
    assert shown(faults) == [("body", "", "required")]


def test_read_only_properties_are_not_asked_of_a_request(faults_with_body: FindFaults) -> None:
    schema = "{type: object, required: [id], properties: {id: {type: integer, readOnly: true}}}"
    assert faults_with_body("application/json", schema, b"{}") is None


PETS = """{schemas: {
    Cat: {type: object, properties: {kind: {type: string}, lives: {type: integer}}},
    Dog: {type: object, properties: {kind: {type: string}, lives: {type: string}}},
    Pet: {
        oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}, {required: [odd]}],
        discriminator: {propertyName: kind, mapping: {hound: '#/components/schemas/Dog', puppy: Dog}}
    }
}}"""


@pytest.mark.parametrize(
    ("body", "is_valid"),
    [
        ({"kind": "Cat"}, True),
        ({"kind": "Cat", "lives": 9}, True),
        ({"kind": "Dog", "lives": 9}, False),
        ({"kind": "hound", "lives": "one"}, True),
        ({"kind": "puppy"}, True),
        ({"kind": "cow"}, False),
        ({"lives": 9}, False),
        ({"odd": 1}, True),
    ],
)
def test_a_discriminator_tells_which_alternative_a_body_is(body: dict[str, object], is_valid: bool) -> None:
    content = "content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}"
    document = write_document(f"requestBody: {{{content}}}", PETS)
    faults = find_faults_of(document, headers={"content-type": "application/json"}, body=as_json(body))
    assert (faults is None) is is_valid


def test_a_urlencoded_form_is_read_by_its_schema(faults_with_body: FindFaults) -> None:
    schema = "{required: [id], properties: {id: {type: integer}, tags: {type: array, items: {enum: [a, 'b c']}}}}"
    form = "application/x-www-form-urlencoded"
    assert faults_with_body(form, schema, b"id=5&tags=a&tags=b+c") is None
    assert shown(faults_with_body(form, schema, b"id=five&tags=a")) == [("body", "/id", "type")]
    assert sorted(shown(faults_with_body(form, schema, b"tags=d"))) == [
        ("body", "", "required"),
        ("body", "/tags/0", "enum"),
    ]


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("{style: form, explode: false}", b"p=3,4"),
        ("{style: form, explode: false}", b"p=3%2C4"),
        ("{style: form}", b"p=3&p=4"),
        ("{style: spaceDelimited, explode: false}", b"p=3+4"),
        ("{style: pipeDelimited, explode: false}", b"p=3%7C4"),
    ],
)
def test_fields_are_written_as_their_encoding_says(faults_with_body: FindFaults, encoding: str, body: bytes) -> None:
    schema = "{properties: {p: {type: array, minItems: 2, items: {type: integer}}}}"
    form = "application/x-www-form-urlencoded"
    assert faults_with_body(form, schema, body, encoding=f"{{p: {encoding}}}") is None
    assert faults_with_body(form, schema, b"p=3", encoding=f"{{p: {encoding}}}") is not None


def test_a_deep_object_of_a_form_is_put_together(faults_with_body: FindFaults) -> None:
    schema = "{properties: {p: {type: object, required: [x], properties: {x: {type: integer}}}}}"
    form, encoding = "application/x-www-form-urlencoded", "{p: {style: deepObject, explode: true}}"
    assert faults_with_body(form, schema, b"p[x]=1", encoding=encoding) is None
    assert shown(faults_with_body(form, schema, b"p[x]=one", encoding=encoding)) == [("body", "/p/x", "type")]


def test_reserved_characters_are_refused_only_where_the_encoding_says_so(faults_with_body: FindFaults) -> None:
    schema, form = "{properties: {p: {type: string}}}", "application/x-www-form-urlencoded"
    assert faults_with_body(form, schema, b"p=a/b", encoding="{p: {allowReserved: true}}") is None
    assert faults_with_body(form, schema, b"p=a%2Fb", encoding="{p: {allowReserved: false}}") is None
    faults = faults_with_body(form, schema, b"p=a/b", encoding="{p: {allowReserved: false}}")
    assert shown(faults) == [("body", "/p", "allowReserved")]


def test_a_form_without_any_declared_field_is_refused(faults_with_body: FindFaults) -> None:
    form = "application/x-www-form-urlencoded"
    assert shown(faults_with_body(form, "{properties: {p: {}}}", b"q=1")) == [("body", "", "fields")]
    assert faults_with_body(form, "{properties: {p: {}}}", b"q=1&p=2") is None
    assert faults_with_body(form, "{properties: {p: {}}, additionalProperties: true}", b"q=1") is None


def test_a_multipart_form_is_read_by_its_schema(faults_with_body: FindFaults) -> None:
    schema = """{required: [id, file], properties: {
        id: {type: integer}, file: {type: string, format: binary}, point: {type: object, required: [x]},
        tags: {type: array, items: {type: boolean}}}}"""
    valid = write_multipart(
        ("id", "", "5"),
        ("file", "Content-Type: image/png\r\n", "bytes"),
        ("point", "Content-Type: application/json\r\n", '{"x": 1}'),
        ("tags", "", "true"),
        ("tags", "", "false"),
    )
    assert faults_with_body("multipart/form-data", schema, valid, content_type=BOUNDARY) is None
    invalid = write_multipart(("id", "", "five"), ("file", "", ""), ("point", "", "{}"))
    assert sorted(shown(faults_with_body("multipart/form-data", schema, invalid, content_type=BOUNDARY))) == [
        ("body", "/id", "type"),
        ("body", "/point", "required"),
    ]


def test_parts_have_the_media_type_that_their_encoding_names(faults_with_body: FindFaults) -> None:
    schema, encoding = "{properties: {f: {type: string}}}", "{f: {contentType: 'image/png, image/*'}}"
    png, text = (write_multipart(("f", f"Content-Type: {kind}\r\n", "x")) for kind in ("image/gif", "text/plain"))
    assert faults_with_body("multipart/form-data", schema, png, content_type=BOUNDARY, encoding=encoding) is None
    faults = faults_with_body("multipart/form-data", schema, text, content_type=BOUNDARY, encoding=encoding)
    assert shown(faults) == [("body", "/f", "contentType")]


def test_a_multipart_form_cut_short_or_without_a_boundary_is_refused(faults_with_body: FindFaults) -> None:
    body = write_multipart(("a", "", "1"))
    faults = faults_with_body("multipart/form-data", "{}", body[:-8], content_type=BOUNDARY)
    assert shown(faults) == [("body", "", "multipart")]
    faults = faults_with_body("multipart/form-data", "{}", body)
    assert faults is not None
    assert faults.status == 415


def test_text_is_checked_as_what_its_schema_takes(faults_with_body: FindFaults) -> None:
    assert faults_with_body("text/plain", "{type: integer}", b"5") is None
    assert shown(faults_with_body("text/plain", "{type: integer}", b"five")) == [("body", "", "type")]


def test_xml_and_bytes_are_taken_as_they_are(faults_with_body: FindFaults) -> None:
    assert faults_with_body("application/xml", "{type: object}", b"<a/>") is None
    assert faults_with_body("application/octet-stream", "{type: string}", b"\x00\xff") is None


def test_what_is_compressed_is_taken_as_it_is() -> None:
    document = write_document("requestBody: {content: {application/json: {schema: {type: object}}}}")
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert find_faults_of(document, headers=headers, body=b"\x1f\x8b") is None
    assert find_faults_of(document, headers={**headers, "content-encoding": "identity"}, body=b"\x1f") is not None


@pytest.mark.parametrize(("text", "is_valid"), [("aGk=", True), ("aGk", False), ("?", False), ("", True)])
def test_byte_is_base64(faults_with_body: FindFaults, text: str, is_valid: bool) -> None:
    faults = faults_with_body("application/json", "{type: string, format: byte}", as_json(text))
    assert (faults is None) is is_valid


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (b'{"a": 1}', []),
        (b'{"a": "x"}', [("body", "/a", "type")]),
        (b"a: 1", [("body", "", "json")]),
    ],
)
def test_a_text_that_should_be_an_object_is_json(
    faults_with_body: FindFaults, text: bytes, faults: list[tuple[str, str, str]]
) -> None:
    """Documents that list text/plain beside application/json for one schema could not be sent text at all."""
    schema = "{type: object, properties: {a: {type: integer}}}"
    assert shown(faults_with_body("text/plain", schema, text)) == faults


@pytest.mark.parametrize("media_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_form_that_should_be_a_text_is_its_own_text(faults_with_body: FindFaults, media_type: str) -> None:
    """A file declared as the whole form (`type: string, format: binary`) was refused whatever was sent."""
    content_type = f"{media_type}; boundary=x"
    body = write_multipart(("file", "", "abc"))
    schema = "{type: string, format: binary, minLength: 3}"
    assert faults_with_body(media_type, schema, body, content_type=content_type) is None
    assert shown(faults_with_body(media_type, schema, b"ab", content_type=content_type)) == [("body", "", "minLength")]


@pytest.mark.parametrize(
    ("content_type", "required", "faults"),
    [
        ("application/x-www-form-urlencoded; charset=utf-8", "[]", []),
        ("application/x-www-form-urlencoded", "[a]", [("body", "", "required")]),
        ("", "[]", [("body", "", "required")]),
        ("text/plain", "[]", [("body", "", "required")]),
    ],
)
def test_a_form_without_fields_is_a_body(content_type: str, required: str, faults: list[tuple[str, str, str]]) -> None:
    """A form with none of its optional fields has no bytes; it counted as a missing body."""
    schema = f"{{type: object, properties: {{a: {{type: string}}}}, required: {required}}}"
    content = f'{{"application/x-www-form-urlencoded": {{schema: {schema}}}, "text/plain": {{}}}}'
    document = write_document(f"requestBody: {{required: true, content: {content}}}")
    headers = {"content-type": content_type} if content_type else {}
    assert shown(find_faults_of(document, headers=headers)) == faults


def test_a_field_that_is_required_is_declared(faults_with_body: FindFaults) -> None:
    """Forms that require what they do not describe refused every request, for none of its fields being declared."""
    schema = "{type: object, properties: {a: {type: string}}, required: [b]}"
    assert faults_with_body("application/x-www-form-urlencoded", schema, b"b=1") is None
    assert shown(faults_with_body("application/x-www-form-urlencoded", schema, b"c=1")) == [("body", "", "fields")]


def test_a_discriminator_has_no_name_for_an_alternative_that_has_none(faults_with_body: FindFaults) -> None:
    """The last token of a reference into a list was taken for a name: `type` had to be "0"."""
    inline = "{$ref: '#/paths/~1a/post/requestBody/content/application~1json/schema/x-parts/0'}"
    part = "{type: object, properties: {type: {enum: [on]}, n: {type: integer}}}"
    mapping = "{propertyName: type, mapping: {on: elsewhere.yml}}"
    schema = f"{{x-parts: [{part}], oneOf: [{inline}], discriminator: {mapping}}}"
    assert faults_with_body("application/json", schema, as_json({"type": "on", "n": 1})) is None
    assert shown(faults_with_body("application/json", schema, as_json({"type": "on", "n": "x"})))


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        (b"p[0][n]=1&p[1][n]=2", []),
        (b"p[][n]=1", []),
        (b"p=", []),
        (b"p[0][n]=x", ["anyOf"]),
        (b"q[0][n]=1", ["fields"]),
    ],
)
def test_an_array_of_objects_is_read_as_a_deep_object(
    faults_with_body: FindFaults, body: bytes, rules: list[str]
) -> None:
    """Stripe's clients write their lists so, `line_items[0][price]=…`; none was found."""
    items = "{type: object, required: [n], properties: {n: {type: integer}}}"
    schema = f"{{properties: {{p: {{anyOf: [{{type: array, items: {items}}}, {{enum: ['']}}]}}}}, required: [p]}}"
    encoding = "{p: {style: deepObject, explode: true}}"
    found = faults_with_body("application/x-www-form-urlencoded", schema, body, encoding=encoding)
    assert [rule for _, _, rule in shown(found)] == rules
