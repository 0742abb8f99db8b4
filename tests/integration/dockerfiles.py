"""Reads a Dockerfile and carries out its steps below a folder, without a Docker daemon.

A virtual environment per stage replaces the base image; folders below the stage's replace the paths of the image. Steps
that change the machine (its packages and users) are only read.

Nothing is downloaded or compiled again: a stage gets exactly the requirements of pyproject.toml, as installed here, and
the extension modules of the checkout. The wheel is built anew, from the build context.
"""

import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

BUILD_TIMEOUT_S = 300
OF_THE_SYSTEM = ("apt-get", "useradd")

NEWER_BY_S = 3600
"""Modules that are this much newer than Cython's output for their sources need not be compiled."""

WITHOUT_AN_INDEX = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
"""For pip. PIP_NO_BUILD_ISOLATION reads as "build isolation: 0"."""


class Instruction(NamedTuple):
    name: str
    text: str


def read_dockerfile(path: Path) -> list[Instruction]:
    text = re.sub(r"\\\n", " ", path.read_text())
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [Instruction(name.upper(), rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


class Stage:
    """One stage: a root folder, an environment, a user, and the command of the image."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workdir = root
        self.user = "root"
        self.variables: dict[str, str] = {}
        self.volumes: list[str] = []
        self.ports: list[str] = []
        self.entrypoint: list[str] = []
        self.command: list[str] = []
        self.health_check: list[str] = []
        self.skipped: list[str] = []
        subprocess.run([sys.executable, "-m", "venv", str(root / "python")], check=True, timeout=BUILD_TIMEOUT_S)

    def install_as_here(self, requirements: Iterable[str]) -> None:
        """Installs these requirements and, in turn, theirs, as copies of what is installed here."""
        target = next((self.root / "python" / "lib").glob("python3.*")) / "site-packages"
        for distribution in find_distributions(requirements):
            for file in distribution.files or ():
                source = Path(str(distribution.locate_file(file)))
                if ".." not in file.parts and file.suffix != ".pyc" and source.is_file():
                    (target / file).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(source, target / file)

    def place(self, path: str) -> Path:
        """Returns where a path of the image lies."""
        return self.root / path.lstrip("/") if path.startswith("/") else self.workdir / path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKWAVE_", "PYTHON"))}
        inner = {
            name: str(self.place(value)) if value.startswith("/") else value for name, value in self.variables.items()
        }
        return {**kept, **WITHOUT_AN_INDEX, **inner, "PATH": f"{self.root / 'python' / 'bin'}:{os.environ['PATH']}"}

    def run(self, command: str) -> None:
        """Carries out a RUN step, except for parts that change the system."""
        words = shlex.split(command)
        if words[0] in OF_THE_SYSTEM:
            self.skipped.append(command)
            return
        if words[0] == "install":  # as this user, who is nobody else
            command = re.sub(r"--(owner|group) \S+ ", "", command)
        placed = re.sub(r"(?<=\s)/(?=[a-z])", f"{self.root}/", command)
        # The requirements of the wheel are in the next stage already; pip checks there that they are complete.
        alone = {"PIP_NO_DEPS": "1"} if words[:2] == ["pip", "wheel"] else {}
        done = subprocess.run(
            ["sh", "-euc", placed],
            cwd=self.workdir,
            env={**self.environment, **alone},
            capture_output=True,
            text=True,
            timeout=BUILD_TIMEOUT_S,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def build(dockerfile: Path, folder: Path) -> Stage:
    """Carries out all stages; returns the last one."""
    project = tomllib.loads((dockerfile.parent / "pyproject.toml").read_text())
    required = {True: project["build-system"]["requires"], False: project["project"]["dependencies"]}
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for name, text in read_dockerfile(dockerfile):
        if name == "FROM":
            stage = Stage(folder / f"stage-{len(stages)}")
            target = text.partition(" AS ")[2]
            stage.install_as_here(required[target == "build"])
            stages[target or "last"] = stage
            continue
        assert stage is not None, "a Dockerfile begins with FROM"
        if name == "RUN":
            stage.run(text)
        elif name == "COPY":
            copy(text, stage, stages, dockerfile.parent)
        elif name == "ENV":
            stage.variables |= dict(word.split("=", 1) for word in shlex.split(text))
        elif name == "WORKDIR":
            stage.workdir = stage.place(text)
            stage.workdir.mkdir(parents=True, exist_ok=True)
        elif name == "USER":
            stage.user = text
        elif name == "VOLUME":
            stage.volumes.append(text)
        elif name == "EXPOSE":
            stage.ports.append(text)
        elif name == "HEALTHCHECK":
            stage.health_check = json.loads(text.partition("CMD ")[2])
        elif name in ("ENTRYPOINT", "CMD"):
            setattr(stage, {"ENTRYPOINT": "entrypoint", "CMD": "command"}[name], json.loads(text))
        else:
            raise AssertionError(f"{name}: this instruction is not known here")
    assert stage is not None
    return stage


def copy(text: str, stage: Stage, stages: dict[str, Stage], context: Path) -> None:
    """Carries out a COPY step, from another stage or from the build context without files of .dockerignore."""
    words = text.split()
    if words[0].startswith("--from="):
        source = stages[words.pop(0).removeprefix("--from=")].place(words[0])
        shutil.copytree(source, stage.place(words[1]), dirs_exist_ok=True)
        return
    assert words == [".", "."], "only the whole context is copied"
    for path in context_files(context):
        target = stage.workdir / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(context / path, target)
    lay_out_modules(context, stage.workdir)


def lay_out_modules(checkout: Path, workdir: Path) -> None:
    """Puts the checkout's extension modules where setuptools would put them, as if it had just made them."""
    built = workdir / "build" / f"lib.{sysconfig.get_platform()}-{sys.implementation.cache_tag}" / "mockwave"
    built.mkdir(parents=True)
    later = time.time() + NEWER_BY_S
    for path in (checkout / "src" / "mockwave").glob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}"):
        shutil.copyfile(path, built / path.name)
        os.utime(built / path.name, (later, later))


def find_distributions(requirements: Iterable[str]) -> Iterable[importlib.metadata.Distribution]:
    """Returns the installed distributions of these requirements and, in turn, of theirs."""
    waiting = list(requirements)
    found: set[str] = set()
    while waiting:
        requirement = Requirement(waiting.pop())
        if requirement.name in found or not (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(requirement.name)
        distribution = importlib.metadata.distribution(requirement.name)
        yield distribution
        waiting += distribution.requires or ()


def context_files(context: Path) -> list[Path]:
    """Returns the files that .dockerignore lets in: it lists exceptions (!), and excluded endings."""
    lines = [line.strip() for line in (context / ".dockerignore").read_text().splitlines()]
    kept = [line[1:] for line in lines if line.startswith("!")]
    dropped = [line.removeprefix("**/") for line in lines if line.startswith("**/")]
    files: list[Path] = []
    for name in kept:
        files += [context / name] if (context / name).is_file() else (context / name).rglob("*")
    return [path.relative_to(context) for path in files if path.is_file() and not is_dropped(path, context, dropped)]


def is_dropped(path: Path, context: Path, patterns: list[str]) -> bool:
    parts = path.relative_to(context).parts
    return any(Path(part).match(pattern) for part in parts for pattern in patterns)
