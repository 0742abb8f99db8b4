"""granian: its processes, sockets and signals, from the start to the stop.

`run.py` has the order in which a server starts and stops; the other files are parts of it. Only this folder and `app`
know granian.
"""
