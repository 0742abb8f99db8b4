"""The Insomnia desktop app's calls to a self-hosted mock server: putting routes, reading their log, deleting routes.

The app knows a base URL and ids, `mock_` and 32 hexadecimal digits, which are also the ids of our mock servers. Its
routes are ordinary custom routes, visible from both sides. It cannot send a token, so admission depends on where it
calls from and what it calls (`control_plane.py`).
"""
