"""granian: its processes, sockets and signals, from the start to the stop.

`run.py` says in which order a server comes up and goes down; everything else here is a part it uses. Nothing outside
this folder and `app` knows granian.
"""
