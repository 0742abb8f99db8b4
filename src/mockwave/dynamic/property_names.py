"""The usual values of properties, by name: the faker for a text, the range for a number.

A name counts by its words, however they are joined: `first_name`, `firstName` and `First-Name` are the same. The whole
name is looked up first, then its endings, longest first: `billingCity` is a city. A name with a colon at its end, as in
a field line, is a header's: the table of `header_names` then takes precedence.
"""

import re
from typing import Final

from mockwave.dynamic.header_names import find_header

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

TEXTS: Final[dict[str, str]] = {
    "about": "lorem.sentence",
    "address": "location.streetAddress",
    "address line1": "location.streetAddress",
    "address line2": "location.secondaryAddress",
    "author": "person.fullName",
    "avatar": "image.avatar",
    "bic": "finance.bic",
    "bio": "lorem.sentence",
    "birth date": "date.birthdate",
    "birthday": "date.birthdate",
    "branch": "git.branch",
    "brand": "company.name",
    "category": "commerce.department",
    "city": "location.city",
    "color": "color.human",
    "colour": "color.human",
    "comment": "lorem.sentence",
    "company": "company.name",
    "company name": "company.name",
    "content": "lorem.sentences",
    "content type": "system.mimeType",
    "country": "location.country",
    "country code": "location.countryCode",
    "created": "date.past",
    "created at": "date.past",
    "created on": "date.past",
    "currency": "finance.currencyCode",
    "currency code": "finance.currencyCode",
    "date": "_.date",
    "date of birth": "date.birthdate",
    "deleted at": "date.past",
    "department": "commerce.department",
    "description": "lorem.sentence",
    "display name": "person.fullName",
    "dob": "date.birthdate",
    "domain": "internet.domainName",
    "email": "internet.email",
    "email address": "internet.email",
    "expires at": "date.future",
    "family name": "person.lastName",
    "file name": "system.fileName",
    "filename": "system.fileName",
    "first name": "person.firstName",
    "firstname": "person.firstName",
    "full name": "person.fullName",
    "fullname": "person.fullName",
    "gender": "person.gender",
    "given name": "person.firstName",
    "guid": "string.uuid",
    "host": "internet.domainName",
    "hostname": "internet.domainName",
    "href": "internet.url",
    "iban": "finance.iban",
    "id": "string.uuid",
    "image": "image.url",
    "image url": "image.url",
    "ip": "internet.ipv4",
    "ip address": "internet.ipv4",
    "isbn": "commerce.isbn",
    "job title": "person.jobTitle",
    "label": "lorem.word",
    "language": "_.locale",
    "last name": "person.lastName",
    "lastname": "person.lastName",
    "link": "internet.url",
    "locale": "_.locale",
    "mac": "internet.mac",
    "mac address": "internet.mac",
    "message": "lorem.sentence",
    "middle name": "person.middleName",
    "mime type": "system.mimeType",
    "mobile": "phone.number",
    "modified at": "date.recent",
    "name": "lorem.words",
    "nickname": "internet.userName",
    "note": "lorem.sentence",
    "notes": "lorem.sentence",
    "organization": "company.name",
    "password": "internet.password",
    "phone": "phone.number",
    "phone number": "phone.number",
    "photo": "image.url",
    "picture": "image.url",
    "postal code": "location.zipCode",
    "postcode": "location.zipCode",
    "price": "commerce.price",
    "product": "commerce.productName",
    "product name": "commerce.productName",
    "province": "location.state",
    "reason": "lorem.sentence",
    "region": "location.state",
    "role": "person.jobTitle",
    "sha": "git.commitSha",
    "slug": "lorem.slug",
    "state": "location.state",
    "street": "location.streetAddress",
    "subject": "lorem.sentence",
    "summary": "lorem.sentence",
    "surname": "person.lastName",
    "tag": "lorem.word",
    "tags": "lorem.word",
    "text": "lorem.sentence",
    "time": "_.time",
    "time zone": "location.timeZone",
    "timestamp": "date.recent",
    "timezone": "location.timeZone",
    "title": "lorem.words",
    "token": "string.nanoid",
    "updated": "date.recent",
    "updated at": "date.recent",
    "uri": "internet.url",
    "url": "internet.url",
    "user agent": "internet.userAgent",
    "user name": "internet.userName",
    "username": "internet.userName",
    "uuid": "string.uuid",
    "version": "system.semver",
    "website": "internet.url",
    "zip": "location.zipCode",
    "zip code": "location.zipCode",
    "zipcode": "location.zipCode",
}

# Lowest and highest number, and the decimal places if it is not an integer.
NUMBERS: Final[dict[str, tuple[int, int, int]]] = {
    "age": (18, 90, 0),
    "amount": (1, 1000, 2),
    "count": (0, 100, 0),
    "day": (1, 28, 0),
    "height": (1, 250, 1),
    "hour": (0, 23, 0),
    "id": (1, 100_000, 0),
    "lat": (-90, 90, 4),
    "latitude": (-90, 90, 4),
    "lng": (-180, 180, 4),
    "lon": (-180, 180, 4),
    "longitude": (-180, 180, 4),
    "minute": (0, 59, 0),
    "month": (1, 12, 0),
    "page": (1, 20, 0),
    "percent": (0, 100, 1),
    "percentage": (0, 100, 1),
    "port": (1024, 65_535, 0),
    "price": (1, 1000, 2),
    "quantity": (1, 50, 0),
    "rating": (1, 5, 1),
    "score": (0, 100, 1),
    "status": (200, 599, 0),
    "timestamp": (1_600_000_000, 1_750_000_000, 0),
    "total": (0, 1000, 2),
    "weight": (1, 250, 1),
    "width": (1, 2000, 0),
    "year": (1990, 2030, 0),
}

# Words that select a realistic text above only as the whole name, not as the end of one.
WHOLE_NAMES_ONLY: Final = frozenset(("name", "state", "version", "role", "created", "updated", "category", "host"))


def find_text(name: str) -> str | None:
    """Returns the faker for a text named `name`; None if the name tells nothing."""
    known = find_header(name) if name.endswith(":") else None
    if known is not None and known.faker:
        return known.faker
    return next((TEXTS[ending] for ending in _endings(name) if ending in TEXTS), None)


def find_range(name: str) -> tuple[int, int, int] | None:
    """Returns lowest, highest and decimal places for a number named `name`; None if the name tells nothing."""
    return next((NUMBERS[ending] for ending in _endings(name) if ending in NUMBERS), None)


def _endings(name: str) -> list[str]:
    parts = [part.lower() for part in _WORDS.findall(name[:100])]
    endings = [" ".join(parts[start:]) for start in range(len(parts))]
    return endings[:1] + [ending for ending in endings[1:] if ending not in WHOLE_NAMES_ONLY]
