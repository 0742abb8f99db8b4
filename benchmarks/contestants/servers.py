"""What contestants share that listen on a port they are given: start the command, wait for the port."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks.contestants.contract import START_PATIENCE_S, Running
from benchmarks.exchanges import Base
from benchmarks.processes import Family, is_listening

PEERS = Path(__file__).resolve().parent.parent / "peers"
NODE_MODULES = PEERS / "node_modules"
HOW_TO_INSTALL = "npm ci --ignore-scripts in benchmarks/peers"


class PortServer(Struct, frozen=True):
    """A contestant with the answers that most give."""

    name: str
    logs: bool = False

    @property
    def answers_any_path(self) -> bool:
        return False

    def is_right(self, body: bytes, answered: bytes) -> bool:
        return body == answered


class JsonPrinter(PortServer, frozen=True):
    """A contestant that prints JSON in its own way: its answers are right where they say the same."""

    def is_right(self, body: bytes, answered: bytes) -> bool:
        try:
            return bool(json.loads(body) == json.loads(answered))
        except ValueError:
            return False


def start_on_port(
    command: Sequence[str],
    port: int,
    folder: Path,
    cores: str,
    *,
    environment: Mapping[str, str] | None = None,
    working_folder: Path | None = None,
) -> Running:
    """Runs the command until its port takes connections. Raises StartFailed."""
    family = Family(command, folder, cores, environment, working_folder)
    try:
        family.wait_until(lambda: is_listening(port), f"listener on port {port}", START_PATIENCE_S)
    except BaseException:
        family.stop()
        raise
    return Running(family, Base(port))


def find_missing_module(module: str) -> str:
    """What is missing for a peer that is a Node program."""
    if not shutil.which("node"):
        return "node is not installed"
    if not (NODE_MODULES / module).is_dir():
        return f"{module} is not installed ({HOW_TO_INSTALL})"
    return ""
