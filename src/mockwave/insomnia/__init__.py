"""What the Insomnia desktop app says to a self-hosted mock server: routes put, their log read, routes deleted.

The app knows a base URL and ids, `mock_` and 32 hexadecimal digits, which are our mock servers' own. Its routes are
custom routes like any other, seen from both sides. It cannot send a token, so who may in is decided by where it calls
from and what it calls (`control_plane.py`).
"""
