"""The state of one render, as python-liquid keeps it, and its output; both count their use."""

from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any, Final

from liquid import BoundTemplate, RenderContext, Token
from liquid.undefined import UNDEFINED

from mockwave.templates.contexts import TemplateContext
from mockwave.templates.template_limits import Meter
from mockwave.templates.template_texts import find_item

STEPS_OF_A_FILTER: Final = 3


class BoundedContext(RenderContext):
    """The state of one render, which counts its steps."""

    __slots__ = ("meter", "source")

    def __init__(
        self, template: BoundTemplate, scope: Mapping[str, object], meter: Meter, source: TemplateContext
    ) -> None:
        super().__init__(template, globals=scope)
        self.meter = meter
        self.source = source

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        self.meter.spend(1)
        value = super().get(path, token=token, default=default)
        if isinstance(value, list):
            self.meter.spend(len(value) >> 5)
        elif isinstance(value, str):
            self.meter.spend(len(value) >> 10)
        return value

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        self.meter.spend(STEPS_OF_A_FILTER)
        return super().filter(name, token)

    def get_item(self, obj: Any, key: Any) -> Any:
        return find_item(obj, key)

    def get_buffer(self, buf: Any = None) -> StringIO:
        return BoundedText(self.meter)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Turns are counted one by one (CountedLoop)."""


class BoundedText(StringIO):
    """The output of a `capture`."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    def write(self, text: str, /) -> int:
        self._meter.make(len(text))
        return super().write(text)


class BoundedOutput:
    """The output of a render, in pieces."""

    __slots__ = ("_meter", "pieces")

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self._meter.put_out(len(text))
        self.pieces.append(text)
        return len(text)
