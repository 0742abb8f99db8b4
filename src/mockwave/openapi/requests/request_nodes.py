"""Nodes of requests' schemas written anew, keyword by keyword, as JSON Schema 2020-12.

What validators do not know is rewritten: `nullable` becomes a type, a boolean `exclusiveMinimum` a bound, a tuple in
`items` `prefixItems`, `format: int32` its bounds, a `discriminator` what each alternative asks of its property (OpenAPI
3.1 §4.8.25), and a readOnly property is not required, since these are requests. Keywords that validate nothing are left
out. So is what is malformed, and reported (`request_keywords.py`): all else is checked, and validators take what is
written here. A `$ref` becomes one to the definition that its target is (`referred_schemas.py`).
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

MAXIMUM_NESTING: Final = 20  # of schemas in one text; what is deeper is a definition: validators take 128 levels
MAXIMUM_PATTERN_BYTES: Final = 64 << 20  # that the patterns of one text hold when they are compiled


class _Site(Struct):
    """A schema that is being written.

    `root` is the outermost schema that governs the same value; `hidden` are names that are readOnly beyond what it
    says.
    """

    node: dict[str, Any]
    pointer: str
    root: Located
    hidden: Names


_REFERRING: Final = frozenset(("$ref", "$dynamicRef"))
ORDINARY: Final = frozenset((str, int, bool, type(None)))  # types of values that are JSON, whatever they are


class NodeWriter:
    """Writes the nodes of one document's request schemas, one text after the other (`rewrite`).

    Of the text that was written last, it says what it `needed` (numbers of definitions), what its patterns hold
    compiled (`pattern_bytes`), and what makes it costly: a pattern that is hard, alternatives (`composes`), arrays and
    objects in lists of values (`listed`).
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
        """The schema as validators take it."""
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
                if target is not None and isinstance(target.node, dict) and "$ref" in target.node:  # perhaps a circle
                    target = target if self._references.follow(target.node, target.pointer) else None
            if target is None:
                self._left_out += 1
            elif written:
                written["allOf"] = [self._refer(target, site)]
            else:
                written = self._refer(target, site)
        return written

    def _refer(self, target: Located, site: _Site) -> dict[str, Any]:
        """A reference to the definition that `target` is, where it governs the same value as `site`."""
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
        if value == "file":  # of Swagger 2.0: any bytes
            return
        types, implied = (value, "") if isinstance(value, str) and value in TYPES else read_types(value)
        written["type"] = types[0] if len(types) == 1 and isinstance(types, list) else types
        if implied:
            written.setdefault("format", implied)

    def _write_listed(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        values = read_listed(value) if keyword == "enum" else [value]
        fitting = values
        if not ORDINARY.issuperset(map(type, values)):
            fitting = [each for each in values if not isinstance(each, dict | list | float) or is_shallow(each)]
            self.listed += sum(isinstance(each, dict | list) for each in fitting)
        if len(fitting) < len(values):
            self._problems.add(f"{site.pointer}/{keyword}", "a value nested too deeply, or no JSON; no request has it")
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
        read_flag(value)  # what it says is read where it matters

    def _write_discriminator(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        read_mapped(value)  # as above

    def _write_required(self, written: dict[str, Any], keyword: str, value: Any, site: _Site) -> None:
        names = self._sent_names(read_names(value), site)
        if names:
            written[keyword] = names

    def _sent_names(self, names: list[str], site: _Site) -> list[str]:
        """Those of required properties that are not readOnly, so that requests have to have them."""
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
        """A pattern as validators take it; None, and a problem, where they do not."""
        spelled = spell_strictly(pattern)
        try:
            size = self._patterns.measure(spelled)
        except PatternRefused as error:
            self._problems.add(place, f"{error}; texts are not held to it")
            self._left_out += 1
            return None
        if self.pattern_bytes + size > MAXIMUM_PATTERN_BYTES:
            self._problems.add(place, "the patterns here are too large together; texts are not held to this one")
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
            # Without a part of it, more values conform to it, and fewer to what it is the negation of.
            self._problems.add(f"{site.pointer}/{keyword}", "part of it is ignored, so requests are not held to it")
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
                # More than one of them may hold where a part is missing.
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
        """What one keyword was before 2019-09."""
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
        """Leave out what depends on a part that was left out: nobody knows what that part speaks of."""
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
