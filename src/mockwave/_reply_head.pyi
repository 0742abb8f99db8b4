from typing import Final

from mockwave._responder import Reply

STAYS_OPEN: Final[int]
ENDS: Final[int]
STAYS_OPEN_AS_ASKED: Final[int]

class DateLine:
    def __init__(self) -> None: ...

def encode_head(reply: Reply, persistence: int, date: DateLine) -> bytes: ...
