"""Why a server does not start: one exception, whose text is the one line a user reads."""


class StartError(Exception):
    """The server cannot start as asked; the text names what is in the way and the way out."""
