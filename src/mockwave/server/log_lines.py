"""What the server says while it runs: lines of one form on stderr, from granian, the parent and the workers alike.

granian's own configuration (granian/log.py) writes to stdout, which here belongs to the announcement. Nothing below
warnings is logged, and of granian only errors, since the supervisor tells in its own words what becomes of workers.
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
