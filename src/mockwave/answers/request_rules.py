"""Request rules: the requirements of an operation, as they are stored and travel to the mocks.

Written by `openapi/requests/`, in parts (`parts.py`), since many operations have parameters and schemas in common;
`complete_rules` puts them together for checking requests. Encoded as MessagePack, they are opaque to the code that
passes them on. Schemas are JSON Schema 2020-12, whatever the dialect of the document.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from msgspec import Struct

from mockwave.answers.parts import Parts

MAXIMUM_CHECKS: Final = 100
"""The most schemas that may have to be tried on one value before a schema counts as costly."""


class Scheme(Struct, frozen=True, array_like=True):
    """`kind` is apiKey, oauth2, openIdConnect, or an HTTP authentication scheme in lower case (`basic`, `bearer` …).

    `location` and `name` say where an apiKey is sent.
    """

    kind: str
    location: str = ""
    name: str = ""


class ApiKeys(Struct, frozen=True, array_like=True):
    """The names of a document's API keys, in headers (lower case) and in queries; none in cookies."""

    headers: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()


class ParameterRule(Struct, frozen=True, array_like=True):
    """A parameter: `schema` is the JSON text of its schema, b"" without one; `is_json` if its text is JSON.

    If `is_costly`, compiling the schema, or checking even a small value against it, may take longer than an event loop
    can wait (`schema_costs.py` says when). `item_styles` are the styles of nested arrays, from the outer to the inner
    (Swagger 2.0). `lead` is the part of the text that stands in the path pattern, before the matched value (for `;x=1`,
    the `;x=`).
    """

    name: str
    location: str
    style: str
    explode: bool
    required: bool
    schema: bytes
    is_json: bool = False
    is_costly: bool = False
    item_styles: tuple[str, ...] = ()
    lead: str = ""


class Encoding(Struct, frozen=True, array_like=True):
    """How one field of a form is written. With `refuses_reserved`, RFC 3986's reserved characters must be escaped;
    `item_styles` are like those of a ParameterRule."""

    name: str
    style: str
    explode: bool
    media_type: str = ""
    refuses_reserved: bool = False
    item_styles: tuple[str, ...] = ()


class BodyRule(Struct, frozen=True, array_like=True):
    """A body of one media type or range; `is_costly` is like that of a parameter."""

    media_type: str
    schema: bytes
    encodings: tuple[Encoding, ...] = ()
    is_costly: bool = False


class Definition(Struct, frozen=True, array_like=True):
    """The JSON text of a schema, and the definitions that it refers to."""

    schema: bytes
    needs: tuple[int, ...]


class NumberedDefinition(Struct, frozen=True, array_like=True):
    """A definition and the number by which schemas refer to it."""

    number: int
    schema: bytes
    needs: tuple[int, ...]


class RequestRules(Struct, frozen=True, array_like=True):
    """All requirements of an operation. `definitions` are the targets of `#/$defs/<number>` in the schemas, in any
    order.

    `security` has alternatives, each of schemes that must all hold; without any, everyone is admitted. `is_costly` if
    some schema is, or if compiling all of them at once takes longer than an event loop can wait.
    """

    parameters: tuple[ParameterRule, ...]
    bodies: tuple[BodyRule, ...]
    body_required: bool
    security: tuple[tuple[Scheme, ...], ...]
    definitions: tuple[NumberedDefinition, ...]
    is_costly: bool = False


class PackedParameter(Struct, frozen=True, array_like=True):
    """A part: a parameter, and the definitions to which its schema refers."""

    rule: ParameterRule
    needs: tuple[int, ...]


class PackedBody(Struct, frozen=True, array_like=True):
    """A part: a body, and the definitions to which its schema refers."""

    rule: BodyRule
    needs: tuple[int, ...]


class PackedRules(Struct, frozen=True, array_like=True):
    """A part: RequestRules, as the parts of its parameters and bodies."""

    parameters: tuple[int, ...]
    bodies: tuple[int, ...]
    body_required: bool
    security: tuple[tuple[Scheme, ...], ...]
    is_costly: bool = False


encode_rules = msgspec.msgpack.Encoder().encode
_decode_all = msgspec.msgpack.Decoder(RequestRules).decode
_decode_packed = msgspec.msgpack.Decoder(PackedRules).decode
decode_parameter: Callable[[bytes], PackedParameter] = msgspec.msgpack.Decoder(PackedParameter).decode
_decode_body = msgspec.msgpack.Decoder(PackedBody).decode
decode_definition: Callable[[bytes], Definition] = msgspec.msgpack.Decoder(Definition).decode


def decode_rules(data: bytes) -> RequestRules:
    return _decode_all(data)


def complete_rules(data: bytes, parts: Parts) -> RequestRules:
    """Returns the rules whose part is `data`, with all definitions to which their schemas refer."""
    packed = _decode_packed(data)
    parameters = [decode_parameter(parts[number]) for number in packed.parameters]
    bodies = [_decode_body(parts[number]) for number in packed.bodies]
    needed = {number for each in parameters for number in each.needs}
    needed.update(number for each in bodies for number in each.needs)
    return RequestRules(
        tuple(each.rule for each in parameters),
        tuple(each.rule for each in bodies),
        packed.body_required,
        packed.security,
        find_definitions(sorted(needed, reverse=True), parts),
        packed.is_costly,
    )


def find_definitions(needed: Iterable[int], parts: Parts) -> tuple[NumberedDefinition, ...]:
    """The definitions `needed`, and those that they need."""
    found: dict[int, NumberedDefinition] = {}
    waiting = list(needed)
    while waiting:
        number = waiting.pop()
        if number not in found:
            definition = decode_definition(parts[number])
            found[number] = NumberedDefinition(number, definition.schema, definition.needs)
            waiting.extend(definition.needs)
    return tuple(found.values())
