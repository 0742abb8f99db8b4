/* Room for the parts of trees: runs of units, named by the place of the first one. Place 0 is never given: it says
   "none". What is given back is kept for the next run of its size, so that a tree that changes all day stays as large
   as it is.

   A Pool owns its memory, which moves when the pool grows: places are kept, addresses only until the next pool_take.
   Runs are not initialized. The caller gives each run back once, with the length it was taken with. */

#ifndef MOCKWAVE_MATCHER_POOL_H
#define MOCKWAVE_MATCHER_POOL_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define POOL_ALIGNMENT 64
#define POOL_EXACT 32          /* runs up to this length have free lists of their own; longer ones by powers of two */
#define POOL_LISTS 64
#define POOL_MOST_UNITS 0x7fffffffu
#define POOL_FIRST_UNITS 7     /* room of a pool that is used for the first time, place 0 aside */
#define POOL_PAGE_BYTES 4096
#ifdef NDEBUG
#define POOL_MAPPED_BYTES ((size_t)256 << 10) /* from here on the system moves the pages, and nothing is copied */
#else
#define POOL_MAPPED_BYTES SIZE_MAX /* every growth moves, every overrun is seen by AddressSanitizer */
#endif

typedef struct {
    unsigned char *base;
    uint32_t unit_bytes;          /* 4 at least: a free run starts with the place of the next one */
    uint32_t used;                /* places from here on were never given */
    uint32_t room;
    uint32_t free_units;
    uint32_t free_runs[POOL_LISTS];
} Pool;

static inline uint32_t pool_list(uint32_t length) {
    assert(length > 0 && length <= POOL_MOST_UNITS);
    return length <= POOL_EXACT ? length - 1 : POOL_EXACT + 26 - (uint32_t)__builtin_clz(length - 1);
}

/* What a run of this length takes. */
static inline uint32_t pool_run(uint32_t length) {
    return length <= POOL_EXACT ? length : 1u << (32 - __builtin_clz(length - 1));
}

static inline size_t pool_bytes(const Pool *pool, uint64_t room) {
    size_t bytes = (size_t)room * pool->unit_bytes;
    size_t step = bytes >= POOL_MAPPED_BYTES ? POOL_PAGE_BYTES : POOL_ALIGNMENT;
    return (bytes + step - 1) / step * step;
}

static inline int pool_grow(Pool *pool, uint32_t more) {
    uint64_t needed = (uint64_t)pool->used + more;
    uint64_t room = (uint64_t)pool->room + pool->room / 2 + 1 + POOL_FIRST_UNITS;
    size_t old_bytes = pool_bytes(pool, pool->room), bytes;
    unsigned char *base;
    if (room < needed) room = needed;
    if (room > POOL_MOST_UNITS) room = POOL_MOST_UNITS;
    if (room < needed) return 0;
    bytes = pool_bytes(pool, room);
    if (bytes < POOL_MAPPED_BYTES) {
        base = aligned_alloc(POOL_ALIGNMENT, bytes);
    } else if (old_bytes >= POOL_MAPPED_BYTES) {
        base = mremap(pool->base, old_bytes, bytes, MREMAP_MAYMOVE);
        if (base == MAP_FAILED) return 0;
        pool->base = base;
    } else {
        base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (base == MAP_FAILED) base = NULL;
    }
    if (base == NULL) return 0;
    if (base != pool->base) {
        if (pool->base) memcpy(base, pool->base, (size_t)pool->used * pool->unit_bytes);
        free(pool->base);
        pool->base = base;
    }
    pool->room = (uint32_t)room;
    return 1;
}

/* The place of a run of `length` units, or 0 if there is no memory for it. */
static inline uint32_t pool_take(Pool *pool, uint32_t length) {
    uint32_t list = pool_list(length), run = pool_run(length), place = pool->free_runs[list];
    if (place) {
        memcpy(&pool->free_runs[list], pool->base + (size_t)place * pool->unit_bytes, sizeof place);
        pool->free_units -= run;
        return place;
    }
    if (pool->used == 0) pool->used = 1;
    if (pool->room - (pool->room ? pool->used : 0) < run && !pool_grow(pool, run)) return 0;
    place = pool->used;
    pool->used += run;
    return place;
}

static inline void pool_give_back(Pool *pool, uint32_t place, uint32_t length) {
    uint32_t list = pool_list(length);
    assert(place > 0 && place < pool->used);
    memcpy(pool->base + (size_t)place * pool->unit_bytes, &pool->free_runs[list], sizeof place);
    pool->free_runs[list] = place;
    pool->free_units += pool_run(length);
}

static inline void pool_free(Pool *pool) {
    size_t bytes = pool_bytes(pool, pool->room);
    if (bytes >= POOL_MAPPED_BYTES) {
        munmap(pool->base, bytes);
    } else {
        free(pool->base);
    }
    pool->base = NULL;
}

#endif
