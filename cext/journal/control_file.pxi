# The control block as its parent sees it.

cdef class ControlFile:
    """The parent's view of the control block: a file, read and written, that the kernel keeps equal to the mappings.

    Its calls raise ControlFault if the file is not, or no longer, a control block of this version; or OSError.
    """
    cdef readonly str path
    cdef int descriptor

    def __cinit__(self, str path):
        self.descriptor = -1
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._read()

    def __dealloc__(self):
        self.close()

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    cdef bytes _read(self):
        """Returns the whole file, checked: exactly FILE_BYTES."""
        cdef bytes content = os.pread(self.descriptor, FILE_BYTES, 0)
        check_file(self.path, content, min(len(content), os.fstat(self.descriptor).st_size))
        return content

    def workers(self) -> list:
        """Returns the WorkerSteps of each slot ever claimed."""
        cdef bytes content = self._read()
        # In bounds: _read returns FILE_BYTES, and SLOTS slots follow SLOTS_OFFSET.
        cdef worker_counters* slots = <worker_counters*>(PyBytes_AS_STRING(content) + SLOTS_OFFSET)
        return [
            WorkerSteps(
                slots[slot].process_id,
                slots[slot].beat_ns,
                slots[slot].step_key,
                (<char*>slots[slot].step_text)[:min(slots[slot].step_text_length, <uint64_t>STEP_TEXT_BYTES)],
                slots[slot].former_process_id,
                slots[slot].former_step_key,
            )
            for slot in range(SLOTS)
            if slots[slot].process_id
        ]

    def count_stuck(self) -> None:
        """Counts a worker that was killed because it no longer beat. Only the parent writes this number."""
        cdef bytes content = self._read()
        cdef control_header* header = <control_header*>PyBytes_AS_STRING(content)
        cdef uint64_t count = header.stuck_workers + 1
        os.pwrite(self.descriptor, (<char*>&count)[:8], <char*>&header.stuck_workers - <char*>header)

    def note_stopping(self) -> None:
        """Says that the server stops. Only the parent calls it."""
        cdef uint64_t stopping = 1
        os.pwrite(self.descriptor, (<char*>&stopping)[:8], <Py_ssize_t>&(<control_header*>NULL).stopping)

    def refuse(self, uint64_t key, uint64_t for_s) -> None:
        """Has steps with this key refused for so long, in place of the refusal that ends first. Only for the parent."""
        cdef bytes content = self._read()
        cdef control_header* header = <control_header*>PyBytes_AS_STRING(content)
        cdef refused_step* refused = <refused_step*>(PyBytes_AS_STRING(content) + sizeof(control_header))
        cdef refused_step made
        cdef uint64_t last
        cdef int index, place = 0
        made.key = key
        made.ends_ns = monotonic_ns() + for_s * 1_000_000_000
        for index in range(REFUSED_STEPS):
            if refused[index].key == key:
                place = index
                break
            if refused[index].ends_ns < refused[place].ends_ns:
                place = index
        os.pwrite(self.descriptor, (<char*>&made)[:sizeof(made)], sizeof(control_header) + place * sizeof(refused_step))
        last = max(header.last_refusal_ends_ns, made.ends_ns)
        os.pwrite(self.descriptor, (<char*>&last)[:8], <char*>&header.last_refusal_ends_ns - <char*>header)
