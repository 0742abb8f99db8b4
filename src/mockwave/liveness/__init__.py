"""Whether a worker still runs: its beat, and what it is at."""
