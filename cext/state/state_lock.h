/* The lock of the table of state: a word in the file; it never outlives its holder.
 *
 * Each process that maps the file is a *holder*. It has claimed one of STATE_HOLDERS places by an OS lock on the byte
 * of that number in the file (an open-file-description lock, fcntl(2)). The kernel releases it when the process ends,
 * however it ends. The process has also written a number of its own there, its incarnation. The lock word is 0, or
 * place + 1 and incarnation of its holder.
 *
 * A holder is dead if the place has another incarnation (it could be claimed only once it was free), or if nobody has
 * the place's byte locked. A living holder has it locked, under its incarnation: it is never taken for dead, even when
 * process ids are used again. A process that finds the word of a dead holder replaces it with its own by
 * compare-and-swap, so only one of several gets the lock. state_settle repairs what the dead one left.
 *
 * A stopped holder keeps the lock: others give up after their patience, and say so.
 */
#ifndef MOCKWAVE_STATE_LOCK_H
#define MOCKWAVE_STATE_LOCK_H

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "state_slots.h"

#define STATE_SPINS 200
#define STATE_YIELDS 20

static inline int state_lock_byte(int descriptor, int command, uint32_t place, struct flock *asked) {
    memset(asked, 0, sizeof(*asked));
    asked->l_type = F_WRLCK;
    asked->l_whence = SEEK_SET;
    asked->l_start = place;
    asked->l_len = 1;
    return fcntl(descriptor, command, asked);
}

/* Claims a place for as long as the descriptor is open; `incarnation` has at most 48 bits and is not 0. Returns -1 if
 * none is free. */
static inline int state_claim(state_table *table, uint64_t incarnation) {
    struct flock asked;
    uint32_t place;
    for (place = 0; place < STATE_HOLDERS; place++) {
        if (state_lock_byte(table->descriptor, F_OFD_SETLK, place, &asked) == 0) {
            store_release_64(&table->header->holders[place], incarnation);
            table->lock_word = incarnation << 16 | (place + 1);
            return 0;
        }
    }
    return -1;
}

static inline int state_holder_lives(const state_table *table, uint64_t word) {
    struct flock asked;
    uint32_t place = (uint32_t)(word & 0xFFFFu) - 1u; /* 0 becomes a place that is not one */
    if (place >= STATE_HOLDERS || load_acquire_64(&table->header->holders[place]) != word >> 16) return 0;
    /* An error does not prove a death. */
    return state_lock_byte(table->descriptor, F_OFD_GETLK, place, &asked) != 0 || asked.l_type != F_UNLCK;
}

static inline int state_swap_lock(state_table *table, uint64_t expected) {
    return __atomic_compare_exchange_n(
        &table->header->lock, &expected, table->lock_word, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED
    );
}

static int state_wait_for_lock(state_table *table, uint64_t patience_ns) {
    struct timespec pause = {0, 50000};
    uint64_t word, deadline_ns = 0;
    uint32_t round;
    for (round = 0;; round++) {
        word = __atomic_load_n(&table->header->lock, __ATOMIC_RELAXED);
        if (word == 0) {
            if (state_swap_lock(table, 0)) return 0;
            continue;
        }
        if (round < STATE_SPINS) continue;
        if (!state_holder_lives(table, word)) {
            if (state_swap_lock(table, word)) {
                table->header->takeovers++;
                return 0;
            }
            continue;
        }
        if (deadline_ns == 0) deadline_ns = monotonic_ns() + patience_ns;
        else if (monotonic_ns() > deadline_ns) return -1;
        if (round < STATE_SPINS + STATE_YIELDS) sched_yield();
        else nanosleep(&pause, NULL);
    }
}

/* Returns -1 if a living holder has not released it for so long. */
static inline int state_take_lock(state_table *table, uint64_t patience_ns) {
    if (!state_swap_lock(table, 0) && state_wait_for_lock(table, patience_ns) < 0) return -1;
    if (table->header->dirty || table->header->redo_count) state_settle(table);
    return 0;
}

static inline void state_free_lock(state_table *table) { store_release_64(&table->header->lock, 0); }

#endif
