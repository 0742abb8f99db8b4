"""Route ids to numbers, and back: with these a worker finds each of its routes when it changes.

A server may have a hundred thousand routes, so this is a table of plain bytes: an id at its number's place, and slots
that hold numbers, found by a hash of the id (open addressing, at most half full). Ids are random, or count from a
random start, and no client can choose them. So their own bytes are hash enough once mixed with a secret.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcmp, memcpy, memset

cimport cython

from os import urandom

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

cdef extern from "hexadecimal.h" nogil:
    int hexadecimal_value(unsigned char digit)

cdef enum:
    ID_BYTES = 16
    PREFIX_BYTES = 11  # of "mock-route_"
    FIRST_ROOM = 8
    MAXIMUM_NUMBER = 0x3fffffff

cdef uint64_t secret = int.from_bytes(urandom(8), "little") | 1


@cython.final
cdef class RouteNumbers:
    """A two-way table of 16-byte ids and small numbers, each of both at most once."""

    cdef unsigned char* ids     # of each number below `room`; owned. Those of numbers not in the table tell nothing
    cdef uint32_t* slots        # number + 1, or 0: empty; 2 * room of them, a power of two; owned
    cdef uint32_t room
    cdef uint32_t count

    def __dealloc__(self):
        free(self.ids)
        free(self.slots)

    def __len__(self):
        return self.count

    def __sizeof__(self):
        return sizeof(RouteNumbers) + self.room * (ID_BYTES + 2 * sizeof(uint32_t))

    def __contains__(self, bytes route_id not None):
        return self.slots != NULL and self.slots[self.find_slot(check_id(route_id))] != 0

    def put(self, bytes route_id not None, uint32_t number) -> None:
        """Notes the number of an id that is not in the table."""
        cdef const unsigned char* text = check_id(route_id)
        if number > MAXIMUM_NUMBER:
            raise OverflowError(f"route number: expected at most {MAXIMUM_NUMBER}, got {number}")
        while number >= self.room:
            self.grow()
        # number < room, so the id has its place; of 2 * room slots no more than room are taken, so one is empty.
        cdef uint32_t slot = self.find_slot(text)
        if self.slots[slot] != 0:
            raise ValueError(f"route {route_id.hex()} has a number already")
        memcpy(self.ids + <size_t>number * ID_BYTES, text, ID_BYTES)
        self.slots[slot] = number + 1
        self.count += 1

    def pop(self, bytes route_id not None) -> int:
        """Takes the id out and returns its number. Raises KeyError if it is not in the table."""
        cdef const unsigned char* text = check_id(route_id)
        cdef uint32_t mask = 2 * self.room - 1
        cdef uint32_t slot, empty, home, number
        if self.slots == NULL or self.slots[self.find_slot(text)] == 0:
            raise KeyError(route_id)
        empty = slot = self.find_slot(text)
        number = self.slots[slot] - 1
        # Later ones move up, so that none is cut off from the slot where its search begins.
        while True:
            slot = (slot + 1) & mask
            if self.slots[slot] == 0:
                break
            home = self.home_of(self.ids + <size_t>(self.slots[slot] - 1) * ID_BYTES)
            if ((slot - home) & mask) >= ((slot - empty) & mask):
                self.slots[empty] = self.slots[slot]
                empty = slot
        self.slots[empty] = 0
        self.count -= 1
        return number

    def id_of(self, uint32_t number) -> bytes:
        """Returns the id that has this number, or had it last. Raises KeyError for a number never used."""
        if number >= self.room:
            raise KeyError(number)
        return PyBytes_FromStringAndSize(<char*>self.ids + <size_t>number * ID_BYTES, ID_BYTES)

    cdef uint32_t home_of(self, const unsigned char* text) noexcept:
        cdef uint64_t words[2]
        cdef uint64_t mixed
        memcpy(words, text, ID_BYTES)
        # Ids of one document differ in their last bytes, the highest of the word: a product carries nothing down.
        mixed = words[0] ^ (words[1] * secret)
        mixed ^= mixed >> 32
        return <uint32_t>((mixed * secret) >> 32) & (2 * self.room - 1)

    cdef uint32_t find_slot(self, const unsigned char* text) noexcept:
        """Returns the slot of the id, or the empty one where it belongs."""
        cdef uint32_t slot = self.home_of(text)
        while self.slots[slot] != 0:
            if memcmp(self.ids + <size_t>(self.slots[slot] - 1) * ID_BYTES, text, ID_BYTES) == 0:
                break
            slot = (slot + 1) & (2 * self.room - 1)
        return slot

    cdef int grow(self) except -1:
        cdef uint32_t room = 2 * self.room if self.room else FIRST_ROOM
        cdef uint32_t before = 2 * self.room
        cdef uint32_t index
        cdef uint32_t* old = self.slots
        cdef unsigned char* ids = <unsigned char*>realloc(self.ids, <size_t>room * ID_BYTES)
        if ids == NULL:
            raise MemoryError
        self.ids = ids
        memset(ids + <size_t>self.room * ID_BYTES, 0, <size_t>(room - self.room) * ID_BYTES)
        cdef uint32_t* slots = <uint32_t*>calloc(2 * <size_t>room, sizeof(uint32_t))
        if slots == NULL:
            raise MemoryError
        self.slots = slots
        self.room = room
        for index in range(before):
            if old[index] != 0:
                slots[self.find_slot(ids + <size_t>(old[index] - 1) * ID_BYTES)] = old[index]
        free(old)
        return 0


def read_route_id(str text not None) -> bytes:
    """Returns the 16 bytes of `mock-route_` and 32 hexadecimal digits."""
    cdef Py_ssize_t length
    cdef const char* digits = PyUnicode_AsUTF8AndSize(text, &length)
    cdef bytes route_id = PyBytes_FromStringAndSize(NULL, ID_BYTES)
    cdef unsigned char* written = <unsigned char*>PyBytes_AS_STRING(route_id)
    cdef int high, low, index
    # Past this, two digits a byte are there to be read.
    if length != PREFIX_BYTES + 2 * ID_BYTES or memcmp(digits, b"mock-route_", PREFIX_BYTES) != 0:
        raise ValueError(f"route id: expected mock-route_ and 32 hexadecimal digits, got {text[:200]!r}")
    digits += PREFIX_BYTES
    for index in range(ID_BYTES):
        high = hexadecimal_value(digits[2 * index])
        low = hexadecimal_value(digits[2 * index + 1])
        if high < 0 or low < 0:
            raise ValueError(f"route id: expected hexadecimal digits, got {text!r}")
        written[index] = <unsigned char>(high * 16 + low)
    return route_id


cdef inline const unsigned char* check_id(bytes route_id) except NULL:
    if PyBytes_GET_SIZE(route_id) != ID_BYTES:
        raise ValueError(f"route id: expected {ID_BYTES} bytes, got {len(route_id)}")
    return <const unsigned char*>PyBytes_AS_STRING(route_id)
