"""A Dockerfile read, and its steps carried out below a folder where there is no Docker daemon.

The base image is stood in for by a virtual environment per stage, the paths of the image by folders below the stage's.
Steps that a user of a machine must not carry out (packages of the system, its users) are only looked at.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

BUILD_TIMEOUT_S = 900
OF_THE_SYSTEM = ("apt-get", "useradd")


class Instruction(NamedTuple):
    name: str
    text: str


def read_dockerfile(path: Path) -> list[Instruction]:
    text = re.sub(r"\\\n", " ", path.read_text())
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [Instruction(name.upper(), rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


class Stage:
    """One stage: a root folder, an environment, a user, and what the image is to run."""

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

    def place(self, path: str) -> Path:
        """Where a path of the image lies."""
        return self.root / path.lstrip("/") if path.startswith("/") else self.workdir / path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKWAVE_", "PYTHON"))}
        inner = {
            name: str(self.place(value)) if value.startswith("/") else value for name, value in self.variables.items()
        }
        return {**kept, **inner, "PATH": f"{self.root / 'python' / 'bin'}:{os.environ['PATH']}"}

    def run(self, command: str) -> None:
        """A RUN step, but for what is of the system."""
        words = shlex.split(command)
        if words[0] in OF_THE_SYSTEM:
            self.skipped.append(command)
            return
        if words[0] == "install":  # as this user, who is nobody else
            command = re.sub(r"--(owner|group) \S+ ", "", command)
        placed = re.sub(r"(?<=\s)/(?=[a-z])", f"{self.root}/", command)
        done = subprocess.run(
            ["sh", "-euc", placed],
            cwd=self.workdir,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=BUILD_TIMEOUT_S,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def build(dockerfile: Path, folder: Path) -> Stage:
    """Carries out all stages; returns the last one."""
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for name, text in read_dockerfile(dockerfile):
        if name == "FROM":
            stage = Stage(folder / f"stage-{len(stages)}")
            stages[text.partition(" AS ")[2] or "last"] = stage
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
    """A COPY step, from another stage or from the build context without what .dockerignore leaves out."""
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


def context_files(context: Path) -> list[Path]:
    """The files that .dockerignore lets in: it names what stays (!), and endings that do not."""
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
