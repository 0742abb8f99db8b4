"""What may go wrong with a template, and where in its text."""


class TemplateError(Exception):
    """A template that cannot be read, or rendered: `line` of its text, from 1, or 0 where no line is to blame."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(line, message)
        self.line = line
        self.message = message

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class OutOfSteps(Exception):
    """A render that takes more than its caller has to spare: another may, where there is more time."""
