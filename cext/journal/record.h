/* The record of one request in a ring, and the few primitives every reader and writer of rings shares.
 *
 * A record starts on a multiple of 8 and never wraps: where it does not fit before the end of the ring, a pad record
 * fills the rest. `size` counts the whole record; the variable parts follow the struct in the order of their lengths:
 * method, client, path, query, headers, body, rule. Headers are repeated (name length, value length, name, value), lengths
 * as LEB128 varints. Byte order is the machine's: a ring never leaves it.
 */
#ifndef MOCKWAVE_RECORD_H
#define MOCKWAVE_RECORD_H

#include <stdint.h>
#include <string.h>
#include <time.h>

typedef struct {
    uint32_t size;         /* bytes, a multiple of 8 */
    uint32_t checksum;     /* record_checksum of everything after it; PAD_MARK in a pad record */
    uint64_t received_ns;  /* CLOCK_MONOTONIC */
    uint8_t server_id[16];
    uint8_t route_id[16];  /* all zero: no route matched */
    uint32_t duration_us;
    uint16_t status;
    uint8_t flags;
    uint8_t method_length;
    uint32_t client_length;
    uint32_t path_length;
    uint32_t query_length;
    uint32_t headers_length;
    uint32_t body_length;
    uint16_t rule_length;  /* 0: no rule answered; these last four bytes were 0 before there were rules */
    uint8_t fault;         /* what was done to the answer, a FAULT_… of record.pxd; 0: nothing */
    uint8_t reserved;
} request_record;

#define PAD_MARK 0xFFFFFFFFu

/* Bits of request_record.flags; the same in a stored segment. */
#define FLAG_MOCKED_BY_MASK 3u
#define FLAG_MOCKED_BY_ROUTE 0u
#define FLAG_MOCKED_BY_PREFLIGHT 1u
#define FLAG_MOCKED_BY_NONE 2u
#define FLAG_MOCKED_BY_RULE 3u  /* of a server, where no route matched */
#define FLAG_BODY_CAPTURED 4u
#define FLAG_TRUNCATED 8u
#define FLAG_RULED 16u  /* a rule, a fault, or both; in a segment two numbers more follow */

static inline uint64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline int64_t realtime_offset_us(void) {
    struct timespec real;
    uint64_t monotonic = monotonic_ns();
    clock_gettime(CLOCK_REALTIME, &real);
    return (int64_t)real.tv_sec * 1000000 + real.tv_nsec / 1000 - (int64_t)(monotonic / 1000u);
}

/* A 64-bit multiply-and-fold hash over 8-byte steps. Not for hostile keys: it guards against torn pages and places
 * strings in a table that compares them anyway. Reads within [bytes, bytes + length). */
static inline uint64_t mix_64(uint64_t left, uint64_t right) {
    __uint128_t product = (__uint128_t)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load_64(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return word;
}

static inline uint64_t hash_bytes(const uint8_t *bytes, size_t length, uint64_t seed) {
    uint64_t hash = seed ^ 0x9E3779B97F4A7C15u ^ length;
    uint64_t word;
    if (length >= 32) {
        /* Two words a multiplication, two multiplications at a time: neither waits for the other. */
        uint64_t other = hash ^ 0xE7037ED1A0B428DBu;
        do {
            hash = mix_64(load_64(bytes) ^ 0xA0761D6478BD642Fu, load_64(bytes + 8) ^ hash);
            other = mix_64(load_64(bytes + 16) ^ 0x8EBC6AF09C88C6E3u, load_64(bytes + 24) ^ other);
            bytes += 32;
            length -= 32;
        } while (length >= 32);
        hash ^= other;
    }
    while (length >= 8) {
        hash = mix_64(hash ^ load_64(bytes), 0xA0761D6478BD642Fu);
        bytes += 8;
        length -= 8;
    }
    if (length) {
        word = 0;
        memcpy(&word, bytes, length);
        hash = mix_64(hash ^ word, 0xE7037ED1A0B428DBu);
    }
    return mix_64(hash, 0x8EBC6AF09C88C6E3u);
}

/* The position in the ring's whole life is mixed in, so that a record left from an earlier lap never passes. */
static inline uint32_t record_checksum(const uint8_t *record, uint32_t size, uint64_t position, uint64_t seed) {
    uint64_t hash = hash_bytes(record + 8, size - 8, seed ^ mix_64(position ^ size, 0x589965CC75374CC3u));
    uint32_t folded = (uint32_t)(hash ^ (hash >> 32));
    return folded == PAD_MARK ? 0 : folded;
}

/* 1 where the record's lengths agree with its size and the size with the space before the end of the ring. */
static inline int record_is_sound(const request_record *record, uint64_t space) {
    uint64_t needed;
    if (record->size < 8 || record->size % 8 || record->size > space) return 0;
    if (record->checksum == PAD_MARK) return record->size == space;
    if (record->size < sizeof(request_record)) return 0;
    needed = sizeof(request_record) + (uint64_t)record->method_length + record->client_length + record->path_length
        + record->query_length + record->headers_length + record->body_length + record->rule_length;
    return ((needed + 7) & ~(uint64_t)7) == record->size;
}

static inline uint64_t load_acquire_64(const uint64_t *place) { return __atomic_load_n(place, __ATOMIC_ACQUIRE); }
static inline void store_release_64(uint64_t *place, uint64_t value) { __atomic_store_n(place, value, __ATOMIC_RELEASE); }
static inline uint64_t add_64(uint64_t *place, uint64_t more) { return __atomic_add_fetch(place, more, __ATOMIC_SEQ_CST); }
static inline uint32_t load_acquire_32(const uint32_t *place) { return __atomic_load_n(place, __ATOMIC_ACQUIRE); }
static inline void store_release_32(uint32_t *place, uint32_t value) { __atomic_store_n(place, value, __ATOMIC_RELEASE); }
static inline void store_fenced_32(uint32_t *place, uint32_t value) { __atomic_store_n(place, value, __ATOMIC_SEQ_CST); }

static inline uint32_t varint_size(uint64_t value) {
    uint32_t size = 1;
    while (value >= 0x80) { value >>= 7; size++; }
    return size;
}

/* Writes at most 10 bytes; the caller has made room. Returns the place after them. */
static inline uint8_t *put_varint(uint8_t *place, uint64_t value) {
    while (value >= 0x80) { *place++ = (uint8_t)(value | 0x80); value >>= 7; }
    *place++ = (uint8_t)value;
    return place;
}

/* Reads a varint from [*place, end); 0 where it runs past the end or over 64 bits, and *place is then unusable. */
static inline int take_varint(const uint8_t **place, const uint8_t *end, uint64_t *value) {
    const uint8_t *at = *place;
    uint64_t result = 0;
    uint32_t shift = 0;
    while (at < end && shift < 64) {
        uint8_t byte = *at++;
        result |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) { *place = at; *value = result; return 1; }
        shift += 7;
    }
    return 0;
}

#endif
