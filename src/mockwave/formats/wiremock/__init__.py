"""WireMock: stub mappings in JSON (3.x and 4.0), a folder of them with the files that they name, and back."""
