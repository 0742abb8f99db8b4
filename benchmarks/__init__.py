"""Measurements of mockwave beside its peers: `python -m benchmarks` asks the questions, one file each, and reports.

`throughput` and `matcher` run alone too, as `python -m benchmarks.NAME`.
"""
