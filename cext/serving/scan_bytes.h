/* What bytes may stand where in the head of a request (RFC 9110 §5, RFC 9112 §2 to §5, RFC 3986 §3), and the loops that
 * pass over them. Every loop reads within [at, end) and returns the place of the first byte that it does not take, or
 * end.
 */
#ifndef MOCKWAVE_SCAN_BYTES_H
#define MOCKWAVE_SCAN_BYTES_H

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* tchar (RFC 9110 §5.6.2), each with its lower case; 0 for every other byte. */
static const uint8_t TOKEN_IN_LOWER_CASE[256] = {
    ['!'] = '!', ['#'] = '#', ['$'] = '$', ['%'] = '%', ['&'] = '&', ['\''] = '\'', ['*'] = '*', ['+'] = '+',
    ['-'] = '-', ['.'] = '.', ['^'] = '^', ['_'] = '_', ['`'] = '`', ['|'] = '|', ['~'] = '~',
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
    ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
    ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i',
    ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r',
    ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
    ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i',
    ['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
    ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z',
};

#define IN_PATH 1   /* pchar, the slash, and % of an escape (RFC 3986 §3.3) */
#define IN_QUERY 2  /* the same and the question mark (§3.4) */
#define IN_HOST 4   /* uri-host with its port, brackets of an IP literal too (§3.2.2) */
#define IN_ALL (IN_PATH | IN_QUERY | IN_HOST)

static const uint8_t TARGET_BYTES[256] = {
    ['0'] = IN_ALL, ['1'] = IN_ALL, ['2'] = IN_ALL, ['3'] = IN_ALL, ['4'] = IN_ALL,
    ['5'] = IN_ALL, ['6'] = IN_ALL, ['7'] = IN_ALL, ['8'] = IN_ALL, ['9'] = IN_ALL,
    ['a'] = IN_ALL, ['b'] = IN_ALL, ['c'] = IN_ALL, ['d'] = IN_ALL, ['e'] = IN_ALL, ['f'] = IN_ALL, ['g'] = IN_ALL,
    ['h'] = IN_ALL, ['i'] = IN_ALL, ['j'] = IN_ALL, ['k'] = IN_ALL, ['l'] = IN_ALL, ['m'] = IN_ALL, ['n'] = IN_ALL,
    ['o'] = IN_ALL, ['p'] = IN_ALL, ['q'] = IN_ALL, ['r'] = IN_ALL, ['s'] = IN_ALL, ['t'] = IN_ALL, ['u'] = IN_ALL,
    ['v'] = IN_ALL, ['w'] = IN_ALL, ['x'] = IN_ALL, ['y'] = IN_ALL, ['z'] = IN_ALL,
    ['A'] = IN_ALL, ['B'] = IN_ALL, ['C'] = IN_ALL, ['D'] = IN_ALL, ['E'] = IN_ALL, ['F'] = IN_ALL, ['G'] = IN_ALL,
    ['H'] = IN_ALL, ['I'] = IN_ALL, ['J'] = IN_ALL, ['K'] = IN_ALL, ['L'] = IN_ALL, ['M'] = IN_ALL, ['N'] = IN_ALL,
    ['O'] = IN_ALL, ['P'] = IN_ALL, ['Q'] = IN_ALL, ['R'] = IN_ALL, ['S'] = IN_ALL, ['T'] = IN_ALL, ['U'] = IN_ALL,
    ['V'] = IN_ALL, ['W'] = IN_ALL, ['X'] = IN_ALL, ['Y'] = IN_ALL, ['Z'] = IN_ALL,
    /* unreserved, sub-delims, the colon and escapes */
    ['-'] = IN_ALL, ['.'] = IN_ALL, ['_'] = IN_ALL, ['~'] = IN_ALL, ['!'] = IN_ALL, ['$'] = IN_ALL, ['&'] = IN_ALL,
    ['\''] = IN_ALL, ['('] = IN_ALL, [')'] = IN_ALL, ['*'] = IN_ALL, ['+'] = IN_ALL, [','] = IN_ALL, [';'] = IN_ALL,
    ['='] = IN_ALL, [':'] = IN_ALL, ['%'] = IN_ALL,
    ['@'] = IN_PATH | IN_QUERY, ['/'] = IN_PATH | IN_QUERY, ['?'] = IN_QUERY, ['['] = IN_HOST, [']'] = IN_HOST,
};

static inline const uint8_t *pass_bytes(const uint8_t *at, const uint8_t *end, uint8_t kind) {
    while (at < end && TARGET_BYTES[*at] & kind) at++;
    return at;
}

/* Over tchar, each of which is put into lower case where it stands. */
static inline uint8_t *pass_token(uint8_t *at, const uint8_t *end) {
    uint8_t lower;
    while (at < end && (lower = TOKEN_IN_LOWER_CASE[*at])) *at++ = lower;
    return at;
}

/* Over what a field value may hold: visible bytes, obs-text, spaces and tabs (RFC 9110 §5.5). */
static inline const uint8_t *pass_value(const uint8_t *at, const uint8_t *end) {
#ifdef __SSE2__
    /* Signed comparisons: obs-text is below zero, and below 0x20 as well, so it is asked for apart. */
    const __m128i zero = _mm_setzero_si128(), space = _mm_set1_epi8(0x20), tab = _mm_set1_epi8(9),
        rubout = _mm_set1_epi8(0x7F);
    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)at);
        __m128i control = _mm_andnot_si128(_mm_cmplt_epi8(bytes, zero), _mm_cmplt_epi8(bytes, space));
        __m128i refused = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), control),
                                       _mm_cmpeq_epi8(bytes, rubout));
        int mask = _mm_movemask_epi8(refused);
        if (mask) return at + __builtin_ctz((unsigned)mask);
        at += 16;
    }
#endif
    while (at < end && (*at >= 0x20 ? *at != 0x7F : *at == 9)) at++;
    return at;
}

#endif
