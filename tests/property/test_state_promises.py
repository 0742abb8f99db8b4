"""Two workers that share a table of state do what one dictionary would, step by step."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from mockwave.settings import MINIMUM_STATE_BYTES
from mockwave.state.states import STARTED, StateTable, Step
from tests.unit.state.model_states import ModelStates

SERVERS = st.sampled_from((b"s" * 16, b"t" * 16))
OWNERS = st.sampled_from((b"o" * 16, bytes(16)))
KEYS = st.sampled_from((b"", b"k", b"k" * 48))
STATE_NAMES = st.sampled_from(("", "Started", "A", "A" * 96))
STEPS = st.builds(
    Step,
    rule=st.sampled_from(("poll", "#1", "x" * 96)),
    counts_hits=st.booleans(),
    hits_limit=st.sampled_from((0, 1, 3)),
    draws_turns=st.booleans(),
    seed=st.sampled_from((0, 1, 2**64 - 1)),
    probability=st.sampled_from((0.0, 0.5, 1.0)),
    scenario=st.sampled_from(("", "order", "é" * 48)),
    from_state=STATE_NAMES,
    to_state=STATE_NAMES,
)
CALLS = st.lists(st.tuples(st.integers(0, 1), STEPS, SERVERS, OWNERS, KEYS), max_size=60)


@settings(max_examples=300)
@given(CALLS)
def test_steps_on_two_workers_are_those_of_the_model(calls: list[tuple[int, Step, bytes, bytes, bytes]]) -> None:
    with TemporaryDirectory() as folder:
        workers = [StateTable(str(Path(folder) / "state"), MINIMUM_STATE_BYTES) for _ in range(2)]
        model = ModelStates()
        for worker, step, server, owner, key in calls:
            expected = model.advance(step, server, owner, key)
            taken = workers[worker].advance(step, server, owner, key)
            assert (taken is None) == (expected is None)
            if taken is not None and expected is not None:
                assert taken[0] == (expected[0] if step.counts_hits or step.draws_turns else 0)
                assert taken[1] == (expected[1] if step.counts_hits or step.draws_turns else 0)
            if step.scenario:
                state = workers[1 - worker].read_state(step.scenario, server, key) or STARTED
                assert state == (model.read_state(step.scenario, server, key) or STARTED)
