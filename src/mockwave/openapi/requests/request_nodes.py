"""Rewrites the nodes of request schemas, keyword by keyword, as JSON Schema 2020-12.

Keywords that validators do not know are rewritten: `nullable` becomes a type, a boolean `exclusiveMinimum` a bound, a
tuple in `items` `prefixItems`, `format: int32` its bounds, a `discriminator` the demand of each alternative on its
property (OpenAPI 3.1 §4.8.25); a readOnly property is not required, since these are requests. Keywords that validate
nothing are left out, and malformed ones are left out and reported (`request_keywords.py`); everything else is checked,
and validators accept what is written here. A `$ref` leads to the definition of its target (`referred_schemas.py`).
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from mockwave.openapi.document.dialects import Dialect
from mockwave.openapi.document.references import Located, References
from mockwave.openapi.document.report import Problems, describe
from mockwave.openapi.requests.adaptations import adapt
from mockwave.openapi.requests.read_only_names import NO_NAMES, Names, ReadOnlyNames
from mockwave.openapi.requests.referred_schemas import ReferredSchemas, Target
from mockwave.openapi.requests.request_discriminators import discriminate
from mockwave.openapi.requests.request_keywords import FLAGS, LISTS, MAPS, PLAIN, SCHEMAS
from mockwave.openapi.requests.request_patterns import spell_strictly
from mockwave.openapi.requests.shallow_values import is_shallow
from mockwave.openapi.schemas.keyword_values import (
    NOTHING,
    TYPES,
    Malformed,
    read_additional,
    read_exclusive,
    read_flag,
    read_listed,
    read_mapped,
    read_name_lists,
    read_names,
    read_number,
    read_pattern,
    read_prefix,
    read_schema,
    read_schema_map,
    read_text,
    read_types,
    report_malformed,
    report_other_exclusive,
)
from mockwave.patterns.bounded import PatternRefused
from mockwave.patterns.costs import PatternSizes
from mockwave.pointers import escape_token

MAXIMUM_NESTING: Final = (
    20  # levels of schemas in one text; deeper ones become definitions, since validators take 128 levels
)
MAXIMUM_PATTERN_BYTES: Final = 64 << 20  # bytes of all compiled patterns of one text


class _Site(Struct):
    """The schema being written.

    `root` is the outermost schema that governs the same value; `hidden` are names that are readOnly besides those that
    it declares.
    """

    node: dict[str, Any]
    pointer: str
    root: Located
    hidden: Names


_REFERRING: Final = frozenset(("$ref", "$dynamicRef"))
ORDINARY: Final = frozenset((str, int, bool, type(None)))  # types of values that are always JSON


class NodeWriter:
    """Writes the nodes of one document's request schemas, one text after another (`rewrite`).

    After each text it has the definitions that the text `needed`, the compiled size of its patterns (`pattern_bytes`),
    and what makes it costly: hard patterns, alternatives (`composes`), arrays and objects in lists of values
    (`listed`).
    """

    def __init__(self, references: References, dialect: Dialect, problems: Problems, referred: ReferredSchemas) -> None:
        self._references = references
        self._problems = problems
        self._referred = referred
        self._reads_siblings = dialect.reads_reference_siblings
        self._has_exclusive_flags = dialect.has_exclusive_flags
        self._names = ReadOnlyNames(references, dialect)
        self._patterns = PatternSizes()
        self.needed: set[int] = set()
        self.pattern_bytes = 0
        self.is_hard = False
        self.composes = False
        self.listed = 0
        self._depth = 0
        self._left_out = 0

    def rewrite(self, target: Target) -> Any:
        """Returns the schema in the form that validators accept."""
        self.needed = set()
        self._depth = self.pattern_bytes = 0
        self.is_hard = self.composes = False
        self.listed = 0
        return self._rewrite(target.located.node, target.located.pointer, target.located, target.hidden)

    def _rewrite(self, node: Any, pointer: str, root: Located | None = None, hidden: Names = NO_NAMES) -> Any:
        if not isinstance(node, dict):
            if isinstance(node, bool):
                return node
            self._problems.add(pointer, f"expected a schema, got {describe(node)}; any value is taken instead")
            self._left_out += 1
            return {}
        site = _Site(node, pointer, root or Located(node, pointer), hidden)
        if self._depth >= MAXIMUM_NESTING:
            return self._refer(Located(node, pointer), site)
        self._depth += 1
        written = {} if _REFERRING.isdisjoint(node) else self._write_references(site)
        if self._reads_siblings or not isinstance(node.get("$ref"), str):
            left_out = self._left_out
            for keyword, value in node.items():
                write = WRITERS.get(keyword)
                if write is not None:
                    try:
                        write(self, written, keyword, value, site)
                    except Malformed as malformed:
                        self._left_out += 1
                        report_malformed(self._problems, pointer, keyword, value, malformed)
                        if malformed.rest is not NOTHING:
                            write(self, written, keyword, malformed.rest, site)
            adapt(written, node)
            if self._left_out > left_out:
                self._loosen(written, site)
        self._depth -= 1
        return written

    def _write_references(self, site: _Site) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for keyword in ("$ref", "$dynamicRef"):
            if keyword not in site.node:
                continue
            reference = site.node[keyword]
            try:
                target = self._references.look_up(read_text(reference), site.pointer)
            except Malformed as malformed:
                report_malformed(self._problems, site.pointer, keyword, reference, malformed)
                target = None
            else:
                if target is not None and isinstance(target.node, dict) and "$ref" in target.node:  # it may be a circle
                    target = target if self._references.follow(target.node, target.pointer) else None
            if target is None:
                self._left_out += 1
            elif written:
                written["allOf"] = [self._refer(target, site)]
            else:
                written = self._refer(target, site)
        return written

    def _refer(self, target: Located, site: _Site) -> dict[str, Any]:
        """Returns a reference to the definition of `target`, which governs the same value as `site`."""
        hidden = NO_NAMES
        root = site.root.node
        if (
            root is not target.node
            and (site.hidden or len(root) > 1 or "$ref" not in root)
            and (site.hidden or self._names.adds_names(root, site.node))
        ):
            required = self._names.required(target)
            hidden = self._names.read_only(site.root, required) | (site.hidden & required)
            hidden = hidden - self._names.read_only(target, hidden) if hidden else NO_NAMES
        number = self._referred.number(target, hidden)
        self.needed.add(number)
        return {"$ref": f"#/$defs/{number}"}

    # --- Keywords -----------------------------------------------------------------------------------------------------

    def _write_plain(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        written[keyword] = PLAIN[keyword](value)

    def _write_type(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        if value == "file":  # in Swagger 2.0: any bytes
            return
        if isinstance(value, str) and value in TYPES:  # as most are
            written["type"] = value
            return
        types, implied = read_types(value)
        written["type"] = types[0] if len(types) == 1 else types
        if implied:
            written.setdefault("format", implied)

    def _write_listed(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        values = read_listed(value) if keyword == "enum" else [value]
        fitting = values
        if not ORDINARY.issuperset(map(type, values)):
            fitting = [each for each in values if not isinstance(each, dict | list | float) or is_shallow(each)]
            self.listed += sum(isinstance(each, dict | list) for each in fitting)
        if len(fitting) < len(values):
            self._problems.add(
                f"{site.pointer}/{keyword}", "a value nested too deeply, or not JSON; no request can have it"
            )
        written[keyword] = fitting if keyword == "enum" else value
        if not fitting:
            del written[keyword]
            written["not"] = {}

    def _write_exclusive(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        bound = read_exclusive(value)
        report_other_exclusive(self._problems, site.pointer, keyword, value, self._has_exclusive_flags)
        if not isinstance(bound, bool):
            written[keyword] = bound

    def _write_number(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        written[keyword] = read_number(value)

    def _write_flag(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        read_flag(value)  # it is read where it matters

    def _write_discriminator(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        read_mapped(value)  # as above

    def _write_required(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        names = self._sent_names(read_names(value), site)
        if names:
            written[keyword] = names

    def _sent_names(self, names: list[str], site: _Site) -> list[str]:
        """The required properties that are not readOnly, so requests have to have them."""
        if not names:
            return names
        hidden = self._names.read_only(site.root, names) | site.hidden
        return [name for name in names if name not in hidden] if hidden else names

    def _write_dependents(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        lists = {name: self._sent_names(names, site) for name, names in read_name_lists(value).items()}
        written[keyword] = {**written.get(keyword, {}), **lists}

    def _write_pattern(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        spelled = self._take_pattern(read_pattern(value), f"{site.pointer}/pattern")
        if spelled is not None:
            written[keyword] = spelled

    def _take_pattern(self, pattern: str, place: str) -> str | None:
        """Returns a pattern in the form that validators accept; None, and a Problem, if they do not."""
        spelled = spell_strictly(pattern)
        try:
            size = self._patterns.measure(spelled)
        except PatternRefused as error:
            self._problems.add(place, f"{error}; texts are not checked against it")
            self._left_out += 1
            return None
        if self.pattern_bytes + size > MAXIMUM_PATTERN_BYTES:
            self._problems.add(
                place, "the patterns here are too large together; texts are not checked against this one"
            )
            self._left_out += 1
            return None
        self.pattern_bytes += size
        self.is_hard = self.is_hard or self._patterns.is_hard(spelled)
        return spelled

    def _write_schema(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        governs_the_same = keyword in ("then", "else")
        root, hidden = (site.root, site.hidden) if governs_the_same else (None, NO_NAMES)
        left_out = self._left_out
        schema = self._rewrite(SCHEMAS[keyword](value), f"{site.pointer}/{keyword}", root, hidden)
        if keyword in ("not", "if") and self._left_out > left_out:
            # Without a part of it, more values conform to it, so fewer conform to its negation.
            self._problems.add(
                f"{site.pointer}/{keyword}", "part of it is ignored, so requests are not checked against it"
            )
            return
        written[keyword] = schema

    def _write_items(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        if not isinstance(value, list):
            written[keyword] = self._rewrite(read_schema(value), f"{site.pointer}/items")
            return
        written["prefixItems"] = [
            self._rewrite(each, f"{site.pointer}/items/{index}") for index, each in enumerate(read_prefix(value))
        ]
        rest = site.node.get("additionalItems")
        if rest is not None:
            try:
                written["items"] = self._rewrite(read_additional(rest), f"{site.pointer}/additionalItems")
            except Malformed as malformed:
                self._left_out += 1
                report_malformed(self._problems, site.pointer, "additionalItems", rest, malformed)

    def _write_list(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        root, hidden = (None, NO_NAMES) if keyword == "prefixItems" else (site.root, site.hidden)
        self.composes = self.composes or keyword != "prefixItems"
        place, left_out = f"{site.pointer}/{keyword}", self._left_out
        schemas = [
            self._rewrite(each, f"{place}/{index}", root, hidden) for index, each in enumerate(LISTS[keyword](value))
        ]
        if keyword == "oneOf":
            schemas = discriminate(site.node, value, schemas)
            if self._left_out > left_out:
                # Without a missing part, more than one of them may hold.
                self._problems.add(place, "part of it is ignored, so requests may conform to several of these")
                written["allOf"] = [*written.get("allOf", ()), {"anyOf": schemas}]
                return
        elif keyword == "anyOf":
            schemas = discriminate(site.node, value, schemas)
        written[keyword] = [*written.get(keyword, ()), *schemas]

    def _write_map(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        root, hidden = (site.root, site.hidden) if keyword == "dependentSchemas" else (None, NO_NAMES)
        self.composes = self.composes or keyword == "patternProperties"
        place = f"{site.pointer}/{keyword}"
        schemas = {}
        for name, each in MAPS[keyword](value).items():
            below = f"{place}/{escape_token(name)}"
            key = self._take_pattern(name, below) if keyword == "patternProperties" else name
            if key is not None:
                schemas[key] = self._rewrite(each, below, root, hidden)
        written[keyword] = {**written.get(keyword, {}), **schemas}

    def _write_dependencies(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        """Writes `dependencies`, which were one keyword before 2019-09."""
        place = f"{site.pointer}/{keyword}"
        required = dict(written.get("dependentRequired", {}))
        schemas = dict(written.get("dependentSchemas", {}))
        for name, each in read_schema_map(value).items():
            if isinstance(each, list):
                required[name] = self._sent_names([other for other in each if isinstance(other, str)], site)
            else:
                schemas[name] = self._rewrite(each, f"{place}/{escape_token(name)}", site.root, site.hidden)
        written.update({"dependentRequired": required} if required else {})
        written.update({"dependentSchemas": schemas} if schemas else {})

    def _loosen(self, written: dict[str, Any], site: _Site) -> None:
        """Leaves out keywords that depend on a part that was left out, whose effect is unknown."""
        for keyword, dependents in DEPENDENTS.items():
            held = site.node.get(keyword)
            if held is None or (keyword in written and _length(written[keyword]) == _length(held)):
                continue
            for dependent in dependents:
                written.pop(dependent, None)
        for keyword in ("unevaluatedProperties", "unevaluatedItems"):
            written.pop(keyword, None)


DEPENDENTS: Final = {
    "properties": ("additionalProperties",),
    "patternProperties": ("additionalProperties",),
    "prefixItems": ("items",),
    "if": ("then", "else"),
}


def _length(value: Any) -> int:
    return len(value) if isinstance(value, dict | list) else 0


WRITERS: Final[dict[str, Callable[[NodeWriter, dict[str, Any], str, Any, _Site], None]]] = {
    **dict.fromkeys(PLAIN, NodeWriter._write_plain),
    **dict.fromkeys(SCHEMAS, NodeWriter._write_schema),
    **dict.fromkeys(LISTS, NodeWriter._write_list),
    **dict.fromkeys(MAPS, NodeWriter._write_map),
    **dict.fromkeys(FLAGS, NodeWriter._write_flag),
    **dict.fromkeys(("minimum", "maximum"), NodeWriter._write_number),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), NodeWriter._write_exclusive),
    **dict.fromkeys(("enum", "const"), NodeWriter._write_listed),
    "type": NodeWriter._write_type,
    "required": NodeWriter._write_required,
    "dependentRequired": NodeWriter._write_dependents,
    "pattern": NodeWriter._write_pattern,
    "items": NodeWriter._write_items,
    "dependencies": NodeWriter._write_dependencies,
    "discriminator": NodeWriter._write_discriminator,
}
