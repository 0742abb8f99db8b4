/* The segments of a path, read a word at a time: most are too short for a library call to pay, and their lengths too
   random for a branch a byte. A word holds its first byte lowest, on any machine; no address needs to be aligned. */

#ifndef MOCKWAVE_MATCHER_BYTES_H
#define MOCKWAVE_MATCHER_BYTES_H

#include <assert.h>
#include <endian.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define INLINE_TEXT 16 /* bytes of a segment that are kept as words */

/* The first INLINE_TEXT bytes of a segment, 0 after its end; its length; and a hash of all its bytes. Segments of
   INLINE_TEXT bytes or less are equal if words and lengths are. */
typedef struct {
    uint64_t words[2];
    uint64_t hash;
    uint32_t length;
} SegmentText;

static const uint64_t EVERY_BYTE = 0x0101010101010101ULL;
static const uint64_t HIGH_BITS = 0x8080808080808080ULL;

static inline uint64_t load_word(const unsigned char *from) {
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return le64toh(word);
}

/* The INLINE_TEXT bytes that two words hold, in order. */
static inline void write_words(const uint64_t *words, unsigned char *bytes) {
    uint64_t first = htole64(words[0]), second = htole64(words[1]);
    memcpy(bytes, &first, sizeof first);
    memcpy(bytes + sizeof first, &second, sizeof second);
}

/* A word whose high bits mark the bytes of `word` that equal `wanted`. The lowest mark is right, since nothing borrows
   from below it; one above another mark may be wrong. */
static inline uint64_t mark_equal(uint64_t word, unsigned char wanted) {
    uint64_t differing = word ^ (EVERY_BYTE * wanted);
    return (differing - EVERY_BYTE) & ~differing & HIGH_BITS;
}

static inline uint32_t lowest_mark(uint64_t marks) {
    assert(marks != 0);
    return (uint32_t)__builtin_ctzll(marks) >> 3;
}

static inline uint32_t lowest_bit(uint32_t bits) {
    assert(bits != 0);
    return (uint32_t)__builtin_ctz(bits);
}

/* A bit for each of 16 bytes that equals `wanted`, the first lowest. Bits above the lowest one may be wrong. */
static inline uint32_t find_in_16(const unsigned char *bytes, unsigned char wanted) {
#ifdef __SSE2__
    __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)bytes), _mm_set1_epi8((char)wanted));
    return (uint32_t)_mm_movemask_epi8(equal);
#else
    /* The product puts the mark of byte n, bit 8n, at bit 56 + n; no two of its terms meet. */
    const uint64_t gather = 0x0102040810204080ULL;
    uint64_t low = (mark_equal(load_word(bytes), wanted) >> 7) * gather >> 56;
    uint64_t high = (mark_equal(load_word(bytes + 8), wanted) >> 7) * gather >> 56;
    return (uint32_t)(low | high << 8);
#endif
}

/* The 8 bytes of path[0:end] from `at` <= `end` on; after its end a slash and then 0. Reads nothing else. */
static inline uint64_t load_up_to(const unsigned char *path, uint32_t at, uint32_t end) {
    uint32_t left = end - at, index;
    uint64_t word = 0;
    assert(at <= end);
    if (left >= 8) return load_word(path + at);
    if (left == 0) return '/';
    if (end >= 8) {
        word = load_word(path + end - 8) >> (8 * (8 - left)); /* what stands before `at` is shifted out */
    } else {
        for (index = 0; index < left; index++) word |= (uint64_t)path[at + index] << (8 * index);
    }
    return word | (uint64_t)'/' << (8 * left);
}

/* Secrets of the process, so that nobody can choose segments whose hashes meet. They are set once, before the first
   hash: those in a tree must stay true. */
static uint64_t hash_secrets[2];

static inline void seed_hashes(uint64_t first, uint64_t second) {
    if (hash_secrets[0] | hash_secrets[1]) return;
    hash_secrets[0] = first;
    hash_secrets[1] = second | 1;
}

/* Both halves of the product of two words, folded: the step of wyhash. */
static inline uint64_t mix(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)(a ^ hash_secrets[0]) * (b ^ hash_secrets[1]);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Where the next slash stands from `at` <= `end` on, or `end`. */
static inline uint32_t end_of_segment(const unsigned char *path, uint32_t at, uint32_t end) {
    const unsigned char *slash = memchr(path + at, '/', end - at);
    return slash ? (uint32_t)(slash - path) : end;
}

/* The segment that begins at `at` <= `end` of path[0:end] and goes up to the next slash, or to the end. */
static inline SegmentText read_segment(const unsigned char *path, uint32_t at, uint32_t end) {
    SegmentText segment = {{0, 0}, 0, 0};
    uint64_t slashes;
    segment.words[0] = load_up_to(path, at, end);
    slashes = mark_equal(segment.words[0], '/');
    if (slashes) {
        segment.length = lowest_mark(slashes);
        segment.words[0] &= ~(~0ULL << (8 * segment.length));
        segment.hash = mix(segment.words[0] ^ segment.length, 0);
        return segment;
    }
    segment.words[1] = load_up_to(path, at + 8, end);
    slashes = mark_equal(segment.words[1], '/');
    if (slashes) {
        segment.length = 8 + lowest_mark(slashes);
        segment.words[1] &= ~(~0ULL << (8 * (segment.length - 8)));
        segment.hash = mix(segment.words[0] ^ segment.length, segment.words[1]);
        return segment;
    }
    {
        uint32_t segment_end = end_of_segment(path, at + INLINE_TEXT, end);
        segment.length = segment_end - at;
        segment.hash = mix(segment.words[0] ^ segment.length, segment.words[1]);
        for (at += INLINE_TEXT; at < segment_end; at += 8) {
            segment.hash = mix(segment.hash, load_up_to(path, at, segment_end));
        }
    }
    return segment;
}

/* SegmentText.hash of a segment that is not on a path: of its words, its length, and `behind`, all of its bytes that the
   words do not hold. */
static inline uint64_t hash_segment(const uint64_t *words, const unsigned char *behind, uint32_t length) {
    uint64_t hash = mix(words[0] ^ length, words[1]);
    uint32_t at, end = length > INLINE_TEXT ? length - INLINE_TEXT : 0;
    for (at = 0; at < end; at += 8) hash = mix(hash, load_up_to(behind, at, end));
    return hash;
}

#endif
