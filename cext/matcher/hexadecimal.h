/* Hexadecimal digits, as escapes of paths (RFC 3986 §2.1) and ids have them. */

#ifndef MOCKWAVE_HEXADECIMAL_H
#define MOCKWAVE_HEXADECIMAL_H

/* The value of a hexadecimal digit, or -1. */
static inline int hexadecimal_value(unsigned char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

#endif
