"""Under AddressSanitizer no process can be started with a limit of address space: the sanitizer maps terabytes."""

import os

import pytest

IS_SANITIZED = "libasan" in os.environ.get("LD_PRELOAD", "")
SLOWNESS = 10 if IS_SANITIZED else 1
"""How many times longer a step may take than on an ordinary build."""

starts_limited_processes = reads_documents = pytest.mark.skipif(
    IS_SANITIZED, reason="AddressSanitizer leaves no room for a process under limits"
)
"""For a test that reads a document, renders a template or judges a request in a process of its own."""
