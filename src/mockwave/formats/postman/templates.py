"""What Postman fills in when its mock answers: variables of its own (`{{$guid}}`) and what stood in the place of a
variable of the path (`/users/{{userId}}`), translated to Liquid."""

import re
from collections.abc import Callable, Collection
from typing import Final

from mockwave.formats.stubs.handlebars import member, output
from mockwave.templates.app_fakers import APP_FAKERS

NOW: Final = {"$timestamp": 'now | date: "%s"', "$isoTimestamp": 'now | date: "%Y-%m-%dT%H:%M:%SZ"'}

_PARAMETER = re.compile(r"\{([^{}]+)\}")


def make_translator(path: str) -> Callable[[str], str | None]:
    """What translates the variables of an answer at this path template."""
    parameters: Collection[str] = frozenset(_PARAMETER.findall(path))

    def translate(name: str) -> str | None:
        if name in NOW:
            return output(NOW[name])
        if name.startswith("$") and name[1:] in APP_FAKERS:
            return output(f"faker.{name[1:]}")
        return output(member("request.pathParameters", name)) if name in parameters else None

    return translate
