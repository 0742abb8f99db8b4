"""Why a server does not start: one exception, whose text is the only line a user reads."""

from mockwave.errors import ForeseenError


class StartError(ForeseenError):
    """The server cannot start as asked; the text names the obstacle and the way out.

    `exit_code` is 2 if the request is impossible, and 1 if the machine has no room for it.
    """

    def __init__(self, text: str, exit_code: int = 2) -> None:
        super().__init__(text)
        self.exit_code = exit_code
