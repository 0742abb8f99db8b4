"""What a template may take, and the meter that holds one render to it.

A render is made of steps: a node, a look-up, a filter and each write is one, and a filter that works on long text is as
many more as the text is long, so that a step takes a microsecond or so. Whatever grows is charged for before it is
made. Where a render runs on an event loop it has so many steps (STEPS_HERE); elsewhere it has a time.
"""

from time import thread_time
from typing import Final

from mockwave.templates.template_errors import OutOfSteps, TemplateError

MAXIMUM_TEXT_CHARACTERS: Final = 1_000_000
MAXIMUM_TAG_CHARACTERS: Final = 1_000
MAXIMUM_TAG_BLANKS: Final = 100
"""In a row. What reads tags goes over those of an empty one as often as there are."""
MAXIMUM_TAG_PARENTHESES: Final = 20
"""In one tag; for each, what reads tags looks through the rest of it."""
MAXIMUM_TIME_MS: Final = 100
MAXIMUM_OUTPUT_CHARACTERS: Final = 16_000_000
MAXIMUM_MADE_CHARACTERS: Final = 48_000_000
"""By all filters and captures of a render: what it can hold at a time, beside its output."""
MAXIMUM_ITERATIONS: Final = 10_000
MAXIMUM_ITEMS: Final = 100_000
"""Of an array that a filter makes."""
MAXIMUM_NUMBER_BITS: Final = 1_024

HERE_CHARACTERS: Final = 4_096
"""A longer template is neither read nor rendered on an event loop."""
HERE_BODY_BYTES: Final = 65_536
"""Nor is one that looks into a request's body of more."""
STEPS_HERE: Final = 2_000
CHARACTERS_PER_STEP: Final = 200
STEPS_PER_CLOCK: Final = 200
UNLIMITED_STEPS: Final = 1 << 62


class Meter:
    """What one render has left."""

    __slots__ = ("_deadline_s", "_until_clock", "iterations", "made", "output", "steps")

    def __init__(self, steps: int = UNLIMITED_STEPS) -> None:
        self.steps = steps
        self.iterations = MAXIMUM_ITERATIONS
        self.output = MAXIMUM_OUTPUT_CHARACTERS
        self.made = MAXIMUM_MADE_CHARACTERS
        self._until_clock = STEPS_PER_CLOCK
        # Few renders live long enough to ask.
        self._deadline_s = 0.0 if steps != UNLIMITED_STEPS else thread_time() + MAXIMUM_TIME_MS / 1000

    def spend(self, steps: int) -> None:
        """Raises OutOfSteps, or TemplateError where the time is over."""
        self.steps -= steps
        if self.steps < 0:
            raise OutOfSteps
        self._until_clock -= steps
        if self._until_clock < 0 and self._deadline_s:
            self._until_clock = STEPS_PER_CLOCK
            if thread_time() > self._deadline_s:
                raise TemplateError(0, f"the template takes more than {MAXIMUM_TIME_MS} ms, which is the limit")

    def iterate(self, steps: int) -> None:
        """One more turn of a loop, of so many steps."""
        self.iterations -= 1
        if self.iterations < 0:
            raise TemplateError(0, f"the loops take more than {MAXIMUM_ITERATIONS:,} turns, which is the limit")
        self.spend(steps)

    def make(self, characters: int) -> None:
        """So much text is about to be made by a filter."""
        self.spend(1 + characters // CHARACTERS_PER_STEP)
        self.made -= characters
        if self.made < 0 or characters > MAXIMUM_OUTPUT_CHARACTERS:
            raise TemplateError(
                0, f"the filters make more text than the limit, {MAXIMUM_OUTPUT_CHARACTERS:,} characters"
            )

    def put_out(self, characters: int) -> None:
        """So much more stands in the output."""
        self.output -= characters
        self.steps -= characters >> 10
        if self.output < 0:
            raise TemplateError(0, f"the output has more characters than the limit, {MAXIMUM_OUTPUT_CHARACTERS:,}")
