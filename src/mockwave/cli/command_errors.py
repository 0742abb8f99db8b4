"""How a command fails."""

from mockwave.errors import ForeseenError


class CommandFailed(ForeseenError):
    """The command was tried and failed; each line of the text is an error line of its own."""
