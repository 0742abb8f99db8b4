"""Files that processes share as memory: a new file replaces the old one in one step."""

import os
from collections.abc import Iterable


def create_shared_file(path: str, size_bytes: int, pieces: Iterable[tuple[int, bytes]]) -> None:
    """Makes a file of zeros with `pieces`, (offset, bytes), in it. Raises OSError, and then leaves the old file.

    It is allocated, not sparse: a full disk must fail here, not as a SIGBUS in a process that has mapped it.
    """
    temporary = f"{path}.new-{os.getpid()}"
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size_bytes)
        for offset, piece in pieces:
            os.pwrite(descriptor, piece, offset)
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    finally:
        os.close(descriptor)
