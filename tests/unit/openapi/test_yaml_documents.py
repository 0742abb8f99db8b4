"""YAML as YAML 1.2 has it: merge keys, aliases, odd scalars, and the ways in which a text can be hostile."""

import json

import pytest

from mockwave.openapi import SpecificationError
from mockwave.openapi.document.document import read_document
from mockwave.openapi.document.report import Problems


def refusal(text: str) -> str:
    with pytest.raises(SpecificationError) as caught:
        read_document(text)
    return caught.value.problems[0].message


def test_keys_that_are_no_strings_become_what_json_would_write() -> None:
    assert read_document("200: a\n1.5: b\ntrue: c\n~: d\n") == {"200": "a", "1.5": "b", "true": "c", "null": "d"}


def test_keys_that_become_one_are_an_error() -> None:
    assert "twice" in refusal("200: a\n'200': b\n")


def test_merge_keys_bring_what_the_mapping_has_not() -> None:
    text = "base: &b {x: 1, y: 2}\nmore: &m {z: 4}\none: {<<: *b, y: 3}\ntwo:\n  <<: [*b, *m]\n"
    assert read_document(text)["one"] == {"y": 3, "x": 1}
    assert read_document(text)["two"] == {"x": 1, "y": 2, "z": 4}


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("99999999999999999999999", 99999999999999999999999),
        (r'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        ("yes", "yes"),
        ("0644", 644),
        ("-012", -12),
        ("0o14", 12),
        ("+0o14", "+0o14"),
        ("0b11", "0b11"),
        ("0x1F", 31),
        ("-0x1F", "-0x1F"),
        ("0x" + "f" * 40, 2**160 - 1),
        ("9" * 60, 10**60 - 1),
        (".5", 0.5),
        ("+12", 12),
        ("012.5", 12.5),
        ("1e400", "1e400"),
        ("on", "on"),
        ("Null", None),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("! 12", "12"),
        ("!mine 12", 12),
        ("!!binary aGk=", "aGk="),
        ("!!timestamp 2001-01-01", "2001-01-01"),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("2020-01-01", "2020-01-01"),
        ("1e3", 1000.0),
        ("~", None),
    ],
)
@pytest.mark.parametrize("companion", ["", "\nbig: 99999999999999999999999\n"], ids=["fast", "slow"])
def test_scalars_are_the_same_on_the_fast_way_and_on_the_slow_one(scalar: str, value: object, companion: str) -> None:
    """0644 and 012 were strings, 0b11 a number, integers of 39 digits and more floats, and a scalar with a tag of its
    own an object (YAML 1.2 §10.3.2)."""
    read = read_document(f"a: {scalar}{companion}")["a"]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x7f", "\x80", "\x9f", "\ufffe", "\uffff"])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: x{0}y\n", "x{0}y"),
        ("a: 'x{0}y'\n", "x{0}y"),
        ('a: "x{0}y"\n', "x{0}y"),
        ("a: |\n  x{0}y\n  z\n", "x{0}y\nz\n"),
        ("a: >\n  x{0}y\n  z\n", "x{0}y z\n"),
        ("a: 1 # x{0}y\n", 1),
        ("a: [x{0}y, &b c, *b]\n", ["x{0}y", "c", "c"]),
        ("a: {{x{0}y: 1}}\n", {"x{0}y": 1}),
    ],
)
def test_only_carriage_returns_and_line_feeds_break_lines(text: str, value: object, character: str) -> None:
    """U+2028, U+2029 and U+0085 in a plain scalar, a block scalar or a comment refused the whole document, and in
    quotes they became spaces; DEL and U+0080 in quotes refused it, too (YAML 1.2 §5.4, §5.1)."""
    expected = json.loads(json.dumps(value).replace("{0}", json.dumps(character)[1:-1]))
    assert read_document(text.format(character)) == {"a": expected}


def test_a_document_may_use_the_characters_that_take_the_place_of_others() -> None:
    text = "a: \ue000\u2028\ue001\nb: \"\\ue002\x7f\"\nc: '\\ue003'\n"
    assert read_document(text) == {"a": "\ue000\u2028\ue001", "b": "\ue002\x7f", "c": "\\ue003"}


def test_escapes_of_surrogates_are_characters_in_double_quotes_alone() -> None:
    text = "a: \"\\ud83d\\uDE00 \\\\ud83d\"\nb: '\\ud83d\\uDE00'\nc: |\n  \\U0000d83d\n"
    assert read_document(text) == {
        "a": "\N{GRINNING FACE} \\ud83d",
        "b": "\\ud83d\\uDE00",
        "c": "\\U0000d83d\n",
    }


@pytest.mark.parametrize(
    ("text", "value", "pointer"),
    [
        ("a: {0}\n", {"a": None}, "/a"),
        ("a: [1, {0}]\n", {"a": [1, None]}, "/a/1"),
        ("a: {{b: {0}}}\n", {"a": {"b": None}}, "/a/b"),
    ],
)
@pytest.mark.parametrize("scalar", [".inf", "-.Inf", "+.INF", ".nan", ".NaN"])
def test_what_json_has_no_number_for_is_null_and_reported(text: str, value: object, pointer: str, scalar: str) -> None:
    """Infinities came as far as the bodies, where they became null in silence."""
    problems = Problems()
    assert read_document(text.format(scalar), problems) == value
    assert [problem.pointer for problem in problems.as_list()] == [pointer]


def test_a_json_number_beyond_all_is_null_and_reported() -> None:
    problems = Problems()
    assert read_document('{"a": [1e400, -1e999, 1e308]}', problems) == {"a": [None, None, 1e308]}
    assert [problem.pointer for problem in problems.as_list()] == ["/a/0", "/a/1"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1: a\ntrue: b\n", {"1": "a", "true": "b"}),
        ("1: a\n1.0: b\n", {"1": "a", "1.0": "b"}),
        ("0: a\nfalse: b\n", {"0": "a", "false": "b"}),
        ("0200: a\n", {"200": "a"}),
        (".inf: a\n", {".inf": "a"}),
        ("'<<': {b: 1}\n", {"<<": {"b": 1}}),
        ("<<: {b: 1}\n<<: {c: 2}\nb: 3\n", {"b": 3, "c": 2}),
        ("<<: 1\n", {"<<": 1}),
        ("&k a: 1\nb: *k\n*k : 2\n", "'a' occurs twice"),
    ],
)
def test_keys_are_told_apart_as_json_tells_them(text: str, value: object) -> None:
    """Python holds 1, true and 1.0 for one key, so that one of the two values was lost in silence."""
    assert (value in refusal(text)) if isinstance(value, str) else (read_document(text) == value)


def test_lines_may_end_with_carriage_returns_alone() -> None:
    assert read_document("a: 1\rb:\r  - 2\r  - 3\r") == {"a": 1, "b": [2, 3]}


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert read_document('\ufeff{"a": 1}') == {"a": 1}
    assert read_document("\ufeffa: 1\n") == {"a": 1}


def test_a_json_document_may_hold_what_yaml_readers_refuse() -> None:
    assert read_document('{"a": "\\ud83d\\ude00", "b":\t1}') == {"a": "\N{GRINNING FACE}", "b": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "'a' occurs twice in one mapping, again at line 3"),
        ("a:\n  b: 1\n  b: 2\n", "'b' occurs twice in one mapping, again at line 3"),
        ('{"a": {"b": 1, "b": 2}}', '"b" occurs twice'),
        ('{"a": 1,}x', "line 1, column"),
        ("a: [1\n", "line 2 column 1"),
        ("\ta: 1\n", "cannot start any token"),
        ("a: 1\n---\nb: 2\n", "another begins at line 2"),
        ("a: *nobody\n", "names no anchor before it, at line 1"),
        ("? [a]\n: 1\n", "collection as a key"),
        ("a: &a [*a]\n", "stands inside its own target"),
        ("a: !!int x\n", "'x' at line 1 is not an integer"),
        ("a: 1\nb: \x00\n", "U+0000 at line 2 column 4"),
        ("a: \ud800\n", "U+D800 at line 1 column 4"),
        ("a: 1\nb: " + "9" * 5_000 + "\n", "5000 digits; at most 4300 can be read (at line 2)"),
        ("a: 0x" + "f" * 5_000 + "\n", "5000 digits"),
    ],
)
def test_a_fault_is_named_with_its_place(text: str, words: str) -> None:
    assert words in refusal(text)


LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 14)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LAUGHS, "expand to more than"),
        ("a: &a [" + "1," * 12_000 + "1]\nb: [" + "*a," * 8_000 + "*a]\n", "expand to more than"),
        ("a: " + "[" * 50_000 + "]" * 50_000, "nested too deeply"),
        ("a: " + "&x [ " * 50_000, "nested too deeply"),
        ("".join(" " * depth + "a:\n" for depth in range(2_000)), "nested too deeply"),
        ("- " * 50_000, "nested too deeply"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("a: " + "['a'," * 50_000, "nested too deeply"),
        ("a: " + "['}'," * 50_000, "nested too deeply"),
        ("[" * 20_000 + "99999999999999999999999" + "]" * 20_000 + "x", "nested too deeply"),
        ('{"a": ' + "9" * 6_000 + "}", "more than 4300 digits"),
    ],
    ids=[
        "laughs",
        "aliases",
        "flow",
        "anchors",
        "block",
        "dashes",
        "arrays",
        "objects",
        "quotes",
        "closed in quotes",
        "slow",
        "digits",
    ],
)
def test_a_hostile_text_is_refused_with_a_reason(text: str, words: str) -> None:
    assert words in refusal(text)


def test_many_aliases_of_one_schema_are_no_bomb() -> None:
    text = "a: &a {type: object, properties: {b: {type: string}}}\n" + "".join(f"k{i}: *a\n" for i in range(3_000))
    assert read_document(text)["k2999"] == {"type": "object", "properties": {"b": {"type": "string"}}}


def test_half_a_pair_in_yaml_is_replaced_and_reported() -> None:
    problems = Problems()
    assert read_document('a: "\\U0000d800"\n', problems) == {"a": "\ufffd"}
    assert [problem.pointer for problem in problems.as_list()] == ["/a"]
