"""Text in, a Template out, which renders under limits.

A template is read once. It may render where it is needed, on an event loop, as long as that takes no more than a few
milliseconds for certain: `render_here` is for that, and returns None where it cannot be said, or where it turned out
otherwise. What it does not render, `render` does, in a process that has time for it (rendering/).
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
    """Loads what reads templates, for a fifth of a second: not to be called on an event loop."""
    importlib.import_module(ENGINE)


def engine_is_loaded() -> bool:
    """Whether a template can be read without that."""
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
        """Of a request's body: one that is as large was too much for an event loop."""

    @property
    def is_cheap(self) -> bool:
        """Whether it renders in a few milliseconds for any request with a body of HERE_BODY_BYTES at most.

        Raises TemplateError for a template that cannot be read.
        """
        if len(self.text) > HERE_CHARACTERS:
            return False
        steps = self._read().static_steps
        return steps is not None and steps < STEPS_HERE // 4

    def check(self) -> None:
        """Raises TemplateError for a template that cannot be read. Takes some 4 s for the longest."""
        self._read()

    def render(self, context: TemplateContext) -> str:
        """The text for a request. Raises TemplateError. Takes MAXIMUM_TIME_MS at most, and the time to read it once."""
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
    """The template of a text that was checked when it was stored, read at its first use; None for one without tags."""
    return Template(text, dialect) if has_tags(text) else None


def compile_template(text: str, dialect: Dialect, *, at: str, faults: list[Violation]) -> Template | None:
    """The template of a text, read at once; what is wrong with it goes to `faults`, by `at`, the pointer to the text.

    None for a text without tags, which is what it is for every request. To be called where there is time: see `check`.
    """
    template = stored_template(text, dialect)
    if template is None:
        return None
    try:
        template.check()
    except TemplateError as fault:
        faults.append(Violation(location="body", pointer=at, rule="template", message=str(fault)))
    return template
