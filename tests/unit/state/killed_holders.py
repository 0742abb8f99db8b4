"""Kills holders of a table of state in the middle of their steps, many times over, and prints what became of it.

    python killed_holders.py TABLE KILLS

Two processes at a time take steps as fast as they can: each asks three rules in turn, which move a scenario round
(A → B → C → A) and count their hits in the same step, and draws from a sequence. What a step handed out is noted, after
it, in memory that outlives the process. Each process is killed after a millisecond or so, and another one comes.
"""

import json
import mmap
import os
import random
import signal
import sys
import time

from mockwave.state.states import StateTable, Step

SERVER, OWNER = b"s" * 16, b"o" * 16
TABLE_BYTES = 64 * 1024
NOTES = 1 << 20
STATES = ("A", "B", "C")
ROUND = [
    Step(
        rule=f"round-{state}",
        counts_hits=True,
        scenario="round",
        from_state=state,
        to_state=STATES[(index + 1) % len(STATES)],
    )
    for index, state in enumerate(STATES)
]
DRAW = Step(rule="draw", counts_hits=True)
CROWD = [Step(rule=f"crowd-{index}", counts_hits=True) for index in range(400)]
"""More than the table has room for, so that slots are made and evicted meanwhile."""


def take_steps(path: str, notes: memoryview, ready: int) -> None:
    """Never returns. `notes`: the numbers drawn, each by 1 greater and written in one store; then zeros."""
    os.nice(10)  # who kills goes before
    table = StateTable(path, TABLE_BYTES)
    os.write(ready, b".")
    count = 0
    chance = random.Random(os.getpid())
    while True:
        for step in ROUND:
            table.advance(step, SERVER, OWNER, b"")
        drawn = table.advance(DRAW, SERVER, OWNER, b"")
        assert drawn is not None
        notes[count] = drawn[0] + 1
        count += 1
        table.advance(CROWD[chance.randrange(len(CROWD))], SERVER, OWNER, b"")


def start(path: str, notes: memoryview) -> int:
    reading, writing = os.pipe()
    process_id = os.fork()
    if process_id == 0:
        try:
            take_steps(path, notes, writing)
        finally:
            os._exit(1)
    os.close(writing)
    assert os.read(reading, 1) == b".", "the process did not come up"
    os.close(reading)
    return process_id


def main(path: str, kills: int) -> None:
    table = StateTable(path, TABLE_BYTES)
    table.set_state("round", STATES[0], SERVER, b"")
    drawn = bytearray()  # how often each number was
    noted = 0
    chance = random.Random(7)
    places = [memoryview(mmap.mmap(-1, 8 * NOTES)).cast("Q") for _ in range(2)]
    running = [start(path, notes) for notes in places]
    for number in range(kills):
        time.sleep(chance.uniform(0, 0.0005))
        place = number % len(running)
        os.kill(running[place], signal.SIGKILL)
        _, status = os.waitpid(running[place], 0)
        assert os.WIFSIGNALED(status), f"a process ended by itself: {status}"
        notes, count = places[place], 0
        while notes[count]:
            number_drawn = notes[count] - 1
            if number_drawn >= len(drawn):
                drawn.extend(bytes(number_drawn - len(drawn) + NOTES))
            drawn[number_drawn] += 1
            notes[count] = 0
            count += 1
        noted += count
        if number + len(running) < kills:
            running[place] = start(path, notes)
    hits = {step.rule: table.advance(step, SERVER, OWNER, b"probe") is not None for step in ROUND}
    assert not any(hits.values()), "the probe's scenario is another one"
    entries = []
    at = 0
    while True:
        some, at = table.read(at, SERVER)
        entries += some
        if not at:
            break
    print(
        json.dumps(
            {
                "noted": noted,
                "most_often": max(drawn),
                "hits": {entry.name: entry.hits for entry in entries if entry.kind == 1},
                "round": table.read_state("round", SERVER, b""),
                "counts": table.counts()._asdict(),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
