"""Whether a worker still runs: its beat, and its current step."""
