"""The table of state that all workers share: how often rules answered, and what state scenarios are in.

state_slots.h describes its form, and why a killed worker leaves nothing half done; state_lock.h has its lock,
state_steps.h its steps. Here Python's objects become C's, and back, but never while the lock is held: making an object
may run code that takes its time, or takes the lock.
"""

import fcntl
import logging
import os
import threading
from collections import namedtuple

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from mockwave._mapping cimport map_shared, munmap
from mockwave._record cimport load_acquire_64, monotonic_ns

from mockwave.settings import MAXIMUM_STATE_BYTES, MINIMUM_STATE_BYTES
from mockwave.shared_files import create_shared_file

include "state_declarations.pxi"

cdef enum:
    PATIENCE_NS = 1_000_000_000
    SLOTS_AT_A_TIME = 1024
    COPIES_AT_A_TIME = 64
    MINIMUM_SLOTS = 64

cdef char* MAGIC = b"MWSTATE1"

logger = logging.getLogger("mockwave.state")

LABEL_BYTES = STATE_LABEL_BYTES
KEY_BYTES = STATE_KEY_BYTES
KIND_RULE = STATE_KIND_RULE
KIND_SCENARIO = STATE_KIND_SCENARIO

# One slot in use. `opened_ns`: when the window of a rate limit was opened (CLOCK_MONOTONIC); 0: no window is open.
StateEntry = namedtuple("StateEntry", "kind owner name key hits turns opened_ns state")
StateCounts = namedtuple("StateCounts", "capacity used evictions takeovers repairs")


class StateFault(Exception):
    """A table of state cannot be used."""


class StateBusy(Exception):
    """Another worker has kept the table for so long that it must have been stopped."""


include "state_files.pxi"
include "state_steps.pxi"


cdef class StateTable:
    """The mapped table, of which this process is a holder for as long as this object lives.

    A damaged table is replaced by a new one of `size_bytes`, for all workers. The server's id and the owner's have 16
    bytes each, keys at most KEY_BYTES. Calls raise StateBusy; ValueError for ids and keys of other lengths; StateFault
    or OSError if the table can be neither used nor replaced.
    """

    cdef state_table table
    cdef uint64_t mapped_bytes
    cdef uint64_t size_bytes
    cdef object opening
    cdef readonly str path

    def __cinit__(self, str path, uint64_t size_bytes):
        memset(&self.table, 0, sizeof(self.table))
        self.table.descriptor = -1
        self.path = path
        self.size_bytes = size_bytes
        self.opening = threading.Lock()
        self._open()

    def __dealloc__(self):
        self._close()

    cdef int _open(self) except -1:
        """Maps the file, and claims a place in it."""
        self.table.descriptor = open_sound_table(self.path, self.size_bytes)
        slot_count, bucket_count, hash_seed, size = read_measures(self.path, self.table.descriptor)
        self.table.slot_count = slot_count
        self.table.bucket_count = bucket_count
        self.table.hash_seed = hash_seed
        self.mapped_bytes = size
        self.table.header = <state_header*>map_shared(self.table.descriptor, self.mapped_bytes, self.path)
        # In bounds: the file has the size of the three parts together.
        self.table.slots = <state_slot*>(<char*>self.table.header + STATE_HEADER_BYTES)
        self.table.buckets = <uint32_t*>(self.table.slots + self.table.slot_count)
        if state_claim(&self.table, int.from_bytes(os.urandom(6), "little") or 1) < 0:
            raise StateFault(f"{self.path}: none of {STATE_HOLDERS} places for workers is free")
        return 0

    cdef int _close(self) except -1:
        if self.table.header != NULL:
            munmap(self.table.header, self.mapped_bytes)
            self.table.header = NULL
        if self.table.descriptor >= 0:
            os.close(self.table.descriptor)
            self.table.descriptor = -1
        return 0

    def find_loss(self) -> str:
        """Returns what happened to the table's file, which later workers find by its path; empty if it is whole."""
        cdef int descriptor = self.table.descriptor
        if descriptor < 0:
            return ""  # the next call opens it
        mine = os.fstat(descriptor)
        if <uint64_t>mine.st_size < self.mapped_bytes:
            return f"{self.path}: somebody has cut the table of the state of rules short; it will start over"
        try:
            if os.path.samestat(os.stat(self.path), mine):
                return ""
        except OSError:
            pass
        if memcmp(self.table.header.magic, MAGIC, 8) == 0:
            return (
                f"{self.path}: somebody has removed or replaced the table of the state of rules; workers that start"
                " from now on have another one: stop the server and start it again"
            )
        return ""  # it was replaced, and the next call opens the new one

    cdef int _lock(self) except -1:
        """Takes the lock of the table at `path`, which may be another table by now."""
        self._reopen()
        self._wait_for_lock()
        if memcmp(self.table.header.magic, MAGIC, 8):
            state_free_lock(&self.table)
            self._close()
            self._reopen()
            self._wait_for_lock()
        return 0

    cdef int _reopen(self) except -1:
        """Opens the table if it is not open, by one thread: others may run while it waits for the system. Between a
        call's steps on the table none does, since they never release the interpreter."""
        if self.table.header == NULL:
            with self.opening:
                if self.table.header == NULL:
                    self._close()
                    self._open()
        return 0

    cdef int _wait_for_lock(self) except -1:
        if state_take_lock(&self.table, PATIENCE_NS) < 0:
            raise StateBusy("another worker has kept the state of rules for a second; it was stopped, or hangs")
        return 0

    cdef int _repair(self) noexcept:
        """Rebuilds all derived data; the lock is held."""
        self.table.planned = 0
        self.table.header.repairs += 1
        state_rebuild(&self.table)
        return 0

    cdef int _unlock(self, int64_t result) except -1:
        state_free_lock(&self.table)
        if result == STATE_DAMAGED:
            raise StateFault(f"{self.path}: damaged")
        return 0

    def advance(self, Step step not None, bytes server_id not None, bytes owner not None, bytes key not None):
        """Takes the step. Returns (hits, turn) before it, or None if the rule may not answer."""
        cdef state_place rule, scenario
        cdef uint64_t hits = 0, turn = 0
        cdef int result
        check_ids(server_id, owner, key)
        rule.shape = state_identify(
            &rule.identity, STATE_KIND_RULE, server_id, owner, &step.step.rule, key, PyBytes_GET_SIZE(key))
        if step.step.scenario.length:
            scenario.shape = state_identify(
                &scenario.identity, STATE_KIND_SCENARIO, server_id, NULL, &step.step.scenario, key,
                PyBytes_GET_SIZE(key))
        self._lock()
        result = state_advance(&self.table, &step.step, &rule, &scenario, &hits, &turn)
        if result == STATE_DAMAGED:
            self._repair()
            result = state_advance(&self.table, &step.step, &rule, &scenario, &hits, &turn)
        self._unlock(result)
        return (hits, turn) if result == STATE_TAKEN else None

    def count(
        self,
        str rule not None,
        uint64_t limit,
        uint64_t window_ms,
        bytes server_id not None,
        bytes owner not None,
        bytes key not None,
    ):
        """Counts a request in the open window, or opens one. Returns (whether there were `limit` already, how many more
        are allowed, how many ms the window lasts)."""
        cdef state_place rate
        cdef state_text name
        cdef uint64_t hits = 0, ends_ns = 0, now_ns = monotonic_ns()
        cdef int result
        check_ids(server_id, owner, key)
        set_text(&name, rule)
        rate.shape = state_identify(
            &rate.identity, STATE_KIND_RULE, server_id, owner, &name, key, PyBytes_GET_SIZE(key))
        self._lock()
        result = state_count(&self.table, &rate, limit, window_ms * 1_000_000, now_ns, &hits, &ends_ns)
        if result == STATE_DAMAGED:
            self._repair()
            result = state_count(&self.table, &rate, limit, window_ms * 1_000_000, now_ns, &hits, &ends_ns)
        self._unlock(result)
        return (
            result != STATE_TAKEN,
            limit - hits if hits < limit else 0,
            (ends_ns - now_ns + 999_999) // 1_000_000 if ends_ns > now_ns else 0,
        )

    def set_state(
        self, str scenario not None, str state not None, bytes server_id not None, bytes key not None
    ) -> None:
        """Puts a scenario into a state."""
        cdef state_text name, text
        cdef state_place place
        check_ids(server_id, None, key)
        set_text(&name, scenario)
        set_text(&text, state)
        place.shape = state_identify(
            &place.identity, STATE_KIND_SCENARIO, server_id, NULL, &name, key, PyBytes_GET_SIZE(key))
        self._write(&place, &text, 0, 0)

    def set_counters(
        self,
        str rule not None,
        uint64_t hits,
        uint64_t turns,
        bytes server_id not None,
        bytes owner not None,
        bytes key not None,
    ) -> None:
        """Sets how often a rule has answered, and how many turns it has drawn. Its window is closed."""
        cdef state_text name
        cdef state_place place
        check_ids(server_id, owner, key)
        set_text(&name, rule)
        place.shape = state_identify(
            &place.identity, STATE_KIND_RULE, server_id, owner, &name, key, PyBytes_GET_SIZE(key))
        self._write(&place, NULL, hits, turns)

    cdef int _write(self, state_place* place, const state_text* state, uint64_t hits, uint64_t turns) except -1:
        cdef int result
        self._lock()
        result = state_write(&self.table, place, state, hits, turns)
        if result == STATE_DAMAGED:
            self._repair()
            result = state_write(&self.table, place, state, hits, turns)
        self._unlock(result)
        return 0

    def clear(
        self,
        uint64_t first,
        bytes server_id not None,
        *,
        uint32_t kind=0,
        bytes owner=None,
        str name=None,
        bytes key=None,
    ) -> tuple[int, int]:
        """Takes chosen slots out of use, among some from `first` on. Returns (their number, where to go on; 0: that was
        all)."""
        cdef state_choice choice
        cdef state_text text
        cdef int64_t cleared
        cdef uint32_t start, end
        check_ids(server_id, owner, key)
        choose(&choice, &text, server_id, kind, owner, name, key)
        if first >= self.table.slot_count:
            return 0, 0
        start = first
        end = min(start + SLOTS_AT_A_TIME, self.table.slot_count)
        self._lock()
        cleared = state_clear(&self.table, &choice, start, end)
        if cleared == STATE_DAMAGED:
            self._repair()
            cleared = state_clear(&self.table, &choice, start, end)
        self._unlock(cleared)
        return cleared, 0 if end == self.table.slot_count else end

    def read(
        self,
        uint64_t first,
        bytes server_id not None,
        *,
        uint32_t kind=0,
        bytes owner=None,
        str name=None,
        bytes key=None,
    ) -> tuple[list, int]:
        """Returns the chosen StateEntries, among some slots from `first` on, and where to go on; 0: that was all."""
        cdef state_choice choice
        cdef state_text text
        cdef state_slot copies[COPIES_AT_A_TIME]
        cdef uint32_t count, at, end
        check_ids(server_id, owner, key)
        choose(&choice, &text, server_id, kind, owner, name, key)
        if first >= self.table.slot_count:
            return [], 0
        at = first
        end = min(at + SLOTS_AT_A_TIME, self.table.slot_count)
        self._lock()
        count = state_copy(&self.table, &choice, &at, end, copies, COPIES_AT_A_TIME)
        self._unlock(0)
        return [entry_of(&copies[index]) for index in range(count)], 0 if at == self.table.slot_count else at

    def forget(self, str rule not None, bytes server_id not None, bytes owner not None, bytes key not None) -> bool:
        """Takes out of use the slot of a rule under a key; False if there was none."""
        cdef state_text name
        cdef state_place place
        cdef int result
        check_ids(server_id, owner, key)
        set_text(&name, rule)
        place.shape = state_identify(
            &place.identity, STATE_KIND_RULE, server_id, owner, &name, key, PyBytes_GET_SIZE(key))
        self._lock()
        result = state_forget(&self.table, &place)
        if result == STATE_DAMAGED:
            self._repair()
            result = state_forget(&self.table, &place)
        self._unlock(result)
        return result == STATE_TAKEN

    def read_state(self, str scenario not None, bytes server_id not None, bytes key not None):
        """Returns the state of a scenario; None if nothing has happened in it."""
        cdef state_text name
        cdef state_place place
        cdef state_slot copy
        cdef int result
        check_ids(server_id, None, key)
        set_text(&name, scenario)
        place.shape = state_identify(
            &place.identity, STATE_KIND_SCENARIO, server_id, NULL, &name, key, PyBytes_GET_SIZE(key))
        self._lock()
        result = state_read(&self.table, &place, &copy)
        if result == STATE_DAMAGED:
            self._repair()
            result = state_read(&self.table, &place, &copy)
        self._unlock(result)
        return state_of(&copy) if result == STATE_TAKEN else None

    def counts(self):
        """Returns the StateCounts of all servers."""
        cdef state_header* header = self.table.header
        return StateCounts(
            self.table.slot_count,
            load_acquire_64(&header.used_count),
            load_acquire_64(&header.evictions),
            load_acquire_64(&header.takeovers),
            load_acquire_64(&header.repairs),
        )


cdef int choose(
    state_choice* choice, state_text* text, bytes server_id, uint32_t kind, bytes owner, str name, bytes key
) except -1:
    """Returns the choice; it points into the arguments, which the caller keeps."""
    choice.server = PyBytes_AS_STRING(server_id)
    choice.owner = NULL if owner is None else PyBytes_AS_STRING(owner)
    choice.kind = kind
    choice.name = NULL
    choice.key = NULL if key is None else PyBytes_AS_STRING(key)
    choice.key_length = 0 if key is None else PyBytes_GET_SIZE(key)
    if name is not None:
        set_text(text, name)
        choice.name = text
    return 0


cdef object entry_of(const state_slot* slot):
    """Returns the entry of a copy whose shape is sound: state_copy has checked it."""
    cdef uint64_t shape = slot.shape
    return StateEntry(
        shape & 0xFF,
        (<const char*>slot.identity.owner)[:16],
        (<const char*>slot.identity.name)[:(shape >> 8) & 0xFF].decode(errors="replace"),
        (<const char*>slot.identity.key)[:(shape >> 16) & 0xFF],
        slot.hits,
        slot.turns,
        slot.window_ns,
        state_of(slot),
    )


cdef str state_of(const state_slot* slot):
    return (<const char*>slot.state)[:min(state_length(slot.shape), STATE_LABEL_BYTES)].decode(errors="replace")
