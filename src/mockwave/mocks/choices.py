"""Response choice: which of its declared responses a generated route answers a request with.

The status asked for, else the route's own response; in it the media type that Accept likes most, and of that the
example asked for, else the first. A status is found as declared, else as its range (`5XX`), else as `default`.
What was chosen is kept by what was asked, so that the same question costs a look-up.

With dynamic values, asked for by the request or else by its server, what is kept is a generator: it makes the body anew
for each request. An example that is asked for by name is sent all the same.
"""

from random import Random

from msgspec import Struct

from mockwave._responder import Choice, Reply
from mockwave.dynamic.generators import Generator
from mockwave.dynamic.plans import decode_plans
from mockwave.mocks.negotiation import choose_media_type
from mockwave.mocks.preferences import Preferences, read_preferences
from mockwave.mocks.replies import BODILESS_STATUSES, build_headers, build_problem_reply
from mockwave.openapi.variants import NamedBody, Variant, VariantContent, decode_variants
from mockwave.problems import Refusal
from mockwave.store.records import RouteRecord

MAX_KEPT_REPLIES = 64
MAX_KEPT_QUESTION_BYTES = 1024

Question = tuple[bytes | None, Preferences]


class DynamicReply:
    """A Reply but for its body, which is generated anew each time."""

    def __init__(self, reply: Reply, generator: Generator) -> None:
        self._reply = reply
        self._generator = generator

    def make(self) -> Reply:
        reply = self._reply
        return Reply(
            reply.status,
            reply.headers,
            self._generator.make_body(),
            delay_ms=reply.delay_ms,
            route_id=reply.route_id,
            flags=reply.flags,
        )


class Options:
    """All that one generated route can answer with; its variants are decoded when the first request asks.

    Of the route's record nothing is kept that `default`, its own Reply, does not say: a server has thousands of these.

    `is_dynamic`: bodies are generated unless a request asks for static ones. With a `seed` each route has a sequence of
    its own, which starts again where the routes are loaded again, and on each worker.
    """

    __slots__ = ("_cors", "_default", "_encoded", "_random", "_replies", "_seed", "_variants", "is_dynamic")

    def __init__(
        self, default: Reply, encoded: bytes, cors: bool, is_dynamic: bool = False, seed: str | None = None
    ) -> None:
        self.is_dynamic = is_dynamic
        self._seed = seed
        self._random: Random | None = None
        self._default = default
        self._encoded = encoded
        self._cors = cors
        self._variants: list[Variant] | None = None
        self._replies: dict[Question, Reply | DynamicReply] | None = None

    def answer(self, accept: bytes | None, preferences: Preferences) -> Reply:
        """The Reply to a request with these headers; a problem document where nothing fits."""
        question = accept, preferences
        if self._replies is None:
            self._replies = {}
        reply = self._replies.get(question)
        if reply is None:
            reply = self._build(accept, preferences)
            size = len(accept or b"") + len(preferences.code or "") + len(preferences.example or "")
            if len(self._replies) < MAX_KEPT_REPLIES and size <= MAX_KEPT_QUESTION_BYTES:
                self._replies[question] = reply
        return reply if isinstance(reply, Reply) else reply.make()

    def _build(self, accept: bytes | None, preferences: Preferences) -> Reply | DynamicReply:
        if self._variants is None:
            self._variants = decode_variants(self._encoded)
        try:
            return self._choose(self._variants, accept, preferences)
        except Refusal as refusal:
            return build_problem_reply(refusal, self._cors, self._default.route_id)

    def _choose(self, variants: list[Variant], accept: bytes | None, preferences: Preferences) -> Reply | DynamicReply:
        variant, status = choose_variant(variants, self._default.status, preferences.code)
        content = choose_content(variant, accept, preferences.example)
        body = b"" if content is None else choose_example(content, preferences.example).body
        headers = variant.headers
        applied = preferences.applied()
        if applied:
            headers = (*headers, ("Preference-Applied", applied.decode("latin-1")))
        reply = Reply(
            status,
            build_headers(headers, "" if content is None else content.media_type, self._cors),
            b"" if status in BODILESS_STATUSES else body,
            delay_ms=self._default.delay_ms,
            route_id=self._default.route_id,
            flags=self._default.flags,
        )
        is_dynamic = self.is_dynamic if preferences.dynamic is None else preferences.dynamic
        if not is_dynamic or content is None or not content.plan or preferences.example is not None:
            return reply
        if self._random is None:
            self._random = Random(self._seed)  # of its own seed where that is None
        return DynamicReply(reply, Generator(decode_plans(content.plan), self._random))


class DynamicChoice(Struct, frozen=True):
    """A Choice on a dynamic server: being none of the compiled ones, it is never a plain hit."""

    default: Reply
    options: Options


def choose_variant(variants: list[Variant], own_status: int, code: str | None) -> tuple[Variant, int]:
    """The response to send, and the status to send it with. Raises Refusal (404) where the document has none."""
    if code is None:
        # The route's own response is the one its record was made from.
        return next(variant for variant in variants if variant.status_code == own_status), own_status
    wanted = {code: 0, f"{code[:1]}XX": 1, "DEFAULT": 2} if is_final_status(code) else {}
    fitting = [variant for variant in variants if variant.key.upper() in wanted]
    if not fitting:
        declared = ", ".join(variant.key for variant in variants)
        raise Refusal(404, "no-such-response", f"status code {code[:40]} is not declared; declared are {declared}")
    return min(fitting, key=lambda variant: wanted[variant.key.upper()]), int(code)


def is_final_status(code: str) -> bool:
    return len(code) == 3 and code.isdecimal() and code.isascii() and int(code) >= 200


def choose_content(variant: Variant, accept: bytes | None, example: str | None) -> VariantContent | None:
    """The media type to send; None where the response has none. Raises Refusal (404, 406)."""
    if not variant.contents:
        if example is not None:
            raise no_such_example(example, "this response has no content")
        return None
    index = choose_media_type([content.media_type for content in variant.contents], accept)
    if index is None:
        produced = ", ".join(content.media_type for content in variant.contents)
        wanted = (accept or b"").decode("latin-1")[:200]
        raise Refusal(406, "not-acceptable", f"nothing here is acceptable as {wanted}; there is {produced}")
    return variant.contents[index]


def choose_example(content: VariantContent, name: str | None) -> NamedBody:
    if name is None:
        return content.bodies[0]
    for body in content.bodies:
        if body.name == name and name:
            return body
    names = ", ".join(body.name for body in content.bodies if body.name) or "none"
    raise no_such_example(name, f"examples of {content.media_type} are: {names}")


def no_such_example(name: str, reason: str) -> Refusal:
    return Refusal(404, "no-such-example", f"there is no example {name[:100]!r}; {reason}")


def build_choice(
    route: RouteRecord, default: Reply, cors: bool, is_dynamic: bool = False, seed: int | None = None
) -> Choice | DynamicChoice:
    """What stands in the Matcher for a route with variants: its own Reply, and the way to the others.

    A Choice has the encoded variants until a request asks for one: most never are.
    """
    encoded = route.variants or b""
    if not is_dynamic and seed is None:
        return Choice(default, encoded)
    route_seed = None if seed is None else f"{seed} {route.method} {route.path}"
    options = Options(default, encoded, cors, is_dynamic, route_seed)
    return DynamicChoice(default, options) if is_dynamic else Choice(default, options)


def choose_reply(choice: Choice | DynamicChoice, headers: list[tuple[bytes, bytes]], query: bytes, cors: bool) -> Reply:
    """The Reply of the route to a request with these headers and this query."""
    prefer = [value for name, value in headers if name == b"prefer"]
    preferences = read_preferences(prefer, query)
    accepts = [value for name, value in headers if name == b"accept"]
    accept = b", ".join(accepts) if accepts else None
    if preferences == Preferences() and accept in (None, b"*/*") and isinstance(choice, Choice):
        return choice.default
    if isinstance(choice, Choice) and isinstance(choice.options, bytes):
        choice.options = Options(choice.default, choice.options, cors)
    options: Options = choice.options
    return options.answer(accept, preferences)
