"""The limits of templates, and the meter that enforces them for one render.

A render consists of steps: each node, look-up, filter and write is one, and a filter on long text counts for more, so
that a step takes about a microsecond. Anything that grows is charged before it is made. On an event loop a render has a
number of steps (STEPS_HERE); elsewhere it has a time.
"""

from time import thread_time
from typing import Final

from mockwave.templates.template_errors import OutOfSteps, TemplateError

MAXIMUM_TEXT_CHARACTERS: Final = 1_000_000
MAXIMUM_TAG_CHARACTERS: Final = 1_000
MAXIMUM_TAG_BLANKS: Final = 100
"""Most blanks in a row: the tag parser goes over the blanks of an empty tag once for each of them."""
MAXIMUM_TAG_PARENTHESES: Final = 20
"""Most parentheses in one tag: for each, the tag parser scans the rest of the tag."""
MAXIMUM_TIME_MS: Final = 100
MAXIMUM_OUTPUT_CHARACTERS: Final = 16_000_000
MAXIMUM_MADE_CHARACTERS: Final = 48_000_000
"""Most characters made by all filters and captures of a render; so much it can hold at a time, beside its output."""
MAXIMUM_ITERATIONS: Final = 10_000
MAXIMUM_ITEMS: Final = 100_000
"""Most items of an array that a filter makes."""
MAXIMUM_NUMBER_BITS: Final = 1_024

HERE_CHARACTERS: Final = 4_096
"""A longer template is neither parsed nor rendered on an event loop."""
HERE_BODY_BYTES: Final = 65_536
"""Nor is a template that uses a longer request body."""
STEPS_HERE: Final = 2_000
CHARACTERS_PER_STEP: Final = 200
STEPS_PER_CLOCK: Final = 200
UNLIMITED_STEPS: Final = 1 << 62


class Meter:
    """The steps and characters that one render has left."""

    __slots__ = ("_deadline_s", "_until_clock", "iterations", "made", "output", "steps")

    def __init__(self, steps: int = UNLIMITED_STEPS) -> None:
        self.steps = steps
        self.iterations = MAXIMUM_ITERATIONS
        self.output = MAXIMUM_OUTPUT_CHARACTERS
        self.made = MAXIMUM_MADE_CHARACTERS
        self._until_clock = STEPS_PER_CLOCK
        # Few renders live long enough to look at the clock.
        self._deadline_s = 0.0 if steps != UNLIMITED_STEPS else thread_time() + MAXIMUM_TIME_MS / 1000

    def spend(self, steps: int) -> None:
        """Charges steps. Raises OutOfSteps, or TemplateError if the time is over."""
        self.steps -= steps
        if self.steps < 0:
            raise OutOfSteps
        self._until_clock -= steps
        if self._until_clock < 0 and self._deadline_s:
            self._until_clock = STEPS_PER_CLOCK
            if thread_time() > self._deadline_s:
                raise TemplateError(0, f"the template takes more than {MAXIMUM_TIME_MS} ms, which is the limit")

    def iterate(self, steps: int) -> None:
        """Charges one more turn of a loop, of this many steps."""
        self.iterations -= 1
        if self.iterations < 0:
            raise TemplateError(0, f"the loops take more than {MAXIMUM_ITERATIONS:,} turns, which is the limit")
        self.spend(steps)

    def make(self, characters: int) -> None:
        """Charges text that a filter is about to make."""
        self.spend(1 + characters // CHARACTERS_PER_STEP)
        self.made -= characters
        if self.made < 0 or characters > MAXIMUM_OUTPUT_CHARACTERS:
            raise TemplateError(
                0, f"the filters make more text than the limit, {MAXIMUM_OUTPUT_CHARACTERS:,} characters"
            )

    def put_out(self, characters: int) -> None:
        """Charges characters written to the output."""
        self.output -= characters
        self.steps -= characters >> 10
        if self.output < 0:
            raise TemplateError(0, f"the output has more characters than the limit, {MAXIMUM_OUTPUT_CHARACTERS:,}")
