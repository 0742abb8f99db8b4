"""Under AddressSanitizer no process can be started with a limit of address space: the sanitizer maps terabytes."""

import os

import pytest

starts_limited_processes = reads_documents = pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer leaves no room for a process under limits"
)
"""For a test that reads a document, renders a template or judges a request in a process of its own."""
