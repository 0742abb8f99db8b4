"""The errors of templates, with their place in the text."""


class TemplateError(Exception):
    """A template cannot be parsed or rendered. `line` is the line of its text, from 1, or 0 if no line is to blame."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(line, message)
        self.line = line
        self.message = message

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class OutOfSteps(Exception):
    """A render takes more steps than its caller can spare; it may succeed where there is more time."""
