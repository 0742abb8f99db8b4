"""`mockwave doctor`: checks a data folder and reports what it finds."""

from collections.abc import Iterator
from pathlib import Path

import click

from mockwave.cli.command_options import data_dir_option, json_option, option
from mockwave.cli.tables import print_json, print_table
from mockwave.data_folder import DataFolder
from mockwave.doctor.findings import Finding
from mockwave.doctor.folder_checks import look_at_folder
from mockwave.doctor.ring_checks import look_at_rings
from mockwave.doctor.store_checks import look_at_store
from mockwave.server.lock_holders import find_holder
from mockwave.settings import default_data_dir


@click.command()
@data_dir_option
@option("--quick", is_flag=True, help="Skip the entries of the logs.")
@json_option
def command(data_dir: Path | None, quick: bool, as_json: bool) -> int:
    """Check a data folder: who may read it, who uses it, the store, the rings, every log entry.

    Changes nothing; a server may be running. Exits with 1 if something is wrong.
    """
    findings = list(look_at(DataFolder(data_dir or default_data_dir()), with_log=not quick))
    if as_json:
        print_json(findings)
    else:
        print_table(("", "WHAT", "FOUND"), [(finding.grade, finding.subject, finding.text) for finding in findings])
    return 1 if any(finding.grade == "fault" for finding in findings) else 0


def look_at(folder: DataFolder, *, with_log: bool) -> Iterator[Finding]:
    """The findings of all checks."""
    faults = 0
    for finding in look_at_folder(folder):
        faults += finding.grade == "fault"
        yield finding
    if not folder.path.is_dir():
        return
    try:
        is_running = find_holder(folder) is not None
        yield from look_at_store(folder, with_log)
        yield from look_at_rings(folder, is_running)
    except OSError as error:
        if not faults:  # else the reason has been reported
            yield Finding("fault", "folder", f"{error.filename}: {error.strerror}")
