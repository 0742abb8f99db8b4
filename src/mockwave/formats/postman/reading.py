"""Postman collections as mocks: a document of their operations, and rules that choose among examples.

Postman's mock server answers with the example whose request is most similar: the values in the path and the query
decide. So if a route has several examples, each one saved for certain values becomes a rule; requests that no rule
takes are answered as the document says. The first rules are those for the headers that name an example:
x-mock-response-name, -id and -code. An environment beside the collection sets its variables, except those it marks as
secret. Credentials of requests are not kept.
"""

import json
from typing import Any, Final

import msgspec

from mockwave.answers.imported_servers import ImportedServer, RouteRules
from mockwave.formats.documents import Document, Folder
from mockwave.formats.notes import Notes
from mockwave.formats.postman.conversion import SavedExample, find_examples
from mockwave.formats.postman.secrets import remove_secrets
from mockwave.formats.stubs.stub_queries import query_conditions
from mockwave.formats.stubs.stubs import any_of
from mockwave.formats.tree_values import Tree, dict_of, dicts_in, list_of, text_of
from mockwave.model import MOST_RULES
from mockwave.openapi.document.dialects import METHODS
from mockwave.openapi.document.document import read_document
from mockwave.openapi.document.report import describe
from mockwave.paths import PathError, parse_path
from mockwave.pointers import pointer_below

MAXIMUM_ENVIRONMENTS: Final = 20
MAXIMUM_NAME_CHARACTERS: Final = 20
ASKING: Final = "x-mock-response-"
MAXIMUM_NAMED_RULES: Final = 1_000  # of a route, with those for requests that name an example


def is_postman(tree: Any) -> bool:
    """Whether the tree is a collection, by itself or as Postman's API wraps it."""
    if not isinstance(tree, dict):
        return False
    inner = tree["collection"] if isinstance(tree.get("collection"), dict) and len(tree) == 1 else tree
    return isinstance(inner.get("item"), list) and isinstance(inner.get("info"), dict)


def is_environment(tree: Any) -> bool:
    """Whether the tree is an environment, which belongs to a collection and is not a mock."""
    return isinstance(tree, dict) and isinstance(tree.get("values"), list) and "_postman_variable_scope" in tree


def read_postman(documents: list[Document], folder: Folder, notes: Notes) -> list[ImportedServer]:
    """Returns the mock server of the collection."""
    (document,) = documents
    is_wrapped = "item" not in document.tree
    collection: Tree = document.tree["collection"] if is_wrapped else document.tree
    base = f"{document.base}/collection" if is_wrapped else document.base
    values = _read_environments(folder, notes)
    if values:
        collection = {**collection, "variable": _merge_variables(collection.get("variable"), values)}
    if list_of(collection.get("event")):
        notes.leave_out(f"{base}/event", "scripts are not run")
    remove_secrets(collection)
    text = json.dumps(collection, ensure_ascii=False).encode("utf-8", "surrogatepass")
    examples = find_examples(collection)
    rules = _make_rules(examples, base, notes)
    for each in examples:
        notes.add_made(base, f"{each.method.upper()} {each.path} {each.status} {each.name!r}")
    name = folder.name or text_of(dict_of(collection.get("info")).get("name")) or document.stem
    return [
        ImportedServer(
            name=name,
            pointer=base,
            specification=text,
            document_rules=rules,
            rule_count=sum(not names_example(rule) for each in rules for rule in msgspec.json.decode(each.rules)),
        )
    ]


def _read_environments(folder: Folder, notes: Notes) -> dict[str, str]:
    """Returns the values of all environments sent along."""
    values: dict[str, str] = {}
    count = 0
    for path in sorted(folder.files):
        if (
            count == MAXIMUM_ENVIRONMENTS
            or not path.endswith(".json")
            or b"_postman_variable_scope" not in folder.files[path]
        ):
            continue
        tree = read_document(folder.files[path].decode("utf-8-sig", "replace"))
        if not is_environment(tree):
            continue
        count += 1
        for index, value in enumerate(tree["values"]):
            if not isinstance(value, dict) or value.get("enabled") is False:
                continue
            at = pointer_below(f"{path}#/values", index)
            if not isinstance(value.get("key"), str):
                notes.leave_out(at, f"expected a variable with a key, got {describe(value.get('key'))}")
            elif value.get("type") == "secret":
                notes.leave_out(at, "a secret is not kept")
            else:
                values[value["key"]] = text_of(value.get("value"))
    return values


def _merge_variables(declared: Any, values: dict[str, str]) -> list[Tree]:
    """Returns the variables of the collection, overridden by those of the environments."""
    kept = [each for each, _ in dicts_in(declared, "") if text_of(each.get("key", each.get("id"))) not in values]
    return [*kept, *({"key": name, "value": value} for name, value in values.items())]


def _make_rules(examples: list[SavedExample], base: str, notes: Notes) -> list[RouteRules]:
    """Returns the rules that choose an example, for each route with several; the strictest come first."""
    by_route: dict[tuple[str, str], list[SavedExample]] = {}
    for example in examples:
        by_route.setdefault((example.method, example.path), []).append(example)
    made = []
    for (method, path), found in by_route.items():
        if len(found) < 2 and found[0].template is None:
            continue
        try:
            key = parse_path(path).key
        except PathError:  # told by whoever reads the document
            continue
        rules = _rules_of(found)
        name = method.upper() if method in METHODS else method
        if len(rules) > MOST_RULES:
            left_out = len(rules) - MOST_RULES
            notes.leave_out(
                base, f"{name} {path} may have {MOST_RULES} rules; {left_out} more examples are never chosen"
            )
            del rules[MOST_RULES:]
        if rules:
            made.append(RouteRules(name, key, msgspec.json.encode(rules)))
    return made


def _rules_of(examples: list[SavedExample]) -> list[Tree]:
    rules: list[Tree] = []
    seen: set[bytes] = set()
    ordered = sorted(examples, key=lambda each: (-len(each.path_values) - len(each.query), each.status != "200"))
    for example in ordered:
        when = _when_of(example)
        written = msgspec.json.encode(when, order="sorted")
        if not when or written in seen:
            continue
        seen.add(written)
        rules.append(_rule_of(example, len(rules) + 1, when))
    if len(seen) < 2 and len(rules) == len(examples):
        rules = []  # where one thing is asked for by all, it tells nothing apart
    # What asks for nothing answers what no other takes; the document alone would send its first success.
    rest = next((each for each in ordered if not each.path_values and not each.query), None)
    if rest is None and not rules:
        rest = ordered[0]
    if rest is not None and (rest.template is not None or (rules and rest is not _choose_own(examples))):
        rules.append(_rule_of(rest, len(rules) + 1, {}))
    asked = _rules_by_headers(ordered, len(rules) + 1) if len(examples) > 1 else []
    return [*asked, *rules] if len(asked) + len(rules) <= MAXIMUM_NAMED_RULES else rules


def _rules_by_headers(examples: list[SavedExample], first_number: int) -> list[Tree]:
    """Rules for requests that name the example that they want, by its name, its id or its status. Of several with one
    name the first with 200 answers, else the first; of those with one status the first that fits the request."""
    rules: list[Tree] = []
    by_name = sorted(examples, key=lambda each: (each.status != "200", each.saved_id))
    chosen: dict[str, SavedExample] = {}
    for each in by_name:
        if each.saved_name:
            chosen.setdefault(each.saved_name, each)
    for example in examples:
        ways: list[Tree] = []
        if chosen.get(example.saved_name) is example:
            ways.append(_has_header(f"{ASKING}name", example.saved_name))
        if example.saved_id:
            ways.append(_has_header(f"{ASKING}id", example.saved_id))
        if ways:
            rules.append(_rule_of(example, first_number + len(rules), any_of(ways)))
    if len({example.status for example in examples}) == 1:
        return rules
    last_of = {example.status: example for example in examples}
    for example in examples:
        asked = _has_header(f"{ASKING}code", example.status)
        when = {} if last_of[example.status] is example else _when_of(example)
        rules.append(_rule_of(example, first_number + len(rules), {**asked, **when}))
    return rules


def names_example(rule: Tree) -> bool:
    """Whether a rule is one for requests that name their example: part of how Postman answers, not of a collection."""
    when = dict_of(rule.get("when"))
    ways = when["any"] if when.keys() == {"any"} else [when]
    return all(key.startswith(ASKING) for way in list_of(ways) for key in dict_of(dict_of(way).get("headers"))) and any(
        "headers" in dict_of(way) for way in list_of(ways)
    )


def _has_header(name: str, value: str) -> Tree:
    return {"headers": {name: {"equalTo": value}}}


def _when_of(example: SavedExample) -> Tree:
    """Returns the values in the path and the query of the example's request."""
    when: Tree = {}
    if example.path_values:
        when["pathParameters"] = {name: {"equalTo": value} for name, value in example.path_values.items()}
    if example.query:
        when["query"] = query_conditions(example.query)
    return when


def _choose_own(examples: list[SavedExample]) -> SavedExample:
    """Returns the example that the document sends without rules: the first of its first success."""
    return min(examples, key=lambda each: (not each.status.startswith("2"), each.status))


def _rule_of(example: SavedExample, number: int, when: Tree) -> Tree:
    """Returns the rule that answers as the example does; without `when` it takes every request."""
    then: Tree = {"response": example.status}
    if example.template is not None:
        then = example.template
    elif example.has_body:
        then["example"] = example.name
    shown = "".join(each if each.isprintable() else " " for each in example.name).lstrip("#")
    name = f"{number} {shown[:MAXIMUM_NAME_CHARACTERS]}".strip()
    return {"name": name, **({"when": when} if when else {}), "then": then}
