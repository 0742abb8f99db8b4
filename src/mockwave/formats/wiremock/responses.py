"""The responses of WireMock stubs: bodies in all their forms, templates, delays and faults."""

import base64
import binascii
import json
from typing import Any, Final, NoReturn

from mockwave.formats.documents import Folder
from mockwave.formats.handlebars.syntax import has_tags
from mockwave.formats.handlebars.translation import translate_template
from mockwave.formats.notes import Notes, refuse
from mockwave.formats.stubs.stub_responses import (
    Delay,
    Headers,
    Response,
    as_utf8,
    encode_text,
    take_delay,
    take_headers,
    take_status,
)
from mockwave.formats.tree_values import Tree, dict_of, expect, list_of, number, pairs_in, text_of, whole_number
from mockwave.formats.wiremock.templates import make_dialect
from mockwave.openapi.document.report import describe
from mockwave.pointers import pointer_below
from mockwave.response_fields import DELAYS_MS

RESPONSE_KEYS: Final = frozenset(
    (
        "status statusMessage headers body jsonBody base64Body bodyFileName fixedDelayMilliseconds delayDistribution"
        " chunkedDribbleDelay fault proxyBaseUrl proxyUrlPrefixToRemove additionalProxyRequestHeaders"
        " removeProxyRequestHeaders transformers transformerParameters fromConfiguredStub"
    ).split()
)
FAULTS: Final = (
    "EMPTY_RESPONSE",
    "MALFORMED_RESPONSE_CHUNK",
    "RANDOM_DATA_THEN_CLOSE",
    "CONNECTION_RESET_BY_PEER",
)


class LeftOut(Exception):
    """A stub cannot be made; the reason is noted already."""


def leave_out(notes: Notes, pointer: str, reason: str) -> NoReturn:
    """Notes why a stub is left out. Raises LeftOut."""
    notes.leave_out(pointer, f"{reason}; the stub is left out")
    raise LeftOut


class ResponseReader:
    """Reads the responses of stubs, with the files of their folder."""

    def __init__(self, folder: Folder, notes: Notes) -> None:
        self._folder = folder
        self._notes = notes

    def read(self, response: Tree, at: str) -> Response:
        for key in response.keys() - RESPONSE_KEYS:
            self._notes.leave_out(
                pointer_below(at, key), f"{key[:60]!r} is not a member of a response that is known here"
            )
        if response.get("proxyBaseUrl") is not None:
            leave_out(self._notes, f"{at}/proxyBaseUrl", "requests are not handed on to another server")
        status = response.get("status")
        code = 200 if status is None else whole_number(status)
        if code is None:
            refuse(f"{at}/status", f"expected a status code, got {describe(status)}")
        code = take_status(code, f"{at}/status", self._notes)
        if code is None:
            raise LeftOut
        if response.get("statusMessage"):
            self._notes.leave_out(f"{at}/statusMessage", "a status is sent with its standard reason")
        headers, content_type = take_headers(self._header_pairs(response, at), f"{at}/headers", self._notes)
        body, is_json = self._read_body(response, at)
        body, headers, is_template = self._read_templates(response, body, headers, at)
        fault = response.get("fault")
        if fault is not None and fault not in FAULTS:
            refuse(f"{at}/fault", f"expected one of {', '.join(FAULTS)}, got {describe(fault)}")
        dribble = dict_of(response.get("chunkedDribbleDelay"))
        chunks = whole_number(dribble.get("numberOfChunks"))
        total_ms = whole_number(dribble.get("totalDuration"))
        return Response(
            status_code=code,
            headers=headers,
            body=body,
            content_type=content_type or ("application/json" if is_json else ""),
            delay=self._read_delay(response, at),
            template="liquid" if is_template else "",
            fault=fault or "",
            throttle={"chunks": chunks, "durationMs": total_ms} if chunks and total_ms is not None else None,
        )

    def _header_pairs(self, response: Tree, at: str) -> list[tuple[str, str]]:
        given = expect(response.get("headers") or {}, dict, f"{at}/headers")
        return pairs_in(given)

    def _read_body(self, response: Tree, at: str) -> tuple[bytes, bool]:
        """Returns the body, and whether it was given as JSON."""
        if response.get("jsonBody") is not None:
            return json.dumps(response["jsonBody"], ensure_ascii=False).encode("utf-8", "replace"), True
        if response.get("base64Body") is not None:
            return self._decode_base64(response["base64Body"], f"{at}/base64Body"), False
        if response.get("bodyFileName") is not None:
            return self._read_file(text_of(response["bodyFileName"]), f"{at}/bodyFileName"), False
        body = response.get("body")
        if isinstance(body, dict):
            return self._read_body_entity(body, f"{at}/body")
        return encode_text(text_of(body)), False

    def _read_body_entity(self, body: Tree, at: str) -> tuple[bytes, bool]:
        """Reads a body in the form of WireMock 4."""
        if body.get("compression") not in (None, "none"):
            self._notes.change(f"{at}/compression", "the body is sent as it is, not compressed")
        if body.get("base64Data") is not None:
            return self._decode_base64(body["base64Data"], f"{at}/base64Data"), False
        if body.get("filePath") is not None:
            return self._read_file(text_of(body["filePath"]), f"{at}/filePath"), False
        if body.get("dataStore") is not None or "data" not in body:
            leave_out(self._notes, at, "its body is in a data store")
        data = body.get("data")
        return encode_text(text_of(data)), isinstance(data, dict | list)

    def _decode_base64(self, text: Any, pointer: str) -> bytes:
        try:
            return base64.b64decode(expect(text, str, pointer), validate=False)
        except (binascii.Error, ValueError) as error:
            refuse(pointer, f"not base64: {error}", error)

    def _read_file(self, name: str, pointer: str) -> bytes:
        if has_tags(name):
            self._notes.leave_out(pointer, "the name of the file is a template; the body is empty")
            return b""
        path = name.replace("\\", "/").removeprefix("/")
        if ".." in path.split("/"):
            refuse(pointer, f"{name[:80]!r} leads out of the folder __files")
        found = self._folder.find(f"__files/{path}")
        if found is None:
            found = next((data for each, data in self._folder.files.items() if each.endswith(f"/__files/{path}")), None)
        if found is None:
            self._notes.leave_out(
                pointer, f"__files/{path[:80]} did not come with it, so the body is empty; send the folder"
            )
        return found or b""

    def _read_templates(self, response: Tree, body: bytes, headers: Headers, at: str) -> tuple[bytes, Headers, bool]:
        transformers = list_of(response.get("transformers"))
        others = [text_of(each) for each in transformers if each != "response-template"]
        if others:
            self._notes.leave_out(f"{at}/transformers", f"there is no transformer {', '.join(others)[:80]}")
        text = as_utf8(body)
        if "response-template" not in transformers:
            if text is not None and has_tags(text):
                reason = "holds {{, and no transformer response-template is named; it is sent as it stands"
                self._notes.change(at, f"the body {reason}")
            return body, headers, False
        is_template = False
        dialect = make_dialect(dict_of(response.get("transformerParameters")))
        if text is not None:
            text, is_template = translate_template(text, dialect, at, self._notes)
            body = encode_text(text)
        kept = []
        for name, value in headers:
            translated, has_some = translate_template(value, dialect, f"{at}/headers", self._notes)
            is_template = is_template or has_some
            kept.append((name, translated))
        return body, tuple(kept), is_template

    def _read_delay(self, response: Tree, at: str) -> Delay:
        distribution = response.get("delayDistribution")
        if isinstance(distribution, dict):
            return read_distribution(distribution, f"{at}/delayDistribution", self._notes)
        return take_delay(number(response.get("fixedDelayMilliseconds")), f"{at}/fixedDelayMilliseconds", self._notes)


def read_distribution(given: Tree, pointer: str, notes: Notes) -> Delay:
    """Returns a delay distribution in the form of rules."""
    kind = given.get("type")
    numbers = {key: number(value) for key, value in given.items() if key != "type"}
    match kind:
        case "fixed":
            return take_delay(numbers.get("milliseconds"), pointer, notes)
        case "uniform":
            lower, upper = numbers.get("lower"), numbers.get("upper")
            if lower is None or upper is None or not 0 <= lower <= upper:
                refuse(pointer, "expected lower and upper, in ms")
            return {"type": "uniform", "lower": round(lower), "upper": take_delay(upper, pointer, notes)}
        case "lognormal":
            median, sigma = numbers.get("median"), numbers.get("sigma")
            if median is None or sigma is None or median <= 0 or sigma < 0:
                refuse(pointer, "expected median and sigma")
            maximum = take_delay(numbers.get("maxValue") or DELAYS_MS[-1], pointer, notes)
            return {"type": "lognormal", "median": median, "sigma": sigma, "max": maximum}
    return refuse(f"{pointer}/type", f"expected fixed, uniform or lognormal, got {describe(kind)}")
