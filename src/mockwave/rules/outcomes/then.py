"""`then` → an outcome: one answer, a `sequence` of them, or one of several at `random`.

A `then` without an answer (no status, header, body, declared response or fault) leaves that to the route, and adds its
delay and throttle. With `next` the rules below come first.
"""

import base64
import binascii
from collections.abc import Callable, Collection, Generator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast, get_args

import msgspec
from msgspec import UNSET, Struct

from mockwave.model import TemplateDialect
from mockwave.problems import MAXIMUM_SHOWN_ERRORS
from mockwave.quoting import name_type
from mockwave.response_fields import (
    check_headers,
    check_status_code,
    find_content_type,
    read_headers,
    without_content_type,
)
from mockwave.rules.given_objects import GivenObject
from mockwave.rules.outcomes.answers import (
    NO_ANSWER,
    ROUTE_ANSWER,
    Answer,
    DeclaredAnswer,
    StaticAnswer,
    TemplatedAnswer,
)
from mockwave.rules.outcomes.delays import Delay, read_delay
from mockwave.rules.outcomes.faults import FAULTS_OF_A_RESPONSE, check_fault
from mockwave.rules.outcomes.outcomes import AnyOutcome, SequenceOutcome, SingleOutcome, WeightedOutcome
from mockwave.rules.outcomes.throttles import Throttle, read_throttle

MOST_CHOICES: Final = 1_000
"""Most answers in a sequence, or to draw from."""
MOST_REPEATS: Final = 1_000_000
LARGEST_WEIGHT: Final = 1e9
BINARY_CONTENT_TYPE: Final = "application/octet-stream"

if TYPE_CHECKING:
    from mockwave.templates import Dialect, Template

_BODIES: Final = ("responseBody", "responseJson", "responseBase64")
_RESPONSE: Final = ("statusCode", "responseHeaders", *_BODIES, "contentType")
_DECLARED: Final = ("response", "example", "dynamic")
_PACE: Final = ("delay", "throttle")
_SINGLE: Final = (*_RESPONSE, "template", *_DECLARED, "fault", *_PACE, "next")
_LISTS: Final = ("sequence", "random")
TEMPLATE_DIALECTS: Final = get_args(TemplateDialect)


class RouteTraits(Struct, frozen=True, kw_only=True):
    """The traits of a route that its rules use. `methods` are those of its requests, None for any. For a generated
    route, `declared` has the statuses or ranges of its responses, with the names of their examples; None for a custom
    one. With `declares_any` any name is accepted, since stored rules were checked before."""

    path_parameters: Collection[str] = ()
    methods: Collection[str] | None = None
    declared: Mapping[str, Collection[str]] | None = None
    declares_any: bool = False


class PlacedTemplate(NamedTuple):
    """A template, and the JSON pointer of its text."""

    at: str
    template: "Template"


class ReadThen(Struct, frozen=True):
    """An outcome, and what its rule has to count for it. After `hits_limit` hits it is exhausted; 0 means never."""

    outcome: AnyOutcome
    counts_hits: bool = False
    hits_limit: int = 0


class Beside(NamedTuple):
    """The pace and the template dialect beside a list of answers, which its items inherit."""

    delay: Delay | None = None
    throttle: Throttle | None = None
    template: str | None = None


class ThenReader:
    """Reads the `then`s of the rules of one route, or of a mock server (`route` None)."""

    def __init__(self, *, of_server: bool, route: RouteTraits | None, engine_faults: Collection[str]) -> None:
        self._of_server = of_server
        self._route = route
        self._engine_faults = engine_faults
        self.templates: list[PlacedTemplate] = []
        self._count = 0
        """The answers in the lists of one `then`."""

    def read(self, given: GivenObject) -> Generator[None, None, ReadThen | None]:
        """Returns None, with faults on the list, if it is invalid. Yields after each item of a list."""
        self._count = 0
        if not given.members:
            given.refuse((), "required", f"expected what to answer: some of {', '.join((*_SINGLE, *_LISTS))}")
            return None
        if given.refuse_together(_LISTS):
            return None
        if "sequence" in given:
            return (yield from self._read_sequence(given))
        if "random" in given:
            drawn = yield from self._read_random(given)
            return None if drawn is None else ReadThen(drawn)
        given.refuse_unknown((*_SINGLE, *_LISTS))
        outcome = self._read_single(given)
        return None if outcome is None else ReadThen(outcome)

    def _read_sequence(self, given: GivenObject) -> Generator[None, None, ReadThen | None]:
        self._refuse_beside_list(given, "sequence", ("onExhausted",))
        repeats: list[int] = []

        def read_repeat(step: GivenObject) -> None:
            repeat = step.integer("repeat", 1, MOST_REPEATS) if "repeat" in step else 1
            repeats.append(repeat or 1)

        on_exhausted = given.one_of("onExhausted", ("last", "cycle", "next")) or "last"
        steps = yield from self._read_list(given, "sequence", ("repeat",), read_repeat)
        if steps is None:
            return None
        ends = tuple(accumulate(repeats))
        outcome = SequenceOutcome(steps=tuple(steps), ends=ends, cycles=on_exhausted == "cycle")
        return ReadThen(outcome, counts_hits=True, hits_limit=ends[-1] if on_exhausted == "next" else 0)

    def _read_random(
        self, given: GivenObject, beside: "Beside | None" = None, own: tuple[str, ...] = ()
    ) -> Generator[None, None, WeightedOutcome | None]:
        """Reads answers to draw from. If they are a step of a sequence, it has `own` members, and inherits what is
        `beside` it."""
        self._refuse_beside_list(given, "random", own)
        weights: list[float] = []

        def read_weight(choice: GivenObject) -> None:
            weight = choice.number("weight", 0, LARGEST_WEIGHT, default=1.0)
            weights.append(1.0 if weight is None else weight)

        choices = yield from self._read_list(given, "random", ("weight",), read_weight, beside)
        if choices is None:
            return None
        weighted = [(choice, weight) for choice, weight in zip(choices, weights, strict=True) if weight > 0]
        if not weighted:
            given.refuse("random", "range", "expected at least one weight above 0")
            return None
        bounds = tuple(accumulate(weight for _, weight in weighted))
        return WeightedOutcome(choices=tuple(choice for choice, _ in weighted), bounds=bounds)

    def _refuse_beside_list(self, given: GivenObject, name: str, own: Collection[str]) -> None:
        known = (name, *own, "template", *_PACE)
        for other in _SINGLE:
            if other in given and other not in known:
                given.refuse(other, "contradiction", f"cannot stand beside {name}; move it into its items")
        given.refuse_unknown((*known, *_SINGLE))

    def _read_list(
        self,
        given: GivenObject,
        name: str,
        own: tuple[str, ...],
        read_own: Callable[[GivenObject], None],
        beside: "Beside | None" = None,
    ) -> Generator[None, None, list[Any] | None]:
        """Reads the answers of the list; `read_own` reads what stands beside each. Pace and template of `given`, else
        those `beside` it, apply to items without them. A step of a sequence may be a list to draw from."""
        inherited = self._read_beside(given, beside)
        items = given.items(name, MOST_CHOICES)
        if items is None:
            return None
        outcomes: list[SingleOutcome | WeightedOutcome | None] = []
        for index, item in enumerate(items):
            step = GivenObject.of(item, given.pointer(name, index), given.faults)
            if step is None:
                outcomes.append(None)
                continue
            read_own(step)
            if name == "sequence" and "random" in step:
                outcomes.append((yield from self._read_random(step, inherited, own)))
            else:
                step.refuse_unknown((*own, *_SINGLE, *(("random",) if name == "sequence" else ())))
                outcomes.append(self._read_single(step, inherited))
            self._count += 1
            if self._count > MOST_CHOICES:
                given.refuse(name, "maxItems", f"expected at most {MOST_CHOICES} answers, with those of its steps")
                return None
            if len(given.faults) >= MAXIMUM_SHOWN_ERRORS:
                return None
            yield
        found = [outcome for outcome in outcomes if outcome is not None]
        return found if len(found) == len(outcomes) else None

    def _read_beside(self, given: GivenObject, beside: "Beside | None" = None) -> "Beside":
        """Reads pace and template of `given`, with what it inherits."""
        beside = beside or Beside()
        return Beside(
            read_delay(given, "delay") or beside.delay,
            read_throttle(given) or beside.throttle,
            given.one_of("template", TEMPLATE_DIALECTS) or beside.template,
        )

    def _read_single(self, given: GivenObject, beside: "Beside | None" = None) -> SingleOutcome | None:
        """Reads a single answer, with what it inherits; None if it has faults."""
        fault_count = len(given.faults)
        own = self._read_beside(given, beside)
        fault = self._read_fault(given)
        goes_on = self._read_next(given)
        answer = self._read_answer(given, own.template)
        if len(given.faults) > fault_count or answer is None:
            return None
        if fault and fault not in FAULTS_OF_A_RESPONSE:
            answer = NO_ANSWER
        return SingleOutcome(answer=answer, delay=own.delay, throttle=own.throttle, fault=fault, goes_on=goes_on)

    def _read_fault(self, given: GivenObject) -> str:
        if "fault" not in given:
            return ""
        fault = check_fault(given, "fault", given.members["fault"], self._engine_faults) or ""
        if fault and fault not in FAULTS_OF_A_RESPONSE:
            for name in (*_RESPONSE, *_DECLARED, "template", "throttle"):
                if name in given:
                    given.refuse(
                        name, "contradiction", f"cannot stand beside the fault {fault}, which sends no response"
                    )
        return fault

    def _read_next(self, given: GivenObject) -> bool:
        if "next" not in given:
            return False
        if given.members["next"] is not True:
            given.refuse("next", "enum", f"expected true, got {name_type(given.members['next'])}; else leave it out")
        for name in (*_RESPONSE, *_DECLARED, "template", "fault"):
            if name in given:
                given.refuse(name, "contradiction", "cannot stand beside next, which leaves the answer to others")
        return True

    def _read_answer(self, given: GivenObject, template: str | None) -> Answer | None:
        declared = [name for name in _DECLARED if name in given]
        written = [name for name in _RESPONSE if name in given]
        if declared:
            for name in (*written, *(("template",) if "template" in given else ())):
                given.refuse(
                    name, "contradiction", f"cannot stand beside {declared[0]}, which the document defines completely"
                )
            return self._read_declared(given)
        if not written:
            if "template" in given:
                given.refuse(
                    "template", "contradiction", "there is nothing to render: give a body, headers or a status"
                )
            return ROUTE_ANSWER
        return self._read_written(given, template)

    def _read_declared(self, given: GivenObject) -> Answer | None:
        route = self._route
        if route is None or (route.declared is None and not route.declares_any):
            of = "a mock server" if self._of_server else "a custom route"
            for name in _DECLARED:
                if name in given:
                    given.refuse(name, "custom", f"is of responses that a document declares, which {of} does not have")
            return None
        declared = route.declared or {}
        response = ""
        if "response" in given:
            value = given.members["response"]
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value) if abs(value) < 1000 else ""
            response = value if isinstance(value, str) else ""
            if not route.declares_any and response not in declared:
                given.refuse("response", "enum", f"expected one of {', '.join(declared) or 'none: none is declared'}")
        example = ""
        if "example" in given:
            example = given.label("example", 1000, is_required=True) or ""
            names = {name for status, each in declared.items() if response in ("", status) for name in each}
            if example and not route.declares_any and example not in names:
                shown = ", ".join(sorted(names)[:20]) or "none: none has a name"
                given.refuse("example", "enum", f"expected the name of an example, one of {shown}")
        return DeclaredAnswer(response=response, example=example, dynamic=given.flag("dynamic"))

    def _read_written(self, given: GivenObject, template: str | None) -> Answer | None:
        compile_text = TemplateCompiler(template, self.templates)
        status = self._read_status(given, compile_text)
        body, content_type = self._read_body(given, compile_text)
        headers_given = self._read_header_texts(given)
        headers = read_headers(headers_given, given.at)
        given.faults += check_headers(headers_given, headers, given.at)
        given_type = given.members.get("contentType", UNSET)
        if given_type is not UNSET and not isinstance(given_type, str):
            given.refuse("contentType", "type", f"expected a string, got {name_type(given_type)}")
            given_type = UNSET
        if given_type is UNSET and content_type and not any(each.name.lower() == "content-type" for each in headers):
            given_type = content_type
        found_type, faults = find_content_type(given_type, headers, given.at)
        given.faults += faults
        kept = without_content_type(headers)
        if template is None:
            return StaticAnswer(status=status, headers=kept, content_type=found_type, body=body)
        by_place = {(each.name, each.value): each for each in headers}
        templated = tuple((name, compile_text(value, by_place[name, value].pointer) or value) for name, value in kept)
        if not compile_text.found:
            return StaticAnswer(status=status, headers=kept, content_type=found_type, body=body)
        return TemplatedAnswer(status=status, headers=templated, content_type=found_type, body=body)

    def _read_status(self, given: GivenObject, compile_text: "TemplateCompiler") -> Any:
        value = given.members.get("statusCode", 200)
        if isinstance(value, str) and compile_text.dialect is not None:
            template = compile_text(value, given.pointer("statusCode"))
            if template is not None:
                return template
            value = int(value) if value.strip().isdecimal() and len(value) < 10 else value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            given.refuse("statusCode", "type", f"expected an integer, got {name_type(value)}")
            return 200
        given.faults += check_status_code(value, given.at)
        return value

    def _read_body(self, given: GivenObject, compile_text: "TemplateCompiler") -> tuple[Any, str]:
        """Reads the body, and its default content type."""
        given.refuse_together(_BODIES)
        if "responseJson" in given:
            text = msgspec.json.encode(given.members["responseJson"])
            return compile_text.read_json(text.decode(), given.pointer("responseJson")) or text, ""
        if "responseBase64" in given:
            return self._read_base64(given), BINARY_CONTENT_TYPE
        body = given.members.get("responseBody", "")
        if not isinstance(body, str):
            given.refuse("responseBody", "type", f"expected a string, got {name_type(body)}; or give responseJson")
            return b"", ""
        return compile_text(body, given.pointer("responseBody")) or body.encode(), ""

    def _read_base64(self, given: GivenObject) -> bytes:
        value = given.members["responseBase64"]
        try:
            if isinstance(value, str):
                return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            pass
        given.refuse("responseBase64", "format", "expected base64 text (RFC 4648 §4)")
        return b""

    def _read_header_texts(self, given: GivenObject) -> dict[str, str | list[str]]:
        headers = given.child("responseHeaders")
        if headers is None:
            return {}
        found: dict[str, str | list[str]] = {}
        for name, value in headers.members.items():
            if isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value)):
                found[name] = value
            else:
                headers.refuse(name, "type", f"expected a string or an array of strings, got {name_type(value)}")
        return found


class TemplateCompiler:
    """Makes templates from the texts of one answer; `found` says whether any of them has tags. Without a dialect none
    has."""

    def __init__(self, dialect: str | None, templates: "list[PlacedTemplate]") -> None:
        self.dialect = dialect
        self._templates = templates
        self.found = False

    def __call__(self, text: str, at: str) -> "Template | None":
        """The Template; None if there are no tags. It is parsed when it is first needed, which may take long."""
        if self.dialect is None or "{" not in text:
            return None
        from mockwave.templates import stored_template  # imported only if there are templates: it costs start-up time

        template = stored_template(text, cast("Dialect", self.dialect))
        if template is not None:
            self.found = True
            self._templates.append(PlacedTemplate(at, template))
        return template

    def read_json(self, document: str, at: str) -> "Template | None":
        """Like `__call__`, for a JSON document with templates in its strings."""
        if self.dialect is None or ("{{" not in document and "{%" not in document):
            return self(document, at)
        from mockwave.templates.json_templates import write_json_template  # see above

        return self(write_json_template(document, cast("Dialect", self.dialect)), at)
