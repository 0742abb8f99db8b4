/* The bytes of JSON, read a word at a time (RFC 8259 §7). A word holds its first byte lowest, on any machine; no address
   needs to be aligned. */

#ifndef MOCKWAVE_JSON_BYTES_H
#define MOCKWAVE_JSON_BYTES_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE 0x0101010101010101ULL
#define TOP_BITS 0x8080808080808080ULL
#define MIX 0x9e3779b97f4a7c15ULL

/* The top bit of the first byte, and perhaps of ones behind it, that does not stand for itself alone in a string: a
   quote, a backslash, a control character, or one beyond ASCII. 0: there is none. */
static inline uint64_t find_special(uint64_t word) {
    uint64_t quotes = word ^ EACH_BYTE * '"', escapes = word ^ EACH_BYTE * '\\';
    uint64_t found = (quotes - EACH_BYTE) & ~quotes;
    found |= (escapes - EACH_BYTE) & ~escapes;
    found |= (word - EACH_BYTE * 0x20) & ~word;
    return (found | word) & TOP_BITS;
}

static inline uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * MIX;
    return hash ^ hash >> 32;
}

/* How many bytes from `start` on stand for themselves; at `end` there are no more. `hash`: of those bytes. */
static inline size_t measure_plain(const unsigned char *start, const unsigned char *end, uint64_t *hash) {
    const unsigned char *at = start;
    uint64_t word, special, sum = 0;
    while (end - at >= 8) {
        memcpy(&word, at, sizeof word);
        word = le64toh(word);
        special = find_special(word);
        if (special) {
            int bits = __builtin_ctzll(special) & ~7;
            *hash = mix(sum, word & ((1ULL << bits) - 1));
            return (size_t)(at - start) + (size_t)(bits >> 3);
        }
        sum = mix(sum, word);
        at += 8;
    }
    word = 0;
    for (int bits = 0; at < end && !(find_special((uint64_t)*at | EACH_BYTE * 'a' << 8) & 0x80); at++, bits += 8)
        word |= (uint64_t)*at << bits;
    *hash = mix(sum, word);
    return (size_t)(at - start);
}

#endif
