"""How a command fails."""


class CommandFailed(Exception):
    """The command was tried and failed; each line of the text is an error line of its own."""
