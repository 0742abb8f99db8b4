"""Shared by chunks.pyx with chunk_counts.pyx: how a segment's table is unpacked."""

from libc.stdint cimport uint64_t


cdef bytes inflate(bytes packed, uint64_t size)
cdef object segment_fault(int fault)
