# Steps, and the texts and ids that go into the table. Included by StateTable's module.


cdef class Step:
    """The step of one rule. If any of its conditions fails, nothing changes, except that a turn is drawn.

    - `hits_limit`: how many times it may answer; 0: no limit. `counts_hits`: each time is counted, as with a limit.
    - `draws_turns`: turns are counted; for each, a draw with `seed` decides whether the rule is struck, at
      `probability`.
    - `scenario`: must be in the state `from_state` (empty: in any), and changes to `to_state` (empty: it stays).

    Raises ValueError for a text of more than LABEL_BYTES in UTF-8.
    """

    cdef state_step step
    cdef readonly str rule, scenario, from_state, to_state

    def __init__(
        self,
        *,
        str rule not None,
        bint counts_hits=False,
        uint64_t hits_limit=0,
        bint draws_turns=False,
        uint64_t seed=0,
        double probability=1.0,
        str scenario not None="",
        str from_state not None="",
        str to_state not None="",
    ):
        self.rule, self.scenario, self.from_state, self.to_state = rule, scenario, from_state, to_state
        self.step.counts_hits = counts_hits or hits_limit
        self.step.hits_limit = hits_limit
        self.step.draws_turns = draws_turns
        self.step.seed = seed
        self.step.probability = probability
        set_text(&self.step.rule, rule)
        set_text(&self.step.scenario, scenario)
        set_text(&self.step.from_state, from_state)
        set_text(&self.step.to_state, to_state)

    @property
    def counts_hits(self) -> bool:
        return self.step.counts_hits != 0

    @property
    def hits_limit(self) -> int:
        return self.step.hits_limit

    @property
    def draws_turns(self) -> bool:
        return self.step.draws_turns != 0

    @property
    def seed(self) -> int:
        return self.step.seed

    @property
    def probability(self) -> float:
        return self.step.probability


cdef int set_text(state_text* text, str value) except -1:
    cdef bytes encoded = value.encode()
    if state_set_text(text, PyBytes_AS_STRING(encoded), PyBytes_GET_SIZE(encoded)) < 0:
        raise ValueError(f"expected at most {STATE_LABEL_BYTES} bytes in UTF-8, got {PyBytes_GET_SIZE(encoded)}")
    return 0


cdef int check_ids(bytes server_id, bytes owner, bytes key) except -1:
    """Raises ValueError unless the bytes to be copied have the required lengths."""
    if PyBytes_GET_SIZE(server_id) != 16 or (owner is not None and PyBytes_GET_SIZE(owner) != 16):
        raise ValueError("ids have 16 bytes")
    if key is not None and PyBytes_GET_SIZE(key) > <Py_ssize_t>STATE_KEY_BYTES:
        raise ValueError(f"expected a key of at most {STATE_KEY_BYTES} bytes, got {PyBytes_GET_SIZE(key)}")
    return 0
