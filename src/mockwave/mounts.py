"""Where the paths of a server begin: at /, below --path-prefix, and for the Insomnia app below --insomnia-key.

    /bin/mock_<hex>/pets            /<prefix>/bin/mock_<hex>/pets            /<key>/bin/mock_<hex>/pets
    /bin/upsert/mock_<hex>/pets     …

A base URL that ends in a slash leads to two slashes before `bin`, which mean the same place. Keys are compared in
constant time.
"""

import hmac
import re
from typing import Final

from msgspec import Struct

KEY_CHARACTERS: Final = "[A-Za-z0-9._~-]"
LONGEST_KEY: Final = 200


class MockAddress(Struct, frozen=True):
    """A mock server, and where in the request's path the mock's own path starts."""

    mock_server_id: str
    start: int

    def shown_path(self, path: bytes) -> bytes:
        """The raw path without the part before /bin: a key must not be recorded."""
        if not self.start or path.startswith(b"/bin/"):
            return path
        return b"/bin/%s%s" % (self.mock_server_id.encode(), path[self.start :])


class ControlAddress(Struct, frozen=True):
    """A control call of the Insomnia app: which one, the id as written, and where the route's path starts in the
    request's path.

    `has_right_key` says whether the part before it is the key; None if there is no such part."""

    action: str
    mock_server_id: bytes
    start: int
    has_right_key: bool | None

    def shown_path(self, path: bytes) -> bytes:
        """Like MockAddress.shown_path."""
        return b"/bin/%s/%s%s" % (self.action.encode(), self.mock_server_id, path[self.start :])


class Mounts:
    """Finds the mock or control call that a path names."""

    def __init__(self, path_prefix: str = "", insomnia_key: str = "") -> None:
        prefix = re.escape(path_prefix.strip("/").encode())
        self._key = insomnia_key.encode()
        self._prefix = re.compile(rb"/+" + prefix + rb"(?=/|$)") if prefix else None
        key = rf"(?:/+(?P<key>{KEY_CHARACTERS}{{1,{LONGEST_KEY}}}))?".encode() if insomnia_key else b""
        base = (rb"(?:/+" + prefix + rb"(?=/))?" if prefix else b"") + key + rb"/+bin/"
        self._mock = re.compile(base + rb"(?P<id>mock_[0-9a-f]{32})(?=/|$)")
        self._control = re.compile(base + rb"(?P<action>upsert|log|delete)/(?P<id>[^/]*)")

    def find_mock(self, path: bytes) -> MockAddress | None:
        """Returns the mock that a raw path names; None if it names none, or has a wrong key."""
        found = self._mock.match(path)
        if found is None or self._has_right_key(found) is False:
            return None
        return MockAddress(found["id"].decode(), found.end())

    def find_control(self, path: bytes) -> ControlAddress | None:
        """Returns the control call that a raw path makes; None if it makes none."""
        found = self._control.match(path)
        if found is None:
            return None
        return ControlAddress(found["action"].decode(), found["id"], found.end(), self._has_right_key(found))

    def without_prefix(self, path: bytes) -> bytes:
        """Returns the path without --path-prefix."""
        found = None if self._prefix is None else self._prefix.match(path)
        return path if found is None else path[found.end() :] or b"/"

    def _has_right_key(self, found: "re.Match[bytes]") -> bool | None:
        given = found["key"] if self._key else None
        return None if given is None else hmac.compare_digest(given, self._key)
