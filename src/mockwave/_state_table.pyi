from typing import Final, NamedTuple, final

LABEL_BYTES: Final[int]
KEY_BYTES: Final[int]
KIND_RULE: Final[int]
KIND_SCENARIO: Final[int]

class StateEntry(NamedTuple):
    kind: int
    owner: bytes
    name: str
    key: bytes
    hits: int
    turns: int
    opened_ns: int
    state: str

class StateCounts(NamedTuple):
    capacity: int
    used: int
    evictions: int
    takeovers: int
    repairs: int

class StateFault(Exception): ...
class StateBusy(Exception): ...

def create_state_table(path: str, size_bytes: int) -> None: ...

@final
class Step:
    def __init__(
        self,
        *,
        rule: str,
        counts_hits: bool = False,
        hits_limit: int = 0,
        draws_turns: bool = False,
        seed: int = 0,
        probability: float = 1.0,
        scenario: str = "",
        from_state: str = "",
        to_state: str = "",
    ) -> None: ...
    @property
    def rule(self) -> str: ...
    @property
    def counts_hits(self) -> bool: ...
    @property
    def hits_limit(self) -> int: ...
    @property
    def draws_turns(self) -> bool: ...
    @property
    def seed(self) -> int: ...
    @property
    def probability(self) -> float: ...
    @property
    def scenario(self) -> str: ...
    @property
    def from_state(self) -> str: ...
    @property
    def to_state(self) -> str: ...

@final
class StateTable:
    def __init__(self, path: str, size_bytes: int) -> None: ...
    @property
    def path(self) -> str: ...
    def find_loss(self) -> str: ...
    def advance(self, step: Step, server_id: bytes, owner: bytes, key: bytes) -> tuple[int, int] | None: ...
    def count(
        self, rule: str, limit: int, window_ms: int, server_id: bytes, owner: bytes, key: bytes
    ) -> tuple[bool, int, int]: ...
    def set_state(self, scenario: str, state: str, server_id: bytes, key: bytes) -> None: ...
    def set_counters(self, rule: str, hits: int, turns: int, server_id: bytes, owner: bytes, key: bytes) -> None: ...
    def clear(
        self,
        first: int,
        server_id: bytes,
        *,
        kind: int = 0,
        owner: bytes | None = None,
        name: str | None = None,
        key: bytes | None = None,
    ) -> tuple[int, int]: ...
    def read(
        self,
        first: int,
        server_id: bytes,
        *,
        kind: int = 0,
        owner: bytes | None = None,
        name: str | None = None,
        key: bytes | None = None,
    ) -> tuple[list[StateEntry], int]: ...
    def forget(self, rule: str, server_id: bytes, owner: bytes, key: bytes) -> bool: ...
    def read_state(self, scenario: str, server_id: bytes, key: bytes) -> str | None: ...
    def counts(self) -> StateCounts: ...
