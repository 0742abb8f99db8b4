"""Under AddressSanitizer no process can be started with a limit of address space: the sanitizer maps terabytes."""

import os

import pytest

reads_documents = pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer leaves no room for a reading process"
)
"""For a test whose server reads a document in a process of its own."""
