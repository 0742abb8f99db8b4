"""How a command fails."""

from mockwave.errors import ForeseenError


class CommandFailed(ForeseenError):
    """The command was tried and failed; each line of the text is a separate error line."""
