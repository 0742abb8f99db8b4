"""The table of state: what it keeps, what gives way, and what it does about damage."""

import os
import random
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockwave.rules.draws import STRUCK, SeededDraws
from mockwave.settings import MINIMUM_STATE_BYTES
from mockwave.state.states import KEY_BYTES, StateBusy, StateTable, Step, fit_key, show_key

SERVER, OTHER, OWNER = b"s" * 16, b"t" * 16, b"o" * 16
DRAW = Step(rule="draw", counts_hits=True)
LOCK_OFFSET, HOLDERS_OFFSET = 128, 1408
"""Of state_header (state_slots.h)."""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "state")


@pytest.fixture
def table(path: str) -> Iterator[StateTable]:
    yield StateTable(path, MINIMUM_STATE_BYTES)


def all_entries(table: StateTable, server: bytes = SERVER) -> dict[tuple[str, bytes], int]:
    entries: dict[tuple[str, bytes], int] = {}
    at = 0
    while True:
        some, at = table.read(at, server)
        entries |= {(entry.name, entry.key): entry.hits for entry in some}
        if not at:
            return entries


def test_workers_count_on(table: StateTable, path: str) -> None:
    other = StateTable(path, MINIMUM_STATE_BYTES)

    drawn = [each.advance(DRAW, SERVER, OWNER, b"") for each in (table, other, table, other)]

    assert drawn == [(0, 0), (1, 0), (2, 0), (3, 0)]


def test_servers_owners_and_keys_count_apart(table: StateTable) -> None:
    places = [(SERVER, OWNER, b""), (OTHER, OWNER, b""), (SERVER, bytes(16), b""), (SERVER, OWNER, b"k")]

    assert [table.advance(DRAW, *place) for place in places] == [(0, 0)] * 4


def test_a_full_table_drops_what_was_not_used_for_longest_and_counts_it(table: StateTable) -> None:
    capacity = table.counts().capacity
    for number in range(capacity):
        table.advance(DRAW, SERVER, OWNER, b"%d" % number)
    assert table.counts().evictions == 0
    table.advance(DRAW, SERVER, OWNER, b"0")  # used again, so the next one is the oldest

    table.advance(DRAW, SERVER, OWNER, b"new")

    kept = all_entries(table)
    assert len(kept) == capacity
    assert ("draw", b"1") not in kept
    assert kept["draw", b"0"] == 2
    assert (table.counts().evictions, table.counts().used) == (1, capacity)


def test_a_sequence_that_is_over_stays_over_for_as_long_as_it_is_asked(table: StateTable) -> None:
    """Being refused is a use too: else the entry would be dropped, and the sequence would start over."""
    once = Step(rule="once", counts_hits=True, hits_limit=1)
    assert table.advance(once, SERVER, OWNER, b"") == (0, 0)

    for number in range(3 * table.counts().capacity):
        table.advance(DRAW, SERVER, OWNER, b"%d" % number)
        assert table.advance(once, SERVER, OWNER, b"") is None


def test_turns_are_struck_as_the_seed_says(table: StateTable) -> None:
    step = Step(rule="flaky", draws_turns=True, seed=42, probability=0.3)

    struck = [table.advance(step, SERVER, OWNER, b"") is not None for _ in range(200)]

    assert struck == [SeededDraws(42, turn).number(STRUCK) < 0.3 for turn in range(200)]
    assert 30 < sum(struck) < 90


def test_a_window_lets_through_its_limit(table: StateTable) -> None:
    counted = [table.count("rate", 2, 3_600_000, SERVER, OWNER, b"") for _ in range(3)]

    assert [(is_over, remaining) for is_over, remaining, _ in counted] == [(False, 1), (False, 0), (True, 0)]
    assert 3_590_000 < counted[-1][2] <= 3_600_000


def test_a_window_ends(table: StateTable) -> None:
    while table.count("rate", 1, 1, SERVER, OWNER, b"")[0] is False:
        pass

    assert any(table.count("rate", 1, 1, SERVER, OWNER, b"")[0] is False for _ in range(1_000_000))


def test_what_is_cleared_starts_over_and_the_rest_stays(table: StateTable) -> None:
    for key in (b"a", b"b"):
        table.advance(DRAW, SERVER, OWNER, key)
    table.advance(DRAW, OTHER, OWNER, b"a")

    assert table.clear(0, SERVER, name="draw", key=b"a") == (1, 0)

    assert all_entries(table) == {("draw", b"b"): 1}
    assert all_entries(table, OTHER) == {("draw", b"a"): 1}
    assert table.advance(DRAW, SERVER, OWNER, b"a") == (0, 0)


def test_pages_of_a_long_state_are_all_of_it(path: str) -> None:
    table = StateTable(path, 1024 * 1024)
    for number in range(2500):
        table.advance(DRAW, SERVER, OWNER, b"%d" % number)

    assert len(all_entries(table)) == 2500


def test_a_table_that_is_not_one_is_made_anew_for_all(path: str) -> None:
    first = StateTable(path, MINIMUM_STATE_BYTES)
    first.advance(DRAW, SERVER, OWNER, b"")
    with open(path, "r+b") as file:
        file.write(b"rubbish!")

    second = StateTable(path, MINIMUM_STATE_BYTES)

    assert second.advance(DRAW, SERVER, OWNER, b"") == (0, 0)
    assert first.advance(DRAW, SERVER, OWNER, b"") == (1, 0), "who has the old one mapped goes on in the new one"


def test_the_lock_of_a_process_that_never_was_is_taken_over(table: StateTable, path: str) -> None:
    with open(path, "r+b") as file:
        file.seek(LOCK_OFFSET)
        file.write(struct.pack("=Q", 0xDEAD << 16 | 3))

    assert table.advance(DRAW, SERVER, OWNER, b"") == (0, 0)
    assert table.counts().takeovers == 1


def test_a_living_holder_keeps_the_lock_and_others_give_up(table: StateTable, path: str) -> None:
    holder = StateTable(path, MINIMUM_STATE_BYTES)
    with open(path, "r+b") as file:
        file.seek(HOLDERS_OFFSET + 8)
        (incarnation,) = struct.unpack("=Q", file.read(8))
        file.seek(LOCK_OFFSET)
        file.write(struct.pack("=Q", incarnation << 16 | 2))

    with pytest.raises(StateBusy, match="for a second"):
        table.advance(DRAW, SERVER, OWNER, b"")
    del holder
    assert table.advance(DRAW, SERVER, OWNER, b"") == (0, 0), "now it is dead"


DAMAGE = """
import os, random, sys
from mockwave.state.states import StateTable, Step
path, seed = sys.argv[1], int(sys.argv[2])
chance = random.Random(seed)
table = StateTable(path, 64 * 1024)
steps = [Step(rule=f"r{n}", counts_hits=True, scenario="s", to_state=f"S{n}") for n in range(8)]
size = os.path.getsize(path)
for turn in range(3000):
    if turn % 10 == 0:
        # Not the magic and not the size of the parts, which are read when a file is opened; all else may be anything.
        place = chance.randrange(128, size - 8)
        with open(path, "r+b") as file:
            file.seek(place)
            file.write(chance.choice((chance.randbytes(4), b"\\xff" * 4, b"\\x01\\0\\0\\0", bytes(4))))
    table.advance(chance.choice(steps), bytes([chance.randrange(4)]) * 16, b"o" * 16, b"%d" % chance.randrange(60))
    if turn % 50 == 0:
        table.read(0, bytes(16))
        table.clear(0, bytes(16))
print(table.counts().repairs)
"""


def test_damage_of_any_word_ends_no_worker(tmp_path: Path) -> None:
    repairs = 0
    for seed in range(8):
        done = subprocess.run(
            [sys.executable, "-c", DAMAGE, str(tmp_path / f"state-{seed}"), str(seed)],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        repairs += int(done.stdout) > 0
    assert repairs > 0


def test_long_keys_are_told_apart_and_short_ones_can_be_read() -> None:
    uuid = "0b7c4a4e-6f4b-4c3e-9d1e-2f1a5f0c9a77"
    chance = random.Random(1)
    long_ones = ["x" * 60 + str(chance.random()) for _ in range(1000)]

    assert fit_key(uuid) == uuid.encode()
    assert len({fit_key(each) for each in long_ones}) == 1000
    assert all(len(fit_key(each)) == KEY_BYTES for each in long_ones)
    assert show_key(fit_key(long_ones[0])) == "x" * 32 + "…"


def test_ids_and_keys_of_other_lengths_are_refused(table: StateTable) -> None:
    for server, owner, key in ((b"s", OWNER, b""), (SERVER, b"", b""), (SERVER, OWNER, b"k" * 49)):
        with pytest.raises(ValueError):
            table.advance(DRAW, server, owner, key)
    with pytest.raises(ValueError):
        Step(rule="x" * 97)


def test_a_closed_table_leaves_its_place_to_others(path: str) -> None:
    for _ in range(600):
        StateTable(path, MINIMUM_STATE_BYTES)
    assert len(os.listdir(f"/proc/{os.getpid()}/fd")) < 500
