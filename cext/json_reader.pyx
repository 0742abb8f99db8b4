"""JSON text to a tree of dicts, lists and scalars, as `json` makes it (RFC 8259), with equal strings made once.

A document says the same strings again and again, as keys and as values: `read` keeps those it has made by their bytes,
which is faster than to make them anew, and takes less memory. It reads what is as it should be. Where a text is not
(a fault, a key that occurs twice in an object, NaN, half a surrogate pair, a number too long, nesting too deep) it
raises Unusual, and whoever asked has `json` read the text again: it tells what it is, and where.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_SetItem
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

cdef extern from "json_bytes.h":
    size_t measure_plain(const uint8_t* start, const uint8_t* end, uint64_t* hash) nogil

cdef extern from "Python.h":
    str PyUnicode_DecodeUTF8(const char*, Py_ssize_t, const char*)
    str PyUnicode_DecodeASCII(const char*, Py_ssize_t, const char*)
    Py_ssize_t PyUnicode_GET_LENGTH(PyObject*)
    const char* PyUnicode_1BYTE_DATA(PyObject*)

cdef enum:
    MAX_DEPTH = 400  # of arrays and objects in each other; each takes some 200 bytes of the stack
    MAX_KEPT_BYTES = 256  # of a string that is kept; longer ones are seldom said twice
    MAX_PROBES = 64  # so that strings with chosen hashes are merely not kept
    MAX_SMALL_DIGITS = 18  # of an integer that surely has 64 bits
    MAX_NUMBER_BYTES = 1000
    FIRST_SLOTS = 1 << 10


class Unusual(Exception):
    """The text is not for this reader."""


def read(text: bytes) -> object:
    """What the JSON `text`, in UTF-8, stands for. Raises Unusual."""
    return Reader(text).read()


cdef struct Slot:
    uint64_t hash
    PyObject* text  # owned by the Reader; NULL: the slot is empty


cdef class Reader:
    """Reads one text, which it holds: `at` and `end` point into it."""

    cdef bytes source
    cdef const uint8_t* at
    cdef const uint8_t* end
    cdef int depth
    cdef Slot* slots  # a hash table with open addressing, never more than half full
    cdef size_t mask  # number of slots, a power of two, less 1
    cdef size_t kept
    cdef uint8_t* unescaped  # room for a string without its escapes
    cdef size_t room

    def __cinit__(self, bytes source not None):
        self.source = source
        self.at = <const uint8_t*> PyBytes_AS_STRING(source)
        self.end = self.at + PyBytes_GET_SIZE(source)
        self.slots = <Slot*> PyMem_Calloc(FIRST_SLOTS, sizeof(Slot))
        if self.slots == NULL:
            raise MemoryError
        self.mask = FIRST_SLOTS - 1

    def __dealloc__(self):
        cdef size_t index
        if self.slots != NULL:
            for index in range(self.mask + 1):
                if self.slots[index].text != NULL:
                    Py_DECREF(<object> self.slots[index].text)
        PyMem_Free(self.slots)
        PyMem_Free(self.unescaped)

    cdef object read(self):
        tree = self.take_value()
        self.next()
        if self.at != self.end:
            raise Unusual
        return tree

    cdef uint8_t next(self) noexcept:
        """The first byte from `at` on that is no whitespace, at which `at` is left; 0 at the end of the text
        (or a NUL there, which JSON has no place for either)."""
        while self.at < self.end and self.at[0] <= c" ":
            if self.at[0] not in b" \n\r\t":
                break
            self.at += 1
        return self.at[0] if self.at < self.end else 0

    cdef object take_value(self):
        cdef uint8_t first = self.next()
        if first == c'"':
            self.at += 1
            return self.take_string()
        if first == c"{" or first == c"[":
            if self.depth == MAX_DEPTH:
                raise Unusual
            self.at += 1
            self.depth += 1
            value = self.take_object() if first == c"{" else self.take_array()
            self.depth -= 1
            return value
        if first == c"t" and self.takes(b"true", 4):
            return True
        if first == c"f" and self.takes(b"false", 5):
            return False
        if first == c"n" and self.takes(b"null", 4):
            return None
        return self.take_number()

    cdef bint takes(self, const char* word, Py_ssize_t length) noexcept:
        """Whether `word` is next; then it is taken."""
        if self.end - self.at < length or memcmp(self.at, word, length) != 0:
            return False
        self.at += length
        return True

    cdef dict take_object(self):
        cdef dict members = {}
        cdef Py_ssize_t count = 0
        cdef uint8_t mark = self.next()
        if mark == c"}":
            self.at += 1
            return members
        while True:
            if self.next() != c'"':
                raise Unusual
            self.at += 1
            name = self.take_string()
            if self.next() != c":":
                raise Unusual
            self.at += 1
            PyDict_SetItem(members, name, self.take_value())
            count += 1
            mark = self.next()
            if mark != c"," and mark != c"}":
                raise Unusual
            self.at += 1
            if mark == c"}":
                if len(members) != count:
                    raise Unusual
                return members

    cdef list take_array(self):
        cdef list items = []
        cdef uint8_t mark = self.next()
        if mark == c"]":
            self.at += 1
            return items
        while True:
            items.append(self.take_value())
            mark = self.next()
            if mark != c"," and mark != c"]":
                raise Unusual
            self.at += 1
            if mark == c"]":
                return items

    cdef object take_number(self):
        cdef const uint8_t* start = self.at
        cdef const uint8_t* digits
        cdef int64_t number = 0
        cdef bint is_negative = self.takes(b"-", 1)
        digits = self.at
        self.skip_digits()
        if self.at == digits or (digits[0] == c"0" and self.at - digits > 1):
            raise Unusual
        if self.at == self.end or self.at[0] not in b".eE":
            if self.at - digits <= MAX_SMALL_DIGITS:
                while digits < self.at:
                    number = number * 10 + (digits[0] - c"0")
                    digits += 1
                return -number if is_negative else number
            if self.at - digits > MAX_NUMBER_BYTES:
                raise Unusual
            return int((<const char*> start)[: self.at - start])
        if self.takes(b".", 1):
            digits = self.at
            self.skip_digits()
            if self.at == digits:
                raise Unusual
        if self.takes(b"e", 1) or self.takes(b"E", 1):
            if not self.takes(b"-", 1):
                self.takes(b"+", 1)
            digits = self.at
            self.skip_digits()
            if self.at == digits:
                raise Unusual
        if self.at - start > MAX_NUMBER_BYTES:
            raise Unusual
        return float((<const char*> start)[: self.at - start])

    cdef void skip_digits(self) noexcept:
        while self.at < self.end and c"0" <= self.at[0] <= c"9":
            self.at += 1

    # --- Strings ------------------------------------------------------------------------------------------------------

    cdef str take_string(self):
        """The string that `at` is in, behind its quote."""
        cdef uint64_t hash = 0
        cdef const uint8_t* start = self.at
        cdef size_t length = measure_plain(start, self.end, &hash)
        self.at += length
        if self.at == self.end:
            raise Unusual
        if self.at[0] != c'"':
            return self.take_further(start)
        self.at += 1
        if length > MAX_KEPT_BYTES:
            return PyUnicode_DecodeASCII(<const char*> start, length, NULL)
        return self.keep(start, length, hash)

    cdef str keep(self, const uint8_t* start, size_t length, uint64_t hash):
        """The string of these ASCII characters, made the first time that it is asked for."""
        cdef size_t index = hash & self.mask
        cdef Slot* slot = &self.slots[index]
        cdef int probes = 0
        while slot.text != NULL:
            if (
                slot.hash == hash
                and <size_t> PyUnicode_GET_LENGTH(slot.text) == length
                and memcmp(PyUnicode_1BYTE_DATA(slot.text), start, length) == 0
            ):
                return <str> slot.text
            probes += 1
            if probes == MAX_PROBES:
                return PyUnicode_DecodeASCII(<const char*> start, length, NULL)
            index = (index + 1) & self.mask
            slot = &self.slots[index]
        text = PyUnicode_DecodeASCII(<const char*> start, length, NULL)
        Py_INCREF(text)
        slot.hash = hash
        slot.text = <PyObject*> text
        self.kept += 1
        if self.kept * 2 > self.mask:
            self.grow()
        return text

    cdef int grow(self) except -1:
        """Double the slots."""
        cdef size_t mask = self.mask * 2 + 1
        cdef size_t old, index
        cdef Slot* slots = <Slot*> PyMem_Calloc(mask + 1, sizeof(Slot))
        if slots == NULL:
            raise MemoryError
        for old in range(self.mask + 1):
            if self.slots[old].text != NULL:
                index = self.slots[old].hash & mask
                while slots[index].text != NULL:
                    index = (index + 1) & mask
                slots[index] = self.slots[old]
        PyMem_Free(self.slots)
        self.slots, self.mask = slots, mask
        return 0

    cdef str take_further(self, const uint8_t* start):
        """The string that begins at `start`; at `at` it has a character that is escaped or not ASCII, or a fault."""
        cdef const uint8_t* from_ = start
        cdef size_t length = 0
        cdef uint64_t hash = 0
        while self.at < self.end and self.at[0] != c'"':
            if self.at[0] < 0x20:
                raise Unusual
            if self.at[0] != c"\\":
                self.at += 1
                self.at += measure_plain(self.at, self.end, &hash)
                continue
            length = self.copy(from_, length)
            length = self.unescape(length)
            from_ = self.at
            self.at += measure_plain(self.at, self.end, &hash)
        if self.at == self.end:
            raise Unusual
        try:
            if from_ == start:
                text = PyUnicode_DecodeUTF8(<const char*> start, self.at - start, NULL)
            else:
                length = self.copy(from_, length)
                text = PyUnicode_DecodeUTF8(<const char*> self.unescaped, length, NULL)
        except UnicodeDecodeError:
            raise Unusual from None
        self.at += 1
        return text

    cdef size_t copy(self, const uint8_t* from_, size_t length) except? 0:
        """Put the bytes from there to `at` behind the first `length` of `unescaped`, with room for one more character;
        return how many it has then."""
        cdef size_t more = self.at - from_
        if length + more + 4 > self.room:
            self.make_room(length + more + 4)
        memcpy(self.unescaped + length, from_, more)
        return length + more

    cdef int make_room(self, size_t bytes_) except -1:
        cdef uint8_t* unescaped = <uint8_t*> PyMem_Realloc(self.unescaped, 2 * bytes_)
        if unescaped == NULL:
            raise MemoryError
        self.unescaped, self.room = unescaped, 2 * bytes_
        return 0

    cdef size_t unescape(self, size_t length) except 0:
        """Take the escape at `at` and put what it stands for, at most 4 bytes of UTF-8, behind the first `length` of
        `unescaped`, where `copy` left room; return how many it has then."""
        cdef uint32_t code
        cdef uint8_t* to = self.unescaped + length
        if self.end - self.at < 2:
            raise Unusual
        cdef uint8_t kind = self.at[1]
        self.at += 2
        if kind != c"u":
            to[0] = meaning_of(kind)
            if to[0] == 0:
                raise Unusual
            return length + 1
        code = self.take_code()
        if 0xD800 <= code < 0xE000:  # a pair of surrogates, or half of one
            if code >= 0xDC00 or not self.takes(b"\\u", 2):
                raise Unusual
            code = 0x10000 + ((code - 0xD800) << 10)
            code += self.take_low_surrogate()
        if code < 0x80:
            to[0] = code
            return length + 1
        if code < 0x800:
            to[0] = 0xC0 | code >> 6
            to[1] = 0x80 | code & 0x3F
            return length + 2
        if code < 0x10000:
            to[0] = 0xE0 | code >> 12
            to[1] = 0x80 | code >> 6 & 0x3F
            to[2] = 0x80 | code & 0x3F
            return length + 3
        to[0] = 0xF0 | code >> 18
        to[1] = 0x80 | code >> 12 & 0x3F
        to[2] = 0x80 | code >> 6 & 0x3F
        to[3] = 0x80 | code & 0x3F
        return length + 4

    cdef uint32_t take_low_surrogate(self) except? 0:
        cdef uint32_t code = self.take_code()
        if not 0xDC00 <= code < 0xE000:
            raise Unusual
        return code - 0xDC00

    cdef uint32_t take_code(self) except? 0:
        """The number of four hexadecimal digits."""
        cdef uint32_t code = 0
        cdef uint8_t digit
        if self.end - self.at < 4:
            raise Unusual
        for _ in range(4):
            digit = self.at[0]
            if c"0" <= digit <= c"9":
                code = code << 4 | (digit - c"0")
            elif c"a" <= digit | 0x20 <= c"f":
                code = code << 4 | ((digit | 0x20) - c"a" + 10)
            else:
                raise Unusual
            self.at += 1
        return code


cdef uint8_t meaning_of(uint8_t escaped) noexcept:
    """What a backslash and that byte stand for; 0: nothing."""
    if escaped in b'"\\/':
        return escaped
    if escaped == c"n":
        return c"\n"
    if escaped == c"t":
        return c"\t"
    if escaped == c"r":
        return c"\r"
    if escaped == c"b":
        return c"\b"
    if escaped == c"f":
        return c"\f"
    return 0
