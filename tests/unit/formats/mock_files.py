"""Files of mocks for tests: those in tests/specs/mocks, and the public samples where they are beside the repository."""

import os
from pathlib import Path

from mockwave.answers.imported_servers import ImportOptions
from mockwave.formats.imports import ReadServers
from mockwave.reading.import_jobs import read_usable
from mockwave.rules.outcomes.faults import FAULTS

MOCKS = Path(__file__).parents[2] / "specs" / "mocks"
SAMPLES = Path(os.environ.get("MOCKWAVE_SAMPLES") or Path(__file__).resolve().parents[4] / "shared" / "samples")
LIMIT_BYTES = 50 << 20


def read_file(path: Path, **options: str) -> ReadServers:
    """What the file describes, as the server reads it: every rule is one that it takes."""
    return read_data(path.read_bytes(), file_name=path.name, **options)


def read_data(data: bytes, **options: str) -> ReadServers:
    return read_usable(data, ImportOptions(**options), LIMIT_BYTES, FAULTS)
