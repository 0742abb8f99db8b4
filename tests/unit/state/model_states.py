"""The shared state as a dictionary of one process: what the mapping has to do, in the plainest words."""

from mockwave.rules.draws import STRUCK, SeededDraws
from mockwave.state.states import STARTED, Step


class ModelStates:
    def __init__(self) -> None:
        self.hits: dict[tuple[bytes, bytes, str, bytes], int] = {}
        self.turns: dict[tuple[bytes, bytes, str, bytes], int] = {}
        self.scenarios: dict[tuple[bytes, str, bytes], str] = {}
        self.windows: dict[tuple[bytes, bytes, str, bytes], tuple[int, int]] = {}
        self.now_ms = 0

    def advance(self, step: Step, server_id: bytes, owner: bytes, key: bytes) -> tuple[int, int] | None:
        place = (server_id, owner, step.rule, key)
        hits = self.hits.get(place, 0)
        if step.hits_limit and hits >= step.hits_limit:
            return None
        state = self.scenarios.get((server_id, step.scenario, key), STARTED)
        if step.scenario and step.from_state and state != step.from_state:
            return None
        turn = self.turns.get(place, 0)
        if step.draws_turns:
            self.turns[place] = turn + 1
            if SeededDraws(step.seed, turn).number(STRUCK) >= step.probability:
                return None
        if step.counts_hits:
            self.hits[place] = hits + 1
        if step.scenario and step.to_state:
            self.scenarios[server_id, step.scenario, key] = step.to_state
        return hits, turn

    def count(
        self, rule: str, limit: int, window_ms: int, server_id: bytes, owner: bytes, key: bytes
    ) -> tuple[bool, int, int]:
        place = (server_id, owner, rule, key)
        begun_ms, count = self.windows.get(place, (self.now_ms, 0))
        if self.now_ms - begun_ms >= window_ms:
            begun_ms, count = self.now_ms, 0
        is_over = count >= limit
        count += not is_over
        self.windows[place] = begun_ms, count
        return is_over, limit - count, begun_ms + window_ms - self.now_ms

    def read_state(self, scenario: str, server_id: bytes, key: bytes) -> str | None:
        return self.scenarios.get((server_id, scenario, key))
