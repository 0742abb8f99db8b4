"""Which bodies of a file are templates that cannot be read. The app takes them too, and cannot answer with them.

To parse a template costs far more than to read a file, so that only so many characters of one file are tried. What is
beyond them is noted as not tried.
"""

from typing import Final, Literal

from mockwave.formats.notes import Notes

DIALECT: Final[Literal["insomnia"]] = "insomnia"
"""The templates of the app: its tags and its filter alone."""
CHECKED_CHARACTERS: Final = 200_000


class TemplateChecks:
    """The checks of one file."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._characters = CHECKED_CHARACTERS

    def check(self, text: str, pointer: str) -> None:
        """Notes a template that cannot be read."""
        from mockwave.templates.template_errors import TemplateError  # these modules cost start-up time
        from mockwave.templates.templates import Template

        if len(text) > self._characters:
            self._notes.change(pointer, "a long template, which was not tried; if it cannot be read, 500 is answered")
            return
        self._characters -= len(text)
        try:
            Template(text, DIALECT).check()
        except TemplateError as error:
            self._notes.change(pointer, f"a template that cannot be read ({error}), so 500 is answered")
