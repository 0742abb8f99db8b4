"""The parent of the workers: processes, sockets and signals, from the start to the stop, whichever engine serves.

`run.py` has the order in which a server starts and stops; the other files are parts of it.
"""
