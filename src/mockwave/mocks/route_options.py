"""Options: the possible answers of one generated route, and which of them a request gets.

The choice goes: the requested status, else the route's own response; in it the media type that Accept prefers
(`offers`), among those that have the requested example; in that the example, else the first body. A status is found as
declared, else as its range (`5XX`), else as `default`. Preference-Applied names exactly the preferences that affected
the choice (RFC 7240 §3). A choice is kept by its question, so that the same question costs a look-up.

If requests are validated, a request that breaks the document's rules gets the document's response for that case
(`refusals.py`).

With dynamic values, by request or by the server's setting, a generator is kept: it makes body and headers anew for each
request. A named example is still sent as it is. Whatever is kept is counted, and may be forgotten (`kept_work`).
"""

from collections.abc import Sequence
from itertools import count
from random import Random

import msgspec

from mockwave._responder import Choice, Reply
from mockwave.answers.variants import (
    Variant,
    count_variant_bytes,
    decode_request_rules,
    decode_variants,
    has_request_rules,
)
from mockwave.bodies.syntaxes import is_text
from mockwave.bodies.written_bodies import has_text
from mockwave.dynamic.stored_plans import decode_plans
from mockwave.mocks.cross_origin import Headers
from mockwave.mocks.dynamic_replies import BodyGenerator, DeclaredHeaders, DynamicReply, HeaderGenerator
from mockwave.mocks.header_examples import has_header_example, with_header_examples
from mockwave.mocks.kept_work import kept_work
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.offers import Offer, choose_offer, choose_offer_anyway, find_example, is_named
from mockwave.mocks.preferences import Preferences
from mockwave.mocks.refusals import find_refusing_variant, refusal_of, refusal_of_unchecked
from mockwave.mocks.replies import BODILESS_STATUSES, build_headers, build_problem_reply
from mockwave.problems import Refusal
from mockwave.store.records import ServerRecord
from mockwave.validation.check_limits import TooLongForLoop, TooMany
from mockwave.validation.request_checks import RequestCheck
from mockwave.validation.verdicts import CheckNeeded, Faults, RequestParts, Unchecked, Verdict

MAX_KEPT_REPLIES = 64
MAX_KEPT_QUESTION_BYTES = 1024
MAX_KEPT_BYTES = 256 << 10

# Bytes in memory, measured, rounded up.
OF_DECODED_BYTE = 12  # of an encoded response
OF_PLANNED_BYTE = 60  # of an encoded plan
OF_RULES_BYTE = 3  # of encoded request rules
OF_REPLY = 600  # besides the texts of its headers
OF_HEADER = 200

VALID = Verdict()
_rules_numbers = count(1)

Question = tuple[bytes | None, Preferences, str | None]


class Options:
    """All possible answers of one generated route; its variants are decoded when the first request needs them.

    If `is_dynamic`, bodies and headers are generated unless a request wants static ones. With a `seed` each route has a
    separate sequence, which restarts when the routes are loaded again, and on each worker. Its headers have another
    sequence, so that its bodies are the same whichever headers are declared.
    """

    __slots__ = (
        "__weakref__",
        "_check",
        "_choice_replies",
        "_compiled_bytes",
        "_cors",
        "_default",
        "_encoded",
        "_header_random",
        "_kept_bytes",
        "_name",
        "_parts",
        "_random",
        "_replies",
        "_rules_number",
        "_seed",
        "_variants",
        "asks_of_requests",
        "has_no_default",
        "is_dynamic",
    )

    def __init__(
        self,
        default: Reply,
        encoded: bytes,
        parts: Sequence[bytes],
        server: ServerRecord,
        name: str = "",
        has_no_default: bool = False,
    ) -> None:
        self.is_dynamic = server.dynamic
        self.has_no_default = has_no_default
        self._seed = server.seed
        self._random: Random | None = None
        self._header_random: Random | None = None
        self._name = name
        self._default = default
        self._encoded = encoded
        self._parts = parts
        self._cors = server.cors
        self._variants: list[Variant] | None = None
        self.asks_of_requests = server.validate_requests and has_request_rules(encoded)
        """Whether requests have to be checked at all."""
        self._check: RequestCheck | None = None
        self._compiled_bytes = 0
        self._rules_number = 0
        self._replies: dict[Question, Reply | DynamicReply] | None = None
        self._kept_bytes = 0
        self._choice_replies: dict[bytes, Reply] | None = None

    def forget(self) -> None:
        """Forgets what can be made again, including what the route's Choice keeps."""
        self._variants = self._check = self._replies = None
        self._compiled_bytes = self._kept_bytes = 0
        if self._choice_replies is not None:
            self._choice_replies.clear()

    def keep_at(self, choice: Choice, headers: list[tuple[bytes, bytes]], query: bytes, reply: Reply) -> None:
        """Has the Choice of this route keep the Reply to a request with these headers and this query."""
        choice.keep(headers, query, reply)
        self._choice_replies = choice.kept
        kept_work.count(self, OF_REPLY)

    @property
    def method(self) -> str:
        return self._name.partition(" ")[0]

    def answer(self, accept: bytes | None, preferences: Preferences) -> tuple[Reply, bool]:
        """Returns the Reply to a request with these headers (a problem document if nothing fits), and whether it is
        kept as the answer to the same question."""
        return self._answer(accept, preferences, None)

    def answer_declared(self, response: str, accept: bytes | None, preferences: Preferences) -> Reply:
        """Like `answer`, for the response declared under this name, whatever the client prefers; "" for the route's
        own."""
        return self._answer(accept, preferences, response)[0]

    def _answer(self, accept: bytes | None, preferences: Preferences, declared: str | None) -> tuple[Reply, bool]:
        question = accept, preferences, declared
        if self._replies is None:
            self._replies = {}
        reply = self._replies.get(question)
        is_kept = reply is not None
        if reply is None:
            reply, own_bytes = self._build(accept, preferences, declared)
            is_kept = self._keep(question, reply, own_bytes)
        return (reply, is_kept) if isinstance(reply, Reply) else (reply.make(), False)

    def _keep(self, question: Question, reply: Reply | DynamicReply, own_bytes: int) -> bool:
        """Keeps the answer to the question, if there is room; returns whether it does."""
        accept, preferences, _ = question
        size = len(accept or b"") + len(preferences.code or "") + len(preferences.example or "")
        if self._replies is None:
            self._replies = {}
        has_room = len(self._replies) < MAX_KEPT_REPLIES and self._kept_bytes + own_bytes <= MAX_KEPT_BYTES
        if not has_room or size > MAX_KEPT_QUESTION_BYTES:
            return False
        self._replies[question] = reply
        self._kept_bytes += own_bytes
        kept_work.count(self, size + own_bytes + (count_reply_bytes(reply) if isinstance(reply, Reply) else OF_REPLY))
        return True

    def _build(
        self, accept: bytes | None, preferences: Preferences, declared: str | None
    ) -> tuple[Reply | DynamicReply, int]:
        """Builds the answer; with the number of its bytes that do not belong to the document, which is in memory
        anyway."""
        try:
            return self._choose(self._decode(), accept, preferences, declared)
        except Refusal as refusal:
            reply = build_problem_reply(refusal, self._cors, self._default.route_id, heeds_preferences=True)
            return reply, len(reply.body)

    def _decode(self) -> list[Variant]:
        variants = self._variants
        if variants is None:
            variants = self._variants = decode_variants(self._encoded, self._parts)
            kept_work.count(self, OF_DECODED_BYTE * count_variant_bytes(self._encoded, self._parts))
        return variants

    def check(self, path: dict[str, bytes], request: MockRequest) -> Verdict:
        """Checks a request with these path parameters. Raises CheckNeeded."""
        check = self._check
        if check is None:
            rules = self._encode_rules()
            check = self._check = RequestCheck(rules, self._name, is_on_loop=True)
            self._rules_number = next(_rules_numbers)
            kept_work.count(self, OF_RULES_BYTE * len(rules))
        try:
            faults = check.find_faults(path, request.query, request.headers, request.body, request.limits)
        except TooMany as excess:
            return Verdict(unchecked=Unchecked("too-costly", str(excess)))
        except TooLongForLoop:
            parts = RequestParts(path, request.query, request.headers, request.body)
            raise CheckNeeded(parts, self._rules_number, self._name, self._encode_rules, check.learn) from None
        finally:
            if check.compiled_bytes != self._compiled_bytes:
                kept_work.count(self, check.compiled_bytes - self._compiled_bytes)
                self._compiled_bytes = check.compiled_bytes
        return VALID if faults is None else Verdict(faults)

    def _encode_rules(self) -> bytes:
        return decode_request_rules(self._encoded, self._parts)

    def decline(self, unchecked: Unchecked) -> Reply:
        """The Reply to a request whose check did not finish, so that its validity is unknown."""
        return build_problem_reply(refusal_of_unchecked(unchecked), self._cors, self._default.route_id)

    def refuse(self, faults: Faults, accept: bytes | None, preferences: Preferences) -> Reply:
        """The Reply to a request with these faults: the document's own response, else a problem document."""
        try:
            found = find_refusing_variant(self._decode(), faults.status)
            if found is None:
                raise refusal_of(faults)
            return self._build_refusal(*found, accept, preferences)
        except Refusal as refusal:
            return build_problem_reply(refusal, self._cors, self._default.route_id, heeds_preferences=True)

    def _build_refusal(self, variant: Variant, status: int, accept: bytes | None, preferences: Preferences) -> Reply:
        # A named example belongs to the requested response, which may be another one. Refusing the request for its
        # Accept as well would hide the actual reason.
        example = preferences.example if preferences.code == str(status) else None
        variant, example = choose_header_examples(variant, example)
        offer = None if status in BODILESS_STATUSES else choose_offer_anyway(variant, accept, example)
        return self._reply(status, variant.headers, offer)

    def _choose(
        self, variants: list[Variant], accept: bytes | None, preferences: Preferences, declared: str | None
    ) -> tuple[Reply | DynamicReply, int]:
        if declared:
            variant, status = find_variant(variants, declared)
        else:
            variant, status = choose_variant(variants, self._default.status, preferences.code)
        variant, example = choose_header_examples(variant, preferences.example)
        offer = None if status in BODILESS_STATUSES else choose_offer(variant, accept, example)
        if offer is not None:
            refuse_fault(offer, accept)
        is_dynamic = self.is_dynamic if preferences.dynamic is None else preferences.dynamic
        plan = None
        # A body that is not text is the same for each request, and so is a named example.
        if is_dynamic and offer is not None and has_text(offer.media_type) and preferences.example is None:
            plan = offer.content.plan
        makes_headers = is_dynamic and bool(variant.generated_headers)
        has_dynamic = offer is not None or bool(variant.generated_headers)
        is_heeded = has_dynamic and (plan is not None or makes_headers) == preferences.dynamic
        applied = (preferences if is_heeded else msgspec.structs.replace(preferences, dynamic=None)).applied()
        further = (("Preference-Applied", applied),) if applied and declared is None else ()
        reply = self._reply(status, (*variant.headers, *further), offer)
        own_bytes = len(reply.body) if offer is not None and offer.is_rewritten else 0
        if plan is None and not makes_headers:
            return reply, own_bytes
        media_type = "" if offer is None else offer.media_type
        dynamic = DynamicReply(
            reply,
            None if plan is None or offer is None else self._generate_bodies(plan, offer),
            self._generate_headers(variant) if makes_headers else None,
            lambda headers: self._build_headers((*headers, *further), media_type),
        )
        return dynamic, own_bytes

    def _generate_bodies(self, plan: int, offer: Offer) -> BodyGenerator:
        if self._random is None:
            self._random = self._start_sequence("")
        plans = decode_plans(plan, self._parts)
        kept_work.count(self, OF_PLANNED_BYTE * plans.encoded_bytes)
        return BodyGenerator(plans, self._random, offer.media_type, offer.content.shapes, offer.body)

    def _generate_headers(self, variant: Variant) -> HeaderGenerator:
        if self._header_random is None:
            self._header_random = self._start_sequence(" headers")
        generator = HeaderGenerator(variant, self._parts, self._header_random)
        kept_work.count(self, OF_PLANNED_BYTE * generator.encoded_bytes)
        return generator

    def _start_sequence(self, purpose: str) -> Random:
        return Random(None if self._seed is None else f"{self._seed} {self._name}{purpose}")

    def _build_headers(self, headers: DeclaredHeaders, media_type: str) -> Headers:
        return build_headers(headers, media_type, self._cors, heeds_preferences=True)

    def _reply(self, status: int, headers: DeclaredHeaders, offer: Offer | None) -> Reply:
        return self._default.replacing(
            status=status,
            headers=self._build_headers(headers, "" if offer is None else offer.media_type),
            body=b"" if offer is None else offer.body,
        )


def count_reply_bytes(reply: Reply) -> int:
    """The bytes that a Reply takes, without its body."""
    return OF_REPLY + sum(OF_HEADER + len(name) + len(value) for name, value in reply.headers)


def choose_variant(variants: list[Variant], own_status: int, code: str | None) -> tuple[Variant, int]:
    """Returns the response to send, and its status. Raises Refusal (404) if the document has none."""
    if code is None:
        # The route's own response is the one from which its record was made.
        return next(variant for variant in variants if variant.status_code == own_status), own_status
    wanted = {code: 0, f"{code[:1]}XX": 1, "DEFAULT": 2} if is_final_status(code) else {}
    fitting = [variant for variant in variants if variant.key.upper() in wanted]
    if not fitting:
        declared = ", ".join(variant.key for variant in variants)
        raise Refusal(404, "no-such-response", f"status code {code[:40]} is not declared; declared are {declared}")
    return min(fitting, key=lambda variant: wanted[variant.key.upper()]), int(code)


def find_variant(variants: list[Variant], name: str) -> tuple[Variant, int]:
    """Returns the response declared under this name: a status, a range or `default`. Raises Refusal (500) if a rule
    names one that the document no longer has."""
    for variant in variants:
        if variant.key.upper() == name.upper():
            return variant, variant.status_code
    declared = ", ".join(variant.key for variant in variants)
    raise Refusal(500, "no-such-response", f"a rule names the response {name[:40]}, but declared are {declared}")


def choose_header_examples(variant: Variant, example: str | None) -> tuple[Variant, str | None]:
    """Returns the response with the headers of this example, and the example to look for among its bodies; None if only
    headers have it."""
    if example is None or not has_header_example(variant, example):
        return variant, example
    is_of_body = any(find_example(content, example) is not None for content in variant.contents)
    return with_header_examples(variant, example), example if is_of_body else None


def is_final_status(code: str) -> bool:
    return len(code) == 3 and code.isdecimal() and code.isascii() and int(code) >= 200


FAULTS = {
    "too-large": "every body that conforms to the schema of this response is too large to be made",
    "no-text": "the schema of this response is of an object or array, which cannot be written as text",
}


def refuse_fault(offer: Offer, accept: bytes | None) -> None:
    """Raises Refusal (500) if something is wrong with the body of this offer."""
    fault = offer.content.fault
    is_text_asked_for = fault == "no-text" and is_text(offer.media_type) and is_named(accept, offer.media_type)
    if fault == "too-large" or is_text_asked_for:
        raise Refusal(500, fault, FAULTS[fault])
