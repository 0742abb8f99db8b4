"""What a process that serves requests puts off when it reads rules: expressions that take long to compile.

A regular expression may take a millisecond in which no other thread of the process runs, and a list may have thousands.
So a worker compiles only small ones (`patterns.bounded.AT_ONCE_BYTES`). What is left is compiled in the process that
judges requests: requests that get as far as such a condition are tried there, and such rules are checked there before
they are stored. That an expression is wrong may take as long to find out.
"""

from typing import Final

AT_ONCE_SCHEMA_BYTES: Final = 2 << 10
"""The most bytes of a schema that is compiled at once, if its patterns are plain."""


class TakesLong(Exception):
    """An expression is not compiled now, since that may take long."""


class Deferral:
    """Counts what was put off in one reading of rules."""

    def __init__(self) -> None:
        self.count = 0
