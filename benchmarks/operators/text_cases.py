"""Cases of operators on texts, of logic, and of several values of one name."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from benchmarks.operators.questions import PLACES, Case, Request, Value, put, with_basic

TEXTS: Final[Sequence[Value]] = (
    None,
    "",
    "abc",
    "ABC",
    "xabcx",
    "abcabc",
    "a b+c",
    "ab\u00e9",
    ["abc", "z"],
    ["z", "y"],
)

TEXT_MATCHERS: Final[Sequence[Mapping[str, Any]]] = (
    {"equalTo": "abc"},
    {"equalTo": ""},
    {"equalTo": "ABC", "caseInsensitive": True},
    {"equalTo": "ABC", "caseInsensitive": False},
    {"equalTo": "AB\u00c9", "caseInsensitive": True},
    {"equalTo": "a b+c"},
    {"contains": "abc"},
    {"contains": ""},
    {"contains": "\u00e9"},
    {"doesNotContain": "abc"},
    {"matches": "abc"},
    {"matches": "a.c|z"},
    {"matches": "(?i)ABC"},
    {"matches": "^abc$"},
    {"matches": ".*b.*"},
    {"matches": "\\w+"},
    {"matches": ""},
    {"matches": "[a-c]{3}"},
    {"matches": "ab\\p{L}"},
    {"matches": "ab\\x{e9}"},
    {"matches": "\\Qabc\\E"},
    {"matches": "[a-z&&[^z]]+"},
    {"matches": "a\\h?b+c?.*"},
    {"doesNotMatch": "abc"},
    {"doesNotMatch": ".*z.*"},
    {"absent": True},
    {"absent": False},
    {"not": {"equalTo": "abc"}},
    {"not": {"contains": "abc"}},
    {"not": {"absent": True}},
    {"not": {"matches": "a.*"}},
    {"not": {"not": {"equalTo": "abc"}}},
    {"and": [{"contains": "a"}, {"doesNotContain": "x"}]},
    {"and": [{"equalTo": "abc"}, {"not": {"equalTo": "z"}}]},
    {"and": [{"contains": "abc"}, {"contains": "z"}]},
    {"or": [{"equalTo": "abc"}, {"absent": True}]},
    {"or": [{"equalTo": "z"}, {"equalTo": "y"}]},
    {"or": [{"matches": "q"}, {"contains": "bca"}]},
    {"not": {"or": [{"equalTo": "abc"}, {"equalTo": "ABC"}]}},
    {"anything": "(always)"},
)

BINARY: Final = base64.b64encode(b"abc").decode()

SEVERAL: Final[Sequence[Mapping[str, Any]]] = (
    {"hasExactly": [{"equalTo": "1"}, {"equalTo": "2"}]},
    {"hasExactly": [{"equalTo": "1"}]},
    {"hasExactly": [{"matches": "[0-9]"}, {"equalTo": "1"}]},
    {"hasExactly": [{"contains": "1"}, {"doesNotContain": "1"}]},
    {"includes": [{"equalTo": "1"}]},
    {"includes": [{"equalTo": "1"}, {"equalTo": "2"}]},
    {"includes": [{"equalTo": "1"}, {"matches": "[0-9]"}]},
    {"includes": [{"not": {"equalTo": "1"}}]},
    {"hasExactly": []},
    {"includes": []},
)
LISTS: Final[Sequence[Value]] = (None, "1", "2", "12", ["1", "2"], ["2", "1"], ["1", "1"], ["1", "2", "3"], ["3", "2"])


def text_cases() -> Iterator[Case]:
    for place in PLACES:
        for matcher in TEXT_MATCHERS:
            yield put(place, matcher, TEXTS)
    yield put("body", {"binaryEqualTo": BINARY}, TEXTS)
    yield put("query", {"binaryEqualTo": BINARY}, TEXTS)
    yield put("headers", {"binaryEqualTo": BINARY}, TEXTS)
    for place in ("query", "headers", "form"):
        for matcher in SEVERAL:
            yield put(place, matcher, LISTS)


def name_cases() -> Iterator[Case]:
    """Names of values, in other spellings."""
    headers = [Request(shown=f"header {name}", headers=[(name, "1")]) for name in ("x-one", "X-ONE", "X-On")]
    yield Case(when={"headers": {"X-One": {"equalTo": "1"}}}, requests=headers)
    queries = [
        "one=1",
        "ONE=1",
        "one",
        "one=",
        "one=%31",
        "o%6ee=1",
        "one=1;two=2",
        "two=2&one=1",
        "one[]=1",
        "one=1+1",
    ]
    requests = [Request(shown=f"query {each}", query=each) for each in queries]
    for matcher in ({"equalTo": "1"}, {"equalTo": ""}, {"absent": True}, {"equalTo": "1 1"}, {"equalTo": "1;two=2"}):
        yield Case(when={"query": {"one": matcher}}, requests=requests)
    cookies = [
        "one=1",
        "ONE=1",
        'one="1"',
        "two=2; one=1",
        "one=1; one=2",
        "two=2;one=1",
        "one=",
        "one",
        "one=1%20",
        "",
    ]
    asked = [Request(shown=f"cookie {each}", headers=[("Cookie", each)]) for each in cookies]
    for matcher in ({"equalTo": "1"}, {"equalTo": "2"}, {"equalTo": ""}, {"absent": True}, {"equalTo": '"1"'}):
        yield Case(when={"cookies": {"one": matcher}}, requests=asked)
    yield Case(
        when={"headers": {"X": {"equalTo": "1, 2"}}},
        requests=[Request(shown="header of a list", headers=[("X", "1, 2")]), *(PLACES["headers"](["1", "2"]),)],
    )


def path_cases() -> Iterator[Case]:
    ends = ["/abc", "/a%20b", "/a+b", "/%C3%A9", "/a%2Fb", "/ABC", "/1"]
    requests = [Request(shown=f"path {each}", path_end=each) for each in ends]
    for matcher in (
        {"equalTo": "abc"},
        {"equalTo": "a b"},
        {"equalTo": "a+b"},
        {"equalTo": "\u00e9"},
        {"equalTo": "a/b"},
        {"matches": "[a-z]+"},
        {"equalTo": "abc", "caseInsensitive": True},
        {"not": {"equalTo": "abc"}},
        {"absent": True},
    ):
        yield Case(when={"pathParameters": {"X": matcher}}, requests=requests)


def client_cases() -> Iterator[Case]:
    asked = [Request(shown="a request")]
    for matcher in ({"equalTo": "127.0.0.1"}, {"matches": "127\\..*"}, {"equalTo": "10.0.0.1"}, {"absent": True}):
        yield Case(when={"client": matcher}, requests=asked)


def basic_cases() -> Iterator[Case]:
    def encode(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    sent = [f"Basic {encode('me:secret')}", f"basic {encode('me:secret')}", f"Basic {encode('me:other')}"]
    sent += [f"Bearer {encode('me:secret')}", f"Basic  {encode('me:secret')}", "Basic", "Basic !", encode("me:secret")]
    sent += [f"Basic {encode('me:a:b')}", f"BASIC {encode('me:secret')}", f"Basic {encode('mé:secret')}"]
    requests = [*map(with_basic, sent), Request(shown="no Authorization")]
    for username, password in (("me", "secret"), ("me", "a:b"), ("mé", "secret"), ("me", "")):
        yield Case(when={"basicAuth": {"username": username, "password": password}}, requests=requests)
