"""What Postman fills in when its mock answers: variables of its own (`{{$guid}}`) and what stood in the place of a
variable of the path (`/users/{{userId}}`), translated to Liquid."""

import re
from collections.abc import Callable, Collection
from typing import Final

from mockwave.formats.handlebars.liquid_texts import member, write_text
from mockwave.templates.app_fakers import APP_FAKERS

NOW: Final = {"$timestamp": 'now | date: "%s"', "$isoTimestamp": 'now | date: "%Y-%m-%dT%H:%M:%SZ"'}

_VARIABLE = re.compile(r"\{\{([^{}]{1,200})\}\}")
_PARAMETER = re.compile(r"\{([^{}]+)\}")


def make_translator(path: str) -> Callable[[str], str | None]:
    """From a variable of an answer at this path template to its Liquid expression; None of what is not known."""
    parameters: Collection[str] = frozenset(_PARAMETER.findall(path))

    def translate(name: str) -> str | None:
        if name in NOW:
            return NOW[name]
        if name.startswith("$") and name[1:] in APP_FAKERS:
            return f"faker.{name[1:]}"
        return member("request.pathParameters", name) if name in parameters else None

    return translate


def translate_variables(text: str, translate: Callable[[str], str | None]) -> tuple[str, bool]:
    """The Liquid template of an answer, and whether it is one: text without known variables is sent as it stands."""
    pieces: list[str] = []
    position = 0
    is_template = False
    for match in _VARIABLE.finditer(text):
        expression = translate(match[1].strip())
        if expression is None:
            continue
        pieces += (write_text(text[position : match.start()]), "{{ ", expression, " }}")
        position = match.end()
        is_template = True
    return ("".join((*pieces, write_text(text[position:]))), True) if is_template else (text, False)
