"""The usual values of header fields, by name: the text to show, and the faker for dynamic values (RFC 9110, the Fetch
standard §3.3, IETF drafts and common use). Without a faker, the text is the only sensible one for a mock.

A name counts by its words, like those of properties (`property_names`), longest ending first: `Content-Location` is
treated like `location`.
"""

import re
from typing import Final, NamedTuple

_NOT_IN_WORDS = re.compile(r"[^0-9a-z]+")


class HeaderText(NamedTuple):
    """A text for a header, and the name of the faker that makes others; "" if there is none."""

    sample: str
    faker: str = ""


MOMENT: Final = HeaderText("Sat, 24 Aug 2019 14:15:22 GMT", "_.httpDate")  # RFC 9110 §5.6.7
PLACE: Final = HeaderText("http://example.com", "internet.url")
UUID: Final = HeaderText("497f6eca-6276-4993-bfeb-53cbbbba6f08", "string.uuid")
ANYTHING: Final = HeaderText("*")

HEADERS: Final[dict[str, HeaderText]] = {
    "accept ranges": HeaderText("bytes"),
    "access control allow credentials": HeaderText("true"),
    "access control allow headers": ANYTHING,
    "access control allow methods": ANYTHING,
    "access control allow origin": ANYTHING,
    "access control expose headers": ANYTHING,
    "access control max age": HeaderText("600"),
    "cache control": HeaderText("no-cache"),
    "content encoding": HeaderText("identity"),
    "content language": HeaderText("en", "_.locale"),
    "content range": HeaderText("bytes 0-0/1"),
    "correlation id": UUID,
    "date": MOMENT,
    "etag": HeaderText('"497f6eca"', "_.entityTag"),  # RFC 9110 §8.8.3
    "expires": MOMENT,
    "last modified": MOMENT,
    "link": HeaderText('<http://example.com>; rel="next"', "_.nextLink"),  # RFC 8288 §3
    "location": PLACE,
    "ratelimit limit": HeaderText("100", "_.hundreds"),
    "ratelimit remaining": HeaderText("99", "_.twoDigits"),
    "ratelimit reset": HeaderText("60", "_.twoDigits"),
    "request id": UUID,
    "requestid": UUID,
    "retry after": HeaderText("60", "_.twoDigits"),  # RFC 9110 §10.2.3, in seconds
    "strict transport security": HeaderText("max-age=31536000"),
    "trace id": UUID,
    "vary": HeaderText("Accept"),
    "x content type options": HeaderText("nosniff"),
    "x frame options": HeaderText("DENY"),
}
SPELLINGS: Final = (("e tag", "etag"), ("rate limit", "ratelimit"))


def find_header(name: str) -> HeaderText | None:
    """Returns the text for the header `name`; None if the name tells nothing."""
    words = " ".join(_NOT_IN_WORDS.split(name[:100].lower())).strip()
    for spelling, usual in SPELLINGS:
        words = words.replace(spelling, usual)
    while words not in HEADERS and " " in words:
        words = words.partition(" ")[2]
    return HEADERS.get(words)
