# What the three headers of the table offer: its form (state_slots.h), its steps (state_steps.h) and its lock
# (state_lock.h). Included by StateTable's module.

cdef extern from "state_slots.h" nogil:
    const uint32_t STATE_LABEL_BYTES, STATE_KEY_BYTES, STATE_WORDS, STATE_HOLDERS, STATE_HEADER_BYTES
    const uint32_t STATE_KIND_RULE, STATE_KIND_SCENARIO
    const int STATE_DAMAGED

    ctypedef struct state_identity:
        uint8_t server[16]
        uint8_t owner[16]
        uint8_t name[96]
        uint8_t key[48]

    ctypedef struct state_slot:
        uint64_t hits
        uint64_t turns
        uint64_t window_ns
        uint64_t shape
        state_identity identity
        uint64_t state[12]

    ctypedef struct state_header:
        char magic[8]
        uint64_t slot_count
        uint64_t bucket_count
        uint64_t hash_seed
        uint64_t used_count
        uint64_t evictions
        uint64_t takeovers
        uint64_t repairs

    ctypedef struct state_table:
        state_header* header
        state_slot* slots
        uint32_t* buckets
        uint32_t slot_count
        uint32_t bucket_count
        uint64_t hash_seed
        int descriptor
        uint32_t planned

    uint32_t state_length(uint64_t shape)
    void state_rebuild(state_table* table)

cdef extern from "state_steps.h" nogil:
    const int STATE_TAKEN

    ctypedef struct state_text:
        uint32_t length

    ctypedef struct state_step:
        int counts_hits
        uint64_t hits_limit
        int draws_turns
        uint64_t seed
        double probability
        state_text rule
        state_text scenario
        state_text from_state
        state_text to_state

    ctypedef struct state_place:
        state_identity identity
        uint64_t shape

    ctypedef struct state_choice:
        const char* server
        const char* owner
        uint32_t kind
        const state_text* name
        const char* key
        size_t key_length

    int state_set_text(state_text* text, const char* data, size_t length)
    uint64_t state_identify(
        state_identity* identity, uint32_t kind, const char* server, const char* owner, const state_text* name,
        const char* key, size_t key_length)
    int state_advance(
        state_table* table, const state_step* step, state_place* rule, state_place* scenario, uint64_t* hits,
        uint64_t* turn)
    int state_count(
        state_table* table, state_place* rate, uint64_t limit, uint64_t window_ns, uint64_t now_ns, uint64_t* hits,
        uint64_t* ends_ns)
    int state_write(state_table* table, state_place* place, const state_text* state, uint64_t hits, uint64_t turns)
    int state_forget(state_table* table, state_place* place)
    int state_read(state_table* table, state_place* place, state_slot* copy)
    int64_t state_clear(state_table* table, const state_choice* choice, uint32_t first, uint32_t end)
    uint32_t state_copy(
        const state_table* table, const state_choice* choice, uint32_t* first, uint32_t end, state_slot* copies,
        uint32_t most)

cdef extern from "state_lock.h" nogil:
    int state_claim(state_table* table, uint64_t incarnation)
    int state_take_lock(state_table* table, uint64_t patience_ns)
    void state_free_lock(state_table* table)
