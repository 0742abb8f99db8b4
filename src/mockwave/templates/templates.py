"""Text in, a Template out, which renders under limits.

A template is parsed once. It may render on the event loop if that certainly takes no more than a few milliseconds:
`render_here` does so, and returns None if that is uncertain, or turns out to be wrong. Then `render` does it, in a
process that has time for it (rendering/).
"""

import importlib
import sys
from typing import TYPE_CHECKING, Final, Literal

from mockwave.model import Violation
from mockwave.templates.contexts import TemplateContext
from mockwave.templates.template_errors import OutOfSteps, TemplateError
from mockwave.templates.template_limits import HERE_BODY_BYTES, HERE_CHARACTERS, STEPS_HERE, Meter
from mockwave.templates.template_scanning import check_readable, has_tags

if TYPE_CHECKING:
    from mockwave.templates.liquid_engine import ParsedTemplate

Dialect = Literal["liquid", "insomnia"]

ENGINE: Final = "mockwave.templates.liquid_engine"


def load_engine() -> None:
    """Loads the template engine, in a fifth of a second. Do not call it on an event loop."""
    importlib.import_module(ENGINE)


def engine_is_loaded() -> bool:
    """Whether the template engine is loaded."""
    return getattr(sys.modules.get(ENGINE), "ENVIRONMENTS", None) is not None


class Template:
    """A text with tags, in a dialect."""

    __slots__ = ("_costly_from_bytes", "_fault", "_parsed", "dialect", "text")

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.dialect = dialect
        self._parsed: ParsedTemplate | None = None
        self._fault: TemplateError | None = None
        self._costly_from_bytes = HERE_BODY_BYTES + 1
        """The size of a request body that was too much for an event loop."""

    def check(self) -> None:
        """Raises TemplateError for a template that cannot be parsed. Takes some 4 s for the longest."""
        self._read()

    def render(self, context: TemplateContext) -> str:
        """Returns the text for a request. Raises TemplateError. Takes at most MAXIMUM_TIME_MS, plus the time to parse
        it once."""
        return self._read().render(context, Meter())

    def render_here(self, context: TemplateContext) -> str | None:
        """The text for a request, if it takes no more than an event loop has to spare; None if it must be made
        elsewhere. Raises TemplateError."""
        body_bytes = context.view.count_content(HERE_BODY_BYTES)
        if body_bytes >= self._costly_from_bytes or len(self.text) > HERE_CHARACTERS:
            return None
        parsed = self._parsed
        if parsed is None:
            if not engine_is_loaded():
                return None
            parsed = self._read()
        try:
            return parsed.render(context, Meter(STEPS_HERE))
        except OutOfSteps:
            self._costly_from_bytes = body_bytes
            return None

    def _read(self) -> "ParsedTemplate":
        if self._parsed is None:
            if self._fault is not None:
                raise self._fault
            try:
                check_readable(self.text)
                from mockwave.templates.liquid_engine import ParsedTemplate  # see load_engine

                self._parsed = ParsedTemplate(self.text, self.dialect)
            except TemplateError as fault:
                self._fault = fault
                raise
        return self._parsed


def stored_template(text: str, dialect: Dialect) -> Template | None:
    """The template of a text that was checked when it was stored, parsed at its first use; None for a text without
    tags."""
    return Template(text, dialect) if has_tags(text) else None


def compile_template(text: str, dialect: Dialect, *, at: str, faults: list[Violation]) -> Template | None:
    """Parses the template of a text at once; adds what is wrong with it to `faults`, at `at`, the pointer to the text.

    Returns None for a text without tags, which is the same for every request. It may take long: see `check`.
    """
    template = stored_template(text, dialect)
    if template is None:
        return None
    try:
        template.check()
    except TemplateError as fault:
        faults.append(Violation(location="body", pointer=at, rule="template", message=str(fault)))
    return template
