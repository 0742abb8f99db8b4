/* Steps on the table of state: tested, decided and carried out while the lock is held.
 *
 * Each function looks first, plans its words (state_plan), makes room for missing slots, and commits. Damage can only
 * be found before the commit, so a step that returns STATE_DAMAGED has not been taken.
 */
#ifndef MOCKWAVE_STATE_STEPS_H
#define MOCKWAVE_STATE_STEPS_H

#include "state_slots.h"

#define STATE_REFUSED 0
#define STATE_TAKEN 1

static const char STATE_STARTED[] = "Started";

/* A text of at most STATE_LABEL_BYTES, padded with zeros. */
typedef struct {
    uint32_t length;
    uint64_t words[STATE_WORDS];
} state_text;

typedef struct {
    int counts_hits;
    uint64_t hits_limit; /* 0: none */
    int draws_turns;
    uint64_t seed;
    double probability;
    state_text rule;
    state_text scenario;   /* empty: none */
    state_text from_state; /* empty: any */
    state_text to_state;   /* empty: it stays */
} state_step;

static inline int state_set_text(state_text *text, const char *bytes, size_t length) {
    if (length > STATE_LABEL_BYTES) return -1;
    memset(text, 0, sizeof(*text));
    memcpy(text->words, bytes, length);
    text->length = (uint32_t)length;
    return 0;
}

/* `server` and `owner` have 16 bytes, `owner` may be NULL; `key_length` is at most STATE_KEY_BYTES. */
static inline uint64_t state_identify(
    state_identity *identity, uint32_t kind, const char *server, const char *owner, const state_text *name,
    const char *key, size_t key_length
) {
    memset(identity, 0, sizeof(*identity));
    memcpy(identity->server, server, 16);
    if (owner != NULL) memcpy(identity->owner, owner, 16);
    memcpy(identity->name, name->words, STATE_LABEL_BYTES);
    memcpy(identity->key, key, key_length);
    return state_shape(kind, name->length, (uint32_t)key_length);
}

/* SplitMix64: 64 bits of purpose 0 of a turn, as `rules/draws.py` has them. */
static inline uint64_t state_draw(uint64_t seed, uint64_t turn) {
    uint64_t bits = seed + (turn * 4 + 1) * 0x9E3779B97F4A7C15u;
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
    return bits ^ bits >> 31;
}

static inline int state_is(const state_slot *slot, const state_text *state) {
    if (slot == NULL)
        return state->length == sizeof(STATE_STARTED) - 1 && memcmp(state->words, STATE_STARTED, state->length) == 0;
    return state_length(slot->shape) == state->length && memcmp(slot->state, state->words, STATE_LABEL_BYTES) == 0;
}

static inline void state_plan_text(state_table *table, state_slot *slot, const state_text *state) {
    uint32_t index;
    state_plan(table, &slot->shape, (slot->shape & 0xFFFFFFu) | (uint64_t)state->length << 24);
    for (index = 0; index < STATE_WORDS; index++)
        if (slot->state[index] != state->words[index]) state_plan(table, &slot->state[index], state->words[index]);
}

/* A slot as a step sees it: it exists, or is made once the step is sure to be taken. */
typedef struct {
    state_identity identity;
    uint64_t shape;
    uint32_t bucket;
    state_slot *slot; /* NULL: it is not there */
} state_place;

/* Looks the slot up, and marks it as just used. */
static inline int state_look(state_table *table, state_place *place) {
    int64_t link;
    place->bucket = state_bucket(table, &place->identity, place->shape);
    link = state_find(table, &place->identity, place->shape, place->bucket);
    if (link < 0 || (link > 0 && state_touch(table, (uint32_t)link) < 0)) return STATE_DAMAGED;
    place->slot = state_at(table, (uint32_t)link);
    return 0;
}

/* Makes the slot if it is missing; it is in use from the commit on. */
static inline int state_ensure(state_table *table, state_place *place) {
    int64_t link;
    if (place->slot != NULL) return 0;
    link = state_allocate(table, &place->identity, place->shape, place->bucket);
    if (link < 0) return STATE_DAMAGED;
    place->slot = state_at(table, (uint32_t)link);
    state_plan(table, &place->slot->used, 1);
    return 0;
}

/* Takes the step of a rule: its counters advance and its scenario moves on, both or neither. `hits` and `turn` are the
 * values before. A refused step changes nothing except the turn that it drew. */
static inline int state_advance(
    state_table *table, const state_step *step, state_place *rule, state_place *scenario, uint64_t *hits, uint64_t *turn
) {
    int has_scenario = step->scenario.length != 0, has_counters = step->counts_hits || step->draws_turns;
    int is_struck = 1;
    *hits = *turn = 0;
    rule->slot = scenario->slot = NULL;
    if (has_counters && state_look(table, rule) < 0) return STATE_DAMAGED;
    if (rule->slot != NULL) {
        *hits = rule->slot->hits;
        *turn = rule->slot->turns;
    }
    if (step->hits_limit && *hits >= step->hits_limit) return STATE_REFUSED;
    if (has_scenario && state_look(table, scenario) < 0) return STATE_DAMAGED;
    if (has_scenario && step->from_state.length && !state_is(scenario->slot, &step->from_state)) return STATE_REFUSED;
    if (step->draws_turns) is_struck = (state_draw(step->seed, *turn) >> 11) * 0x1p-53 < step->probability;
    if (has_counters && state_ensure(table, rule) < 0) return STATE_DAMAGED;
    if (step->draws_turns) state_plan(table, &rule->slot->turns, *turn + 1);
    if (is_struck) {
        if (step->counts_hits) state_plan(table, &rule->slot->hits, *hits + 1);
        if (has_scenario && step->to_state.length && !state_is(scenario->slot, &step->to_state)) {
            if (state_ensure(table, scenario) < 0) return STATE_DAMAGED;
            state_plan_text(table, scenario->slot, &step->to_state);
        }
    }
    state_commit(table);
    return is_struck ? STATE_TAKEN : STATE_REFUSED;
}

/* Counts a request in the open window, or opens one. Refused if there were `limit` already. */
static inline int state_count(
    state_table *table, state_place *rate, uint64_t limit, uint64_t window_ns, uint64_t now_ns, uint64_t *hits,
    uint64_t *ends_ns
) {
    uint64_t opened_ns;
    if (state_look(table, rate) < 0 || state_ensure(table, rate) < 0) return STATE_DAMAGED;
    opened_ns = rate->slot->window_ns;
    *hits = rate->slot->hits;
    /* A window that opens in the future was not opened by this server. */
    if (opened_ns == 0 || opened_ns > now_ns || now_ns - opened_ns >= window_ns) {
        opened_ns = now_ns;
        *hits = 0;
        state_plan(table, &rate->slot->window_ns, now_ns);
    }
    *ends_ns = opened_ns + window_ns;
    if (*hits < limit) {
        *hits += 1;
        state_plan(table, &rate->slot->hits, *hits);
        state_commit(table);
        return STATE_TAKEN;
    }
    state_commit(table);
    return STATE_REFUSED;
}

/* Sets the given values: the counters of a rule (`state` NULL), or the state of a scenario. */
static inline int state_write(
    state_table *table, state_place *place, const state_text *state, uint64_t hits, uint64_t turns
) {
    if (state_look(table, place) < 0 || state_ensure(table, place) < 0) return STATE_DAMAGED;
    if (state != NULL) {
        state_plan_text(table, place->slot, state);
    } else {
        state_plan(table, &place->slot->hits, hits);
        state_plan(table, &place->slot->turns, turns);
        state_plan(table, &place->slot->window_ns, 0);
    }
    state_commit(table);
    return STATE_TAKEN;
}

/* Copies the slot; refused if it is missing. */
static inline int state_read(state_table *table, state_place *place, state_slot *copy) {
    if (state_look(table, place) < 0) return STATE_DAMAGED;
    if (place->slot == NULL) return STATE_REFUSED;
    *copy = *place->slot;
    return STATE_TAKEN;
}

/* Takes the slot out of use; refused if it is missing. */
static inline int state_forget(state_table *table, state_place *place) {
    int64_t link;
    place->bucket = state_bucket(table, &place->identity, place->shape);
    link = state_find(table, &place->identity, place->shape, place->bucket);
    if (link == 0) return STATE_REFUSED;
    if (link < 0 || state_release(table, (uint32_t)link) < 0) return STATE_DAMAGED;
    table->header->dirty = 0;
    return STATE_TAKEN;
}

/* Which slots are chosen: those of a server, and of an owner, a kind, a name or a key if these are given. */
typedef struct {
    const char *server;
    const char *owner; /* NULL: any; as the next ones */
    uint32_t kind;     /* 0: any */
    const state_text *name;
    const char *key;
    size_t key_length;
} state_choice;

static inline int state_is_chosen(const state_slot *slot, const state_choice *choice) {
    uint64_t shape = slot->shape;
    if (!slot->used || memcmp(slot->identity.server, choice->server, 16) || !state_shape_is_sound(shape)) return 0;
    if (choice->kind && (shape & 0xFFu) != choice->kind) return 0;
    if (choice->owner != NULL && memcmp(slot->identity.owner, choice->owner, 16)) return 0;
    if (choice->name != NULL
        && ((shape >> 8 & 0xFFu) != choice->name->length
            || memcmp(slot->identity.name, choice->name->words, STATE_LABEL_BYTES)))
        return 0;
    return choice->key == NULL
        || ((shape >> 16 & 0xFFu) == choice->key_length
            && memcmp(slot->identity.key, choice->key, choice->key_length) == 0);
}

/* Takes the chosen ones of the slots [first, end) out of use; `end` is at most the table's. Returns their number. */
static inline int64_t state_clear(state_table *table, const state_choice *choice, uint32_t first, uint32_t end) {
    int64_t cleared = 0;
    uint32_t index;
    for (index = first; index < end; index++) {
        if (!state_is_chosen(&table->slots[index], choice)) continue;
        if (state_release(table, index + 1) < 0) return STATE_DAMAGED;
        cleared++;
    }
    table->header->dirty = 0;
    return cleared;
}

/* Copies at most `most` chosen slots of [first, end), from `*first` on, which is then where to go on. */
static inline uint32_t state_copy(
    const state_table *table, const state_choice *choice, uint32_t *first, uint32_t end, state_slot *copies,
    uint32_t most
) {
    uint32_t count = 0;
    for (; *first < end && count < most; (*first)++)
        if (state_is_chosen(&table->slots[*first], choice)) copies[count++] = table->slots[*first];
    return count;
}

#endif
