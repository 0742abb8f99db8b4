"""Regular expressions that others write, on texts that others send, matched within bounds.

The engines are those of jsonschema-rs, so that a pattern means here what it means where values are checked: Rust's
`regex`, which takes time in proportion to the text (measured: 0.35 µs for a short one, less than Python's `re`), and,
for lookarounds and backreferences alone, `fancy-regex`, which backtracks within a limit of steps. What a compiled
pattern may hold is limited too, since a short one (`\\p{L}{1,1000}`) may need megabytes and the time to make them.
Nothing here is a Python `re`, which backtracks without end.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

if TYPE_CHECKING:
    import jsonschema_rs

BACKTRACK_LIMIT: Final = 50_000  # steps; about a millisecond
LARGEST_BYTES: Final = 10 << 20  # bytes of a compiled pattern: 40 ms at most
SMALL_BYTES: Final = 1 << 14  # enough for most patterns
AT_ONCE_BYTES: Final = 1 << 16  # for a pattern that is compiled on an event loop, or beside one: `\\p{L}+` takes half
SIZES_BYTES: Final = (SMALL_BYTES, AT_ONCE_BYTES, 1 << 18, 1 << 20, LARGEST_BYTES)
"""Tried in this order, in 0.1, 0.4, 1.3, 7, 40 ms at most."""
COMPILED_BYTES: Final = 1 << 18  # for a pattern that is compiled while requests wait
MAXIMUM_CHARACTERS: Final = 10_000

# The spellings of lookarounds, atomic groups, conditions, backreferences and possessive repetitions.
BACKTRACKING: Final = (
    *("(?=", "(?!", "(?<", "(?>", "(?(", "\\k", "\\K", "\\G", "++", "*+", "?+", "}+"),
    *(f"\\{digit}" for digit in range(1, 10)),
)


class PatternRefused(ValueError):
    """The engines do not take the text as a regular expression within the limits."""


class Measured(Struct, frozen=True):
    """The cost of a pattern: the most bytes that it takes when compiled; whether matching takes linear time."""

    size_bytes: int
    is_linear: bool


class BoundedPattern:
    """A compiled pattern of ECMA-262, as in JSON Schema."""

    def __init__(self, pattern: str, maximum_bytes: int = COMPILED_BYTES) -> None:
        """Raises PatternRefused."""
        self.text = pattern
        # No further than that: to find out that one takes ten megabytes takes 50 ms.
        measured = measure_pattern(pattern, maximum_bytes)
        self.is_linear = measured.is_linear
        self._validator = _compile(pattern, measured.is_linear, measured.size_bytes)

    def is_found_in(self, text: str) -> bool | None:
        """Whether the pattern matches somewhere in `text`; None if deciding takes too many steps."""
        try:
            if self._validator.is_valid(text):
                return True
            if self.is_linear:
                return False
            error = next(iter(self._validator.iter_errors(text)), None)
        except ValueError:  # the engine does not take half a surrogate pair
            return False
        return None if type(getattr(error, "kind", None)).__name__ == "BacktrackLimitExceeded" else False


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, maximum_bytes: int = COMPILED_BYTES) -> BoundedPattern | None:
    """Returns the pattern, compiled once; None if it is refused."""
    try:
        return BoundedPattern(pattern, maximum_bytes)
    except PatternRefused:
        return None


@lru_cache(maxsize=4096)
def measure_pattern(pattern: str, most_bytes: int = LARGEST_BYTES) -> Measured:
    """Measures `pattern`, if it takes at most `most_bytes`. Raises PatternRefused."""
    if len(pattern) > MAXIMUM_CHARACTERS:
        raise PatternRefused(f"the pattern is longer than {MAXIMUM_CHARACTERS} characters")
    may_backtrack = any(mark in pattern for mark in BACKTRACKING)
    for size in (size for size in SIZES_BYTES if size <= most_bytes):
        for is_linear in (True, False) if may_backtrack else (True,):
            try:
                _compile(pattern, is_linear, size)
            except ValueError:
                continue
            return Measured(size, is_linear)
    raise PatternRefused(
        f"{pattern[:80]!r} is not a regular expression that is understood, or takes more than {most_bytes} bytes when"
        " it is compiled"
    )


def _compile(pattern: str, is_linear: bool, size_bytes: int) -> "jsonschema_rs.Draft202012Validator":
    # Imported here: it takes 30 ms and 8 MiB, which only processes that meet a pattern should pay.
    import jsonschema_rs

    options: Any = (
        jsonschema_rs.RegexOptions(size_limit=size_bytes)
        if is_linear
        else jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT, size_limit=size_bytes)
    )
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)
