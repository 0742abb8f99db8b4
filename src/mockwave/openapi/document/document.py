"""Text to tree: a JSON or YAML document becomes dicts, lists and scalars, with string keys only.

JSON is tried first, since YAML readers refuse some of it (surrogate pairs) and take ten times as long. Text that is not
JSON is read as YAML 1.2. If it looks like JSON and is neither, JSON's error message is the helpful one. Keys that occur
twice are an error in both: one of the two values would be lost silently.
"""

import json
from typing import Any, NoReturn

from mockwave._json_objects import ObjectMaker
from mockwave.answers.imported import SpecificationError
from mockwave.openapi.document.document_numbers import MAXIMUM_DIGITS, read_finite, replace_infinities
from mockwave.openapi.document.report import TOO_DEEP, Problems, refuse
from mockwave.pointers import pointer_below


def read_document(text: str, problems: Problems | None = None) -> Any:
    """Returns the tree of `text`. Raises SpecificationError, which names line and column of the fault. Replaced values
    are added to `problems`."""
    problems = Problems() if problems is None else problems
    text = text.lstrip("\ufeff")
    if not text.strip():
        refuse("the document is empty; expected an OpenAPI or Swagger document in JSON or YAML")
    if text.lstrip()[0] not in "{[":
        return _read_yaml(text, problems)
    try:
        return read_json(text, problems)
    except json.JSONDecodeError as json_error:
        try:
            return _read_yaml(text, problems)
        except SpecificationError as yaml_error:
            if _is_meant_as_json(text):
                message = f"not valid JSON: {json_error.msg} at line {json_error.lineno}, column {json_error.colno}"
                refuse(message, cause=json_error)
            raise yaml_error from None


def _read_yaml(text: str, problems: Problems) -> Any:
    # Imported here: the YAML readers take as long to load as everything else here, and most documents are JSON.
    from mockwave.openapi.document.yaml_documents import read_yaml

    return read_yaml(text, problems)


def read_json(text: str, problems: Problems | None = None) -> Any:
    """Returns the tree of the JSON `text`. Raises json.JSONDecodeError, SpecificationError; OverflowError if a number
    is beyond a double's range and there are no `problems` to report it to."""
    maker = ObjectMaker()
    try:
        tree = json.loads(text, object_pairs_hook=maker.make, parse_constant=_refuse_constant, parse_float=read_finite)
    except RecursionError:
        refuse(TOO_DEEP)
    except OverflowError:
        if problems is None:
            raise
        maker = ObjectMaker()
        tree = json.loads(text, object_pairs_hook=maker.make, parse_constant=_refuse_constant)
        tree = replace_infinities(tree, problems)
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # Python's limit
        refuse(f"a number has more than {MAXIMUM_DIGITS} digits; no more can be read", cause=error)
    if maker.repeating:
        mapping, pairs = maker.repeating[0]
        key = first_repeated(key for key, _ in pairs)
        refuse(f"the key {json.dumps(key)} occurs twice in this object", find_pointer(tree, mapping))
    return tree


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not a JSON value", name, 0)


def _is_meant_as_json(text: str) -> bool:
    """Whether `text` begins like JSON: a brace and a quoted key (a YAML flow mapping seldom does)."""
    return text.lstrip()[1:].lstrip()[:1] in ('"', "}", "{", "[", "]", "")


def first_repeated(keys: Any) -> str:
    """The first of `keys` that repeats an earlier one; there must be one."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return str(key)
        seen.add(key)
    raise ValueError("no key is repeated")


def find_pointer(tree: Any, wanted: Any) -> str:
    """The pointer of the very object `wanted` in `tree`."""
    waiting: list[tuple[Any, str]] = [(tree, "")]
    while waiting:
        node, pointer = waiting.pop()
        if node is wanted:
            return pointer
        children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        waiting.extend((child, pointer_below(pointer, key)) for key, child in children)
    return ""
