/* The table of slots with the state of rules and scenarios: one file, mapped by all workers.
 *
 *     header page │ slots │ buckets
 *
 * The words of a slot (identity, shape, hits, turns, window, state) are its truth; a slot counts once `used` is not 0.
 * All else is derived from it and can be rebuilt (state_rebuild): the slots of each bucket, the free ones, and the
 * order of use. Links are slot numbers from 1 on; 0 leads nowhere, so a file of zeros is an empty table.
 *
 *     bucket ──► slot ──next──► slot            newest ◄──newer── slot ──older──► oldest
 *
 * Whoever reads or writes holds the lock (state_lock.h). A holder may be killed at any instruction. The next holder
 * first repairs what it left (state_settle):
 *
 * - Truth changes in one step. A single word is simply stored. Several words are first written down as (place, value)
 *   pairs; then `redo_count` makes them valid: that store is the step. Then they are put in place, and `redo_count` is
 *   cleared. Killed before the step: nothing has changed. After it: the next holder puts the words in place (again).
 *  - A new slot's identity is written while the slot is not in use, and `used` is one of the words of the step.
 * - While derived data is changed, `dirty` is not 0; a holder that finds it so derives everything again.
 *
 * A process that is killed has executed its instructions up to one of them, so it is enough that the compiler keeps the
 * order of stores: STATE_ORDER. The lock makes them visible to others.
 *
 * Nothing read from the file is an index or a length before it is held against a constant, or against a number from
 * when this process mapped the file: state_at, state_shape_is_sound, state_redo. Walks end after STATE_MAX_STEPS. If a
 * link leads outside or in a circle, STATE_DAMAGED is returned before any truth is changed, and the caller rebuilds.
 */
#ifndef MOCKWAVE_STATE_SLOTS_H
#define MOCKWAVE_STATE_SLOTS_H

#include <stdlib.h>

#include "record.h"

#define STATE_LABEL_BYTES 96u
#define STATE_KEY_BYTES 48u
#define STATE_IDENTITY_BYTES (16u + 16u + STATE_LABEL_BYTES + STATE_KEY_BYTES)
#define STATE_WORDS (STATE_LABEL_BYTES / 8u)
#define STATE_HOLDERS 256u
#define STATE_MAX_REDO 64u
#define STATE_MAX_STEPS 100000u

#define STATE_KIND_RULE 1u
#define STATE_KIND_SCENARIO 2u

#define STATE_DAMAGED (-1)

#define STATE_ORDER() __atomic_signal_fence(__ATOMIC_SEQ_CST)

/* The identity of a slot: server id, owner, name and key, each padded with zeros. */
typedef struct {
    uint8_t server[16];
    uint8_t owner[16]; /* of a scenario: zeros */
    uint8_t name[STATE_LABEL_BYTES];
    uint8_t key[STATE_KEY_BYTES];
} state_identity;

typedef struct {
    uint64_t used;
    uint64_t hits; /* how often the rule has answered; of a rate limit: in its window */
    uint64_t turns;
    uint64_t window_ns; /* when the window was opened (CLOCK_MONOTONIC) */
    uint64_t shape;     /* kind, length of name, of key, of state: a byte each, from the lowest */
    uint64_t stamp;     /* the greater, the later it was used */
    uint32_t next;
    uint32_t newer;
    uint32_t older;
    uint32_t bucket;
    state_identity identity;
    uint64_t state[STATE_WORDS]; /* bytes of text, filled up with zeros */
} state_slot;

typedef struct {
    char magic[8];
    uint64_t slot_count;
    uint64_t bucket_count; /* a power of two */
    uint64_t hash_seed;
    char line_1[96];
    uint64_t lock; /* 0: free; see state_lock.h */
    char line_2[120];
    uint64_t dirty;
    uint64_t clock;
    uint64_t used_count;
    uint64_t evictions;
    uint64_t takeovers;
    uint64_t repairs;
    uint32_t newest;
    uint32_t oldest;
    uint32_t first_free; /* of those that were in use, by `next` */
    uint32_t fresh;      /* so many slots have been in use */
    uint64_t line_3[6];
    uint64_t redo_count;
    uint64_t redo[STATE_MAX_REDO][2]; /* word of the slots' memory, value */
    uint64_t line_4;
    uint64_t holders[STATE_HOLDERS]; /* the incarnation of each (state_lock.h) */
} state_header;

#define STATE_HEADER_BYTES 4096u

_Static_assert(sizeof(state_header) <= STATE_HEADER_BYTES, "the header has a page");
_Static_assert(sizeof(state_slot) % 8 == 0, "slots are whole words");

/* A process' view. Its counts are those of the file when its size was checked. */
typedef struct {
    state_header *header;
    state_slot *slots;
    uint32_t *buckets;
    uint32_t slot_count;
    uint32_t bucket_count;
    uint64_t hash_seed;
    int descriptor;
    uint64_t lock_word;
    /* The words of the step in preparation. */
    uint32_t planned;
    uint64_t plan[STATE_MAX_REDO][2];
} state_table;

static inline uint64_t state_shape(uint32_t kind, uint32_t name_length, uint32_t key_length) {
    return kind | (uint64_t)name_length << 8 | (uint64_t)key_length << 16;
}

static inline uint32_t state_length(uint64_t shape) { return (uint32_t)(shape >> 24) & 0xFFu; }

static inline int state_shape_is_sound(uint64_t shape) {
    uint32_t kind = shape & 0xFFu;
    return (kind == STATE_KIND_RULE || kind == STATE_KIND_SCENARIO) && (shape >> 8 & 0xFFu) <= STATE_LABEL_BYTES
        && (shape >> 16 & 0xFFu) <= STATE_KEY_BYTES && state_length(shape) <= STATE_LABEL_BYTES && shape >> 32 == 0;
}

/* Returns the slot of a link; NULL if it leads nowhere or outside. */
static inline state_slot *state_at(const state_table *table, uint32_t link) {
    return link >= 1 && link <= table->slot_count ? &table->slots[link - 1] : NULL;
}

static inline uint32_t state_bucket(const state_table *table, const state_identity *identity, uint64_t shape) {
    uint64_t hash = hash_bytes((const uint8_t *)identity, sizeof(*identity), table->hash_seed ^ (shape & 0xFFFFFFu));
    return (uint32_t)hash & (table->bucket_count - 1); /* in bounds: bucket_count is a power of two */
}

/* Truth */

static inline void state_plan(state_table *table, uint64_t *place, uint64_t value) {
    /* In bounds: a step plans at most 2 slots, each `used`, 3 counters, shape and STATE_WORDS words of state. */
    table->plan[table->planned][0] = (uint64_t)(place - (uint64_t *)table->slots);
    table->plan[table->planned][1] = value;
    table->planned++;
}

/* Carries out the planned words, in one step. */
static inline void state_commit(state_table *table) {
    state_header *header = table->header;
    uint64_t *words = (uint64_t *)table->slots;
    uint32_t index, count = table->planned;
    table->planned = 0;
    if (count == 1) {
        words[table->plan[0][0]] = table->plan[0][1];
    } else if (count) {
        memcpy(header->redo, table->plan, count * sizeof(table->plan[0]));
        STATE_ORDER();
        header->redo_count = count;
        STATE_ORDER();
        for (index = 0; index < count; index++) words[table->plan[index][0]] = table->plan[index][1];
        STATE_ORDER();
        header->redo_count = 0;
    }
    STATE_ORDER();
    header->dirty = 0; /* slots that were allocated for this step are in use now */
}

/* Puts in place the words of a step whose holder was killed. */
static inline void state_redo(state_table *table) {
    state_header *header = table->header;
    uint64_t limit = (uint64_t)table->slot_count * (sizeof(state_slot) / 8);
    uint64_t *words = (uint64_t *)table->slots;
    uint64_t index, place, count = header->redo_count;
    for (index = 0; index < count && index < STATE_MAX_REDO; index++) {
        place = header->redo[index][0];
        if (place < limit) words[place] = header->redo[index][1];
    }
    STATE_ORDER();
    header->redo_count = 0;
}

/* Derived data */

static inline int state_take_out_of_order(state_table *table, uint32_t link) {
    state_slot *slot = state_at(table, link), *newer, *older;
    uint32_t newer_link = slot->newer, older_link = slot->older;
    newer = state_at(table, newer_link);
    older = state_at(table, older_link);
    if ((newer == NULL) != (newer_link == 0) || (older == NULL) != (older_link == 0)) return STATE_DAMAGED;
    if (newer != NULL ? newer->older != link : table->header->newest != link) return STATE_DAMAGED;
    if (older != NULL ? older->newer != link : table->header->oldest != link) return STATE_DAMAGED;
    if (newer != NULL) newer->older = older_link;
    else table->header->newest = older_link;
    if (older != NULL) older->newer = newer_link;
    else table->header->oldest = newer_link;
    return 0;
}

static inline int state_put_newest(state_table *table, uint32_t link) {
    state_slot *slot = state_at(table, link), *former;
    uint32_t former_link = table->header->newest;
    former = state_at(table, former_link);
    if ((former == NULL) != (former_link == 0)) return STATE_DAMAGED;
    slot->newer = 0;
    slot->older = former_link;
    if (former != NULL) former->newer = link;
    else table->header->oldest = link;
    table->header->newest = link;
    slot->stamp = ++table->header->clock;
    return 0;
}

/* Notes that the slot was used just now. */
static inline int state_touch(state_table *table, uint32_t link) {
    state_header *header = table->header;
    if (header->newest == link) return 0;
    header->dirty = 1;
    STATE_ORDER();
    if (state_take_out_of_order(table, link) < 0 || state_put_newest(table, link) < 0) return STATE_DAMAGED;
    STATE_ORDER();
    header->dirty = 0;
    return 0;
}

/* Returns the link of the slot of this identity; 0 if there is none. */
static inline int64_t state_find(state_table *table, const state_identity *identity, uint64_t shape, uint32_t bucket) {
    uint32_t link = table->buckets[bucket], steps = 0;
    while (link != 0) {
        state_slot *slot = state_at(table, link);
        if (slot == NULL || ++steps > STATE_MAX_STEPS) return STATE_DAMAGED;
        if (slot->used && ((slot->shape ^ shape) & 0xFFFFFFu) == 0
            && memcmp(&slot->identity, identity, sizeof(*identity)) == 0)
            return link;
        link = slot->next;
    }
    return 0;
}

static inline int state_take_out_of_bucket(state_table *table, uint32_t link) {
    state_slot *slot = state_at(table, link);
    uint32_t bucket = slot->bucket, steps = 0, here;
    uint32_t *place;
    if (bucket >= table->bucket_count) return STATE_DAMAGED;
    place = &table->buckets[bucket];
    while ((here = *place) != link) {
        state_slot *other = state_at(table, here);
        if (other == NULL || ++steps > STATE_MAX_STEPS) return STATE_DAMAGED;
        place = &other->next;
    }
    *place = slot->next;
    return 0;
}

/* Takes the slot out of use, and leaves the table dirty: the caller clears that. */
static inline int state_release(state_table *table, uint32_t link) {
    state_header *header = table->header;
    state_slot *slot = state_at(table, link);
    header->dirty = 1;
    STATE_ORDER();
    slot->used = 0;
    if (state_take_out_of_order(table, link) < 0 || state_take_out_of_bucket(table, link) < 0) return STATE_DAMAGED;
    slot->next = header->first_free;
    header->first_free = link;
    if (header->used_count) header->used_count--;
    return 0;
}

/* Returns the link of a slot linked under this identity as the newest. It is not in use until a step says so; until
 * then the table is dirty. If all slots are in use, the least recently used one is replaced. */
static inline int64_t state_allocate(
    state_table *table, const state_identity *identity, uint64_t shape, uint32_t bucket
) {
    state_header *header = table->header;
    uint32_t link = header->first_free;
    state_slot *slot = state_at(table, link);
    if (slot == NULL && link != 0) return STATE_DAMAGED;
    if (slot == NULL && header->fresh >= table->slot_count) {
        link = header->oldest;
        if (state_at(table, link) == NULL || state_release(table, link) < 0) return STATE_DAMAGED;
        header->evictions++;
        slot = state_at(table, link);
        if (header->first_free != link) return STATE_DAMAGED;
    }
    header->dirty = 1;
    STATE_ORDER();
    if (slot != NULL) {
        header->first_free = slot->next;
    } else {
        link = ++header->fresh; /* in bounds: it was less than slot_count */
        slot = state_at(table, link);
    }
    if (slot == NULL || slot->used) return STATE_DAMAGED;
    slot->hits = slot->turns = slot->window_ns = 0;
    memset(slot->state, 0, sizeof(slot->state));
    slot->shape = shape;
    slot->identity = *identity;
    slot->bucket = bucket;
    slot->next = table->buckets[bucket];
    table->buckets[bucket] = link;
    if (state_put_newest(table, link) < 0) return STATE_DAMAGED;
    header->used_count++;
    return link;
}

typedef struct {
    uint64_t stamp;
    uint32_t link;
} state_use;

static int state_compare_uses(const void *left, const void *right) {
    uint64_t one = ((const state_use *)left)->stamp, other = ((const state_use *)right)->stamp;
    return one < other ? -1 : one > other;
}

/* Derives everything from the slots. A slot with an impossible shape is not in use. */
static void state_rebuild(state_table *table) {
    state_header *header = table->header;
    state_use *uses = (state_use *)malloc(table->slot_count * sizeof(state_use));
    uint64_t index, count = 0;
    uint32_t link, free_link = 0;
    header->dirty = 1;
    STATE_ORDER();
    memset(table->buckets, 0, table->bucket_count * sizeof(uint32_t));
    header->newest = header->oldest = 0;
    header->fresh = table->slot_count;
    header->clock = 0;
    header->used_count = 0;
    for (link = table->slot_count; link >= 1; link--) {
        state_slot *slot = state_at(table, link);
        if (slot->used && state_shape_is_sound(slot->shape)) {
            if (uses != NULL) {
                uses[count].stamp = slot->stamp; /* in bounds: at most one for each slot */
                uses[count].link = link;
            }
            count++;
        } else {
            slot->used = 0;
            slot->next = free_link;
            free_link = link;
        }
    }
    header->first_free = free_link;
    if (uses != NULL) qsort(uses, count, sizeof(state_use), state_compare_uses);
    link = 0;
    for (index = 0; index < count; index++) {
        state_slot *slot;
        if (uses != NULL) {
            link = uses[index].link;
            slot = state_at(table, link);
        } else { /* no memory: in the order of the slots, as each that is in use comes */
            do slot = state_at(table, ++link); while (slot != NULL && !slot->used);
        }
        if (slot == NULL) break;
        slot->bucket = state_bucket(table, &slot->identity, slot->shape);
        slot->next = table->buckets[slot->bucket];
        table->buckets[slot->bucket] = link;
        (void)state_put_newest(table, link);
        header->used_count++;
    }
    free(uses);
    STATE_ORDER();
    header->dirty = 0;
}

/* Repairs what a killed holder has left. */
static inline void state_settle(state_table *table) {
    table->planned = 0;
    if (table->header->redo_count) state_redo(table);
    if (table->header->dirty) {
        table->header->repairs++;
        state_rebuild(table);
    }
}

#endif
