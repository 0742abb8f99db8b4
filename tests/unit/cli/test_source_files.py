"""What a command sends of a folder: all of it, or the name of what cannot be read."""

import os
from pathlib import Path

import pytest

from mockwave.cli.source_files import CannotRead, read_source


def test_a_folder_that_cannot_be_listed_is_named_and_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without read permission in it was skipped without a word: half of the mocks were made."""
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "locked").mkdir()
    scan = os.scandir

    def refuse_locked(path: str) -> object:  # as root, who may run this test, is refused nothing
        if os.fspath(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse_locked)
    with pytest.raises(CannotRead, match="locked: Permission denied"):
        read_source(str(tmp_path))


def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """The command waited for somebody to write into it."""
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(CannotRead, match=r"a\.json: not a file"):
        read_source(str(tmp_path))


def test_a_link_that_leads_to_itself_is_refused(tmp_path: Path) -> None:
    """It ended the command with a traceback."""
    (tmp_path / "a.json").symlink_to(tmp_path / "a.json")
    with pytest.raises(CannotRead, match=r"a\.json: a link that leads to itself"):
        read_source(str(tmp_path))
