"""Measurements of mockwave and its peers: `python -m benchmarks` asks the questions, one file each, and reports.

`throughput` and `matcher` also run alone, as `python -m benchmarks.NAME`.
"""
