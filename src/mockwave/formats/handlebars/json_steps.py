"""Paths into JSON as templates have them: a JSONPath (RFC 9535) or a dotted path that names one value, by its steps."""

import re

from mockwave.formats.handlebars.syntax import path_steps

_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]|\['([^'\\]*)'\]|\[\"([^\"\\]*)\"\]")


def json_path_steps(expression: str) -> list[str] | None:
    """The steps of a JSONPath that names one value: `$.a.b[0]`; None for any other."""
    if not expression.startswith("$"):
        return None
    steps: list[str] = []
    position = 1
    while position < len(expression):
        match = _STEP.match(expression, position)
        if match is None:
            return None
        steps.append(next(each for each in match.groups() if each is not None))
        position = match.end()
    return steps


def value_steps(path: str) -> list[str] | None:
    """The steps of a dotted path, or of a JSONPath; None where it may lead to several values."""
    if path.startswith("$"):
        return json_path_steps(path)
    return None if "\\." in path else path_steps(path)
