"""The beat of a worker: it reports regularly in the control block that its event loop runs.

Only a timer of the loop can do it: a thread would beat on while the loop hangs.
"""

import asyncio

from mockwave._control import ControlBlock

INTERVAL_S = 1.0


class Heartbeat:
    """Beats in the slot until stopped, at least four times in the time after which a worker counts as stuck."""

    def __init__(self, control: ControlBlock, slot: int, stuck_after_s: float) -> None:
        self.slot = slot
        self._control = control
        self._interval_s = min(INTERVAL_S, stuck_after_s / 4)
        self._beat()

    def stop(self) -> None:
        self._timer.cancel()

    def _beat(self) -> None:
        self._control.beat(self.slot)
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._beat)
