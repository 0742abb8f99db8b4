"""Where paths begin: prefix, key, and slashes that somebody wrote twice."""

import pytest

from mockwave.mounts import Mounts

ID = "mock_" + "0f" * 16


@pytest.mark.parametrize(
    ("path", "start"),
    [
        (f"/bin/{ID}", len(f"/bin/{ID}")),
        (f"/bin/{ID}/a", len(f"/bin/{ID}")),
        (f"//bin/{ID}/a", len(f"//bin/{ID}")),
        (f"/p/q/bin/{ID}/a", len(f"/p/q/bin/{ID}")),
        (f"/p/q//bin/{ID}/a", len(f"/p/q//bin/{ID}")),
        (f"/key/bin/{ID}/a", len(f"/key/bin/{ID}")),
        (f"/p/q/key/bin/{ID}/a", len(f"/p/q/key/bin/{ID}")),
        (f"/bin/{ID}x/a", None),
        (f"/bin/{ID.upper()}/a", None),
        (f"/other/bin/{ID}/a", None),
        (f"/p/bin/{ID}/a", None),
        (f"/key/p/q/bin/{ID}/a", None),
        (f"bin/{ID}/a", None),
        ("*", None),
    ],
)
def test_a_mock_is_found_below_each_base(path: str, start: int | None) -> None:
    found = Mounts("/p/q", "key").find_mock(path.encode())
    assert (found.start if found else None) == start


def test_without_prefix_and_key_there_is_one_base() -> None:
    mounts = Mounts()
    assert mounts.find_mock(f"/bin/{ID}/a".encode()) is not None
    assert mounts.find_mock(f"/key/bin/{ID}/a".encode()) is None
    assert mounts.find_control(f"/key/bin/upsert/{ID}/a".encode()) is None
    assert mounts.without_prefix(b"/p/healthz") == b"/p/healthz"


@pytest.mark.parametrize(("base", "has_right_key"), [("", None), ("/key", True), ("/kez", False), ("/p/q/key", True)])
def test_a_control_call_tells_whether_it_has_the_key(base: str, has_right_key: bool | None) -> None:
    path = f"{base}/bin/log/{ID}/a/b".encode()
    found = Mounts("/p/q", "key").find_control(path)
    assert found is not None
    assert (found.action, found.mock_server_id, path[found.start :]) == ("log", ID.encode(), b"/a/b")
    assert found.has_right_key is has_right_key
    assert found.shown_path(path) == f"/bin/log/{ID}/a/b".encode()


@pytest.mark.parametrize("base", ["", "/", "/key", "/p/q", "/p/q/key"])
def test_a_path_is_noted_without_what_stands_before_bin(base: str) -> None:
    path = f"{base}/bin/{ID}/a".encode()
    found = Mounts("/p/q", "key").find_mock(path)
    assert found is not None
    assert found.shown_path(path) == f"/bin/{ID}/a".encode()
