"""Mutations of documents: changes of a tree, of its text, and quirks of YAML; each chosen by a seeded source.

A mutated document is a broken one that still looks like a document nearly everywhere, so that it gets far.
"""

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Holder = dict[str, Any] | list[Any]
Spot = tuple[Holder, Any]  # a holder and a key or an index in it

WEIRD_TEXTS = (
    *("", " ", "\u0000", "\ud800", "\udfff x", "\u202e", "\U0001f600", "a\r\nb", "\ufeff", "é" * 3, "x" * 70_000),
    *("__proto__", "$ref", "#/", "#", "%", "/%zz/{", "{", "}", "{a}{a}", "/**", "//", "{a:*}/b", "~1~0~", "\\u0041"),
)
WEIRD_NUMBERS = (0, -1, 2**31, 2**63, -(2**63) - 1, 10**40, 10**400, 1e308, -1e-320, 0.1, 1.5, -0.0, 1e21, 99_999_999)
WEIRD_PATTERNS = (
    *("^(a+)+$", "(a*)*b", "(?=a)b", "[", "(", "a{1000000}", "((a{100}){100}){100}", "\\p{L}", "(?<n>a)\\k<n>", "^$"),
    *("(a|a)*$", "[^\\s\\S]", "\\", "(?!.*)", "(" * 500 + ")" * 500, "\ud800", "x" * 5_000, "[z-a]", "a**", "\\1"),
)
KEYWORDS = (
    *("type", "format", "enum", "const", "pattern", "properties", "required", "items", "prefixItems", "allOf", "anyOf"),
    *("oneOf", "not", "if", "then", "else", "additionalProperties", "patternProperties", "propertyNames", "contains"),
    *("minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "minimum", "maximum", "multipleOf", "example"),
    *("examples", "default", "nullable", "discriminator", "$ref", "$dynamicRef", "$id", "$anchor", "$defs", "xml"),
    *("parameters", "responses", "headers", "content", "schema", "requestBody", "servers", "security", "callbacks"),
    *("x-faker", "dependentRequired", "dependentSchemas", "minProperties", "maxProperties", "readOnly", "writeOnly"),
)
TYPE_NAMES = ("string", "integer", "number", "boolean", "array", "object", "null", "file", "nonsense")


def mutate(tree: dict[str, Any], random: Random) -> str:
    """The text of `tree` with some mutations, one to six of the tree and now and then some of the text."""
    tree = copy.deepcopy(tree)
    for _ in range(random.randint(1, 6)):
        random.choice(TREE_MUTATIONS)(tree, random)
    text = json.dumps(tree, indent=random.choice((None, 1)), ensure_ascii=random.random() < 0.5)
    while random.random() < 0.2:
        text = random.choice(TEXT_MUTATIONS)(text, random)
    return text


# --- Trees ------------------------------------------------------------------------------------------------------------


LARGE = 10_000  # characters of JSON that are not repeated many times


def list_spots(node: Any) -> Iterator[Spot]:
    """Every place of a tree that holds a value."""
    waiting = [node]
    while waiting:
        holder = waiting.pop()
        keys: Any = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])


def pick(tree: Any, random: Random) -> Spot:
    spots = list(list_spots(tree))
    return random.choice(spots) if spots else ({"": None}, "")


def pick_holder(tree: Any, random: Random) -> dict[str, Any]:
    holders = [holder[key] for holder, key in list_spots(tree) if isinstance(holder[key], dict)]
    return random.choice(holders) if holders else {}


def delete(tree: Any, random: Random) -> None:
    holder, key = pick(tree, random)
    del holder[key]


def retype(tree: Any, random: Random) -> None:
    holder, key = pick(tree, random)
    holder[key] = make_value(random)


def graft(tree: Any, random: Random) -> None:
    """A part of the tree in another place, where it may not belong."""
    (holder, key), (source, source_key) = pick(tree, random), pick(tree, random)
    holder[key] = copy.deepcopy(source[source_key])  # not the very part: what holds itself has no end


def repeat(tree: Any, random: Random) -> None:
    holder, key = pick(tree, random)
    size = len(json.dumps(holder[key]))
    for number in range(random.choice((1, 3, 30)) if size < LARGE else 1):
        if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[f"{key}{number}"] = copy.deepcopy(holder[key])


def rename(tree: Any, random: Random) -> None:
    holder = pick_holder(tree, random)
    if holder:
        key = random.choice(list(holder))
        holder[random.choice((*WEIRD_TEXTS, *KEYWORDS))] = holder.pop(key)


def redirect(tree: Any, random: Random) -> None:
    """A reference to anywhere in the tree, itself included; or one that leads nowhere."""
    pointers = list(list_pointers(tree, 300))
    targets = [
        *(f"#{pointer}" for pointer in pointers),
        "#/nowhere",
        "other.json",
        "#",
        "http://127.0.0.1:1/x",
        "#%",
        "",
    ]
    references = [(holder, key) for holder, key in list_spots(tree) if key == "$ref"]
    if references and random.random() < 0.7:
        holder, key = random.choice(references)
        holder[key] = random.choice(targets)
    else:
        pick_holder(tree, random)["$ref"] = random.choice(targets)


def list_pointers(node: Any, most: int) -> Iterator[str]:
    waiting = [(node, "")]
    for _ in range(most):
        if not waiting:
            return
        node, pointer = waiting.pop(0)
        yield pointer
        children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        waiting += [(child, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}") for key, child in children]


def nest(tree: Any, random: Random) -> None:
    """A value far below itself."""
    holder, key = pick(tree, random)
    wrap: Callable[[Any], Any] = random.choice(WRAPPERS)
    for _ in range(random.choice((3, 30, 90, 300))):
        holder[key] = wrap(holder[key])


WRAPPERS: tuple[Callable[[Any], Any], ...] = (
    lambda value: [value],
    lambda value: {"allOf": [value]},
    lambda value: {"oneOf": [value, {"type": "string"}]},
    lambda value: {"type": "array", "items": value, "minItems": 2},
    lambda value: {"type": "object", "properties": {"a": value, "b": {}}, "required": ["a"]},
    lambda value: {"not": value},
)


def add_keyword(tree: Any, random: Random) -> None:
    pick_holder(tree, random)[random.choice(KEYWORDS)] = make_value(random)


def add_circle(tree: Any, random: Random) -> None:
    """A schema that holds itself by some keyword."""
    holder, key = pick(tree, random)
    if isinstance(tree, dict):
        schemas = tree.setdefault("components", {})
        if isinstance(schemas, dict) and isinstance(schemas.setdefault("schemas", {}), dict):
            reference = {"$ref": "#/components/schemas/Circle"}
            value: Any = random.choice((reference, [reference], {"a": reference}))
            schemas["schemas"]["Circle"] = {random.choice(KEYWORDS): value, "required": ["a"]}
            holder[key] = reference


def make_value(random: Random) -> Any:
    """A value of any kind, often one that a keyword might take."""
    return random.choice(VALUES)(random)


VALUES: tuple[Callable[[Random], Any], ...] = (
    lambda random: random.choice(WEIRD_TEXTS),
    lambda random: random.choice(WEIRD_NUMBERS),
    lambda random: random.choice(WEIRD_PATTERNS),
    lambda random: random.choice(TYPE_NAMES),
    lambda random: random.choice((None, True, False)),
    lambda random: random.choice(([], {}, [[]], [{}], {"": {}}, [None], {"a": None})),
    lambda random: [make_value(random) for _ in range(random.randint(0, 3))],
    lambda random: {random.choice(KEYWORDS): make_value(random) for _ in range(random.randint(0, 3))},
)

TREE_MUTATIONS: tuple[Callable[[Any, Random], None], ...] = (
    *(delete, retype, graft, repeat, rename, redirect, nest, add_keyword, add_keyword, add_circle, retype),
)


# --- Texts ------------------------------------------------------------------------------------------------------------


def cut(text: str, random: Random) -> str:
    start = random.randrange(len(text) + 1)
    return text[:start] + text[start + random.choice((1, 5, 200, len(text))) :]


def insert(text: str, random: Random) -> str:
    start = random.randrange(len(text) + 1)
    return text[:start] + random.choice(SNIPPETS) + text[start:]


def double(text: str, random: Random) -> str:
    start = random.randrange(len(text) + 1)
    end = min(len(text), start + random.choice((2, 50, 2_000)))
    return text[:end] + text[start:end] + text[end:]


def as_yaml(text: str, random: Random) -> str:
    """A head that only YAML understands; JSON is YAML, so the rest may stay."""
    return random.choice(YAML_HEADS) + text


SNIPPETS = (
    *("{", "}", "[", "]", '"', ",", ":", "\\", "\\ud800", "\t", "\n", "\x00", "NaN", "Infinity", "1e999", "-", "0x1F"),
    *(
        "&a ",
        "*a",
        "<<: *a",
        "!!binary x",
        "!!python/object:os.system ",
        "? ",
        "- ",
        "| ",
        "%YAML 1.1",
        "---\n",
        "...\n",
    ),
    *("yes", "~", "2001-01-01", "1_000", "012", ".inf", '"a": "b", "a": "c"', "9" * 5_000, "[" * 500, '{"a":' * 500),
)
YAML_HEADS = ("---\n", "# a\n", "%YAML 1.2\n---\n", "--- !!map\n", "&root ", "\ufeff", "--- |\n", "- ", "? ", "'")

TEXT_MUTATIONS: tuple[Callable[[str, Random], str], ...] = (cut, insert, double, as_yaml)
