"""Open files: every connection is one, so the process raises its soft limit to fit them all.

Each process has a limit of its own (getrlimit(2)), which workers inherit; so it must fit the connections of one worker.
"""

import logging
import resource

from mockwave.server.start_errors import StartError

OTHER_FILES = 256
"""Kept free for everything but connections: rings, the store, threads' pipes, bodies read from disk."""

MIN_CONNECTIONS = 64

MIN_OTHER_FILES = 64
"""Without these a worker cannot start; without MIN_CONNECTIONS more it spins, unable to accept a connection."""

logger = logging.getLogger(__name__)


def fit_connections(max_connections: int) -> int:
    """Raises the soft limit on open files to fit. Returns how many connections a worker can have: fewer if the limit
    cannot be raised so far.

    Raises StartError if the limit is too low even for MIN_CONNECTIONS.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max_connections + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft != resource.RLIM_INFINITY and soft < MIN_CONNECTIONS + MIN_OTHER_FILES:
        raise StartError(
            f"the hard limit on open files is {hard}, too low for a server: raise it to"
            f" {MIN_CONNECTIONS + MIN_OTHER_FILES} at least, better {wanted} (`ulimit -Hn`)",
            exit_code=1,
        )
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return max_connections
    fitting = max(soft - OTHER_FILES, MIN_CONNECTIONS)
    logger.warning(
        "a worker takes %d connections, not %d: the hard limit on open files is %d (raise it with `ulimit -Hn`)",
        fitting,
        max_connections,
        hard,
    )
    return fitting
