"""The rings and the control block: whether they are whole and from this boot, and which rings hold unstored entries."""

from collections.abc import Iterator

from mockwave._control import ControlBlock, ControlFault
from mockwave._ring import RingFault, current_boot_id
from mockwave.data_folder import DataFolder
from mockwave.doctor.findings import Finding
from mockwave.journal.slot_files import map_ring
from mockwave.settings import Settings


def look_at_rings(folder: DataFolder, is_running: bool) -> Iterator[Finding]:
    """Findings about the files below `journal` and `run`; `is_running` says whether a server uses them."""
    if not folder.journal.is_dir():
        return
    settings = Settings(data_dir=str(folder.path))
    faults, rings, waiting, older = 0, 0, 0, 0
    for slot, path in folder.ring_files().items():
        rings += 1
        try:
            ring = map_ring(str(path), settings)
            damage = ring.find_damage()
        except (RingFault, OSError) as fault:
            damage = str(fault)
        else:
            waiting += ring.head != ring.tail
            older += ring.boot_id != current_boot_id()
        if damage:
            faults += 1
            text = f"slot {slot}: {damage}; what can be read of it will be stored when a server starts"
            yield Finding("fault", "rings", text)
    for path in sorted(folder.journal.glob("damaged-*")):
        text = f"{path} was found damaged and moved aside; delete it when you have looked at it"
        yield Finding("note", "rings", text)
    if older:
        yield Finding("note", "rings", f"{older} are from before the last boot of this machine")
    if waiting and not is_running:
        yield Finding("note", "rings", f"{waiting} hold entries that will be stored when a server starts")
    if not faults:
        yield Finding("ok", "rings", f"{rings} are whole" if rings else "there are none yet")
    if is_running:
        try:
            generation = ControlBlock(str(folder.control_block)).generation
        except (ControlFault, OSError) as fault:
            yield Finding("fault", "control block", f"{fault}; restart the server")
        else:
            yield Finding("ok", "control block", f"generation {generation}")
