"""Strategies for JSON Schemas: random ones of each dialect's keywords, nested, satisfiable or not.

Few names, small numbers and short texts, so that keywords meet and contradict each other often.
"""

from typing import Any

from hypothesis import strategies as st

NAMES = ("a", "b", "ab", "x-c", "d1")
PATTERNS = ("^a", "^[a-z]+$", "^x-", "[0-9]", "b$", "^.{2,4}$", "^(ab|cd)*$", "a|1", r"^\w+$", "^[^a]*$")
SCALARS: tuple[Any, ...] = (None, True, False, 0, 1, -3, 2.5, 7, "", "a", "ab", "x-c", "12")
TYPES = ("string", "integer", "number", "boolean", "object", "array")
MODERN, OLD = "3.1.0", "3.0.3"
VERSIONS = ("2.0", OLD, MODERN, "3.2.0")

counts = st.integers(0, 4)
numbers = st.integers(-10, 10) | st.sampled_from([-2.5, -0.1, 0.25, 0.5, 3.75, 9.99])
steps = st.sampled_from([1, 2, 3, 0.5, 0.1, 0.01, 1.5, 7])
names = st.sampled_from(NAMES)
values = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text("abcdx-1", max_size=4),
    "integer": st.integers(-10, 10),
    "number": numbers,
    "boolean": st.booleans(),
    "object": st.dictionaries(names, values, max_size=3),
    "array": st.lists(values, max_size=3),
    "": values,
}


def is_modern(version: str) -> bool:
    """Whether schemas of this version of OpenAPI are JSON Schema 2020-12."""
    return version not in ("2.0", OLD)


@st.composite
def some(draw: st.DrawFn, keywords: dict[str, st.SearchStrategy[Any]], most: int) -> dict[str, Any]:
    """A schema with up to `most` of the keywords."""
    chosen = draw(st.lists(st.sampled_from(sorted(keywords)), max_size=most, unique=True))
    return {keyword: draw(keywords[keyword]) for keyword in chosen}


def number_keywords(version: str) -> dict[str, st.SearchStrategy[Any]]:
    exclusive = numbers if is_modern(version) else st.booleans()
    keywords = {"minimum": numbers, "maximum": numbers, "multipleOf": steps}
    return keywords | {"exclusiveMinimum": exclusive, "exclusiveMaximum": exclusive}


def string_keywords() -> dict[str, st.SearchStrategy[Any]]:
    formats = st.sampled_from(["date-time", "date", "uuid", "email", "uri", "ipv4", "byte", "int64", "unknown"])
    return {"minLength": counts, "maxLength": counts, "pattern": st.sampled_from(PATTERNS), "format": formats}


def array_keywords(version: str, inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    keywords = {"items": inner, "minItems": counts, "maxItems": counts, "uniqueItems": st.booleans()}
    if is_modern(version):
        keywords |= {"prefixItems": st.lists(inner, min_size=1, max_size=3), "contains": inner, "minContains": counts}
    return keywords


def object_keywords(version: str, inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    keywords = {
        "properties": st.dictionaries(names, inner, max_size=3),
        "required": st.lists(names, min_size=1, max_size=2, unique=True),
        "additionalProperties": st.booleans() | inner,
        "minProperties": counts,
        "maxProperties": counts,
    }
    if is_modern(version):
        keywords |= {
            "patternProperties": st.dictionaries(st.sampled_from(PATTERNS[:5]), inner, max_size=2),
            "dependentRequired": st.dictionaries(names, st.lists(names, max_size=2, unique=True), max_size=2),
            "dependentSchemas": st.dictionaries(names, inner, max_size=1),
            "propertyNames": some({**string_keywords(), "format": st.just("unknown")}, 2),
        }
    return keywords


def composition_keywords(version: str, inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    several = st.lists(inner, min_size=1, max_size=3)
    keywords: dict[str, st.SearchStrategy[Any]] = {"allOf": several, "not": inner}
    if version == "2.0":
        del keywords["not"]
        return keywords
    keywords |= {"anyOf": several, "oneOf": several}
    return keywords | ({"if": inner, "then": inner, "else": inner} if is_modern(version) else {})


def schemas(version: str, leaves: int = 6) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas of this version, nested up to some `leaves`."""
    return st.recursive(_typed(version, st.builds(dict)), lambda inner: _typed(version, inner), max_leaves=leaves)


@st.composite
def _typed(draw: st.DrawFn, version: str, inner: st.SearchStrategy[Any]) -> dict[str, Any]:
    kind = draw(st.sampled_from((*TYPES, "object", "array", "")))
    by_type = {
        "string": string_keywords(),
        "integer": number_keywords(version),
        "number": number_keywords(version),
        "boolean": {},
        "object": object_keywords(version, inner),
        "array": array_keywords(version, inner),
        "": {},
    }[kind]
    schema = draw(some(by_type, 4)) if by_type else {}
    if kind:
        schema["type"] = kind
    if kind == "array" and not is_modern(version):
        schema.setdefault("items", {})
    if draw(st.integers(0, 3)) == 0 or not kind:
        schema |= draw(some(composition_keywords(version, inner), 2))
    if draw(st.integers(0, 7)) == 0:
        schema["enum"] = draw(st.lists(VALUES[kind] | values, min_size=1, max_size=4))
    if kind and draw(st.integers(0, 5)) == 0:
        schema |= {"type": [kind, "null"]} if is_modern(version) else {"nullable": True}
    if is_modern(version) and draw(st.integers(0, 9)) == 0:
        schema["const"] = draw(VALUES[kind] | values)
    if "enum" in schema or "const" in schema:
        schema.pop("format", None)  # it says nothing of values that are given
    return schema
