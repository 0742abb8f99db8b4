"""YAML as YAML 1.2 has it: merge keys, aliases, odd scalars, and the ways in which a text can be hostile."""

import pytest

from mockwave.openapi import SpecificationError
from mockwave.openapi.document import read_document


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
        ("012", "012"),
        ("0o14", 12),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("2020-01-01", "2020-01-01"),
        ("1e3", 1000.0),
        ("~", None),
    ],
)
@pytest.mark.parametrize("companion", ["", "\nbig: 99999999999999999999999\n"], ids=["fast", "slow"])
def test_scalars_are_the_same_on_the_fast_way_and_on_the_slow_one(scalar: str, value: object, companion: str) -> None:
    assert read_document(f"a: {scalar}{companion}")["a"] == value


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert read_document('\ufeff{"a": 1}') == {"a": 1}
    assert read_document("\ufeffa: 1\n") == {"a": 1}


def test_a_json_document_may_hold_what_yaml_readers_refuse() -> None:
    assert read_document('{"a": "\\ud83d\\ude00", "b":\t1}') == {"a": "\N{GRINNING FACE}", "b": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "'a' occurs twice in the mapping, again at line 3"),
        ("a:\n  b: 1\n  b: 2\n", "'b' occurs twice in the mapping that begins at line 2 column 3"),
        ('{"a": {"b": 1, "b": 2}}', '"b" occurs twice'),
        ('{"a": 1,}x', "line 1, column"),
        ("a: [1\n", "line 2 column 1"),
        ("\ta: 1\n", "cannot start any token"),
        ("a: 1\n---\nb: 2\n", "more than one document"),
        ("a: *nobody\n", "unknown anchor at line 1"),
        ("? [a]\n: 1\n", "collection as a key"),
        ("a: &a [*a]\n", "nested too deeply"),
        ("a: &a [*a]\nb: 99999999999999999999999\n", "nested too deeply"),
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
        ("[" * 20_000 + "99999999999999999999999" + "]" * 20_000 + "x", "nested too deeply"),
        ('{"a": ' + "9" * 6_000 + "}", "a number cannot be read"),
    ],
    ids=["laughs", "aliases", "flow", "anchors", "block", "dashes", "arrays", "objects", "slow", "digits"],
)
def test_a_hostile_text_is_refused_with_a_reason(text: str, words: str) -> None:
    assert words in refusal(text)


def test_many_aliases_of_one_schema_are_no_bomb() -> None:
    text = "a: &a {type: object, properties: {b: {type: string}}}\n" + "".join(f"k{i}: *a\n" for i in range(3_000))
    assert read_document(text)["k2999"] == {"type": "object", "properties": {"b": {"type": "string"}}}
