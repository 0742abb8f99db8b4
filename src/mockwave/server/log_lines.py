"""What the server logs while it runs: lines of one form on stderr, from granian, the parent and the workers.

granian's own configuration (granian/log.py) writes to stdout, which is kept for the announcement. Only warnings and
errors are logged, and only errors of granian's: the supervisor reports in its own words what happens to workers.
"""

import logging.config
from typing import Any

LINE = "%(asctime)s mockwave[%(process)d] %(levelname)s: %(message)s"

LOG_CONFIGURATION: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": LINE}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"_granian": {"level": "ERROR"}, "granian.access": {"level": "ERROR"}},
}


def configure_log_lines() -> None:
    logging.config.dictConfig(LOG_CONFIGURATION)
