"""The container: what the image runs works away from the checkout, and its files have the right content.

No Docker daemon is needed: the image's steps are carried out below a folder (dockerfiles.py).
"""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.harness import run_mockwave, wait_for
from tests.integration.dockerfiles import Stage, build, context_files

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Yields the image's last stage, built."""
    yield build(CHECKOUT / "Dockerfile", tmp_path_factory.mktemp("image"))


def test_the_image_runs_a_server_that_becomes_healthy_and_keeps_its_data(image: Stage) -> None:
    environment = {**image.environment, "MOCKWAVE_PORT": "0", "MOCKWAVE_HOST": "127.0.0.1"}

    def is_healthy() -> bool:
        done = subprocess.run(image.health_check, cwd=image.workdir, env=environment, capture_output=True, timeout=60)
        return done.returncode == 0

    for life in range(2):
        assert not is_healthy()
        with subprocess.Popen(
            [*image.entrypoint, *image.command, "--workers", "1"],
            cwd=image.workdir,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            try:
                wait_for(is_healthy, "a healthy container")
                assert list((image.root / "data" / "journal").iterdir())
                if life == 0:
                    token = subprocess.check_output([*image.entrypoint, "token"], env=environment, text=True)
                    assert token.count(".") == 2
            finally:
                server.send_signal(signal.SIGTERM)
            assert server.wait(60) == 0
    assert (image.root / "data").stat().st_mode & 0o777 == 0o700


def test_the_image_has_the_package_from_the_wheel_alone(image: Stage) -> None:
    script = "import mockwave, sys; print(mockwave.__file__)"
    where = subprocess.check_output([image.root / "python/bin/python", "-c", script], env=image.environment, text=True)
    assert Path(where.strip()).is_relative_to(image.root)
    assert not (image.root / "wheels").exists()


def test_the_server_in_the_image_is_not_root_and_says_where_its_data_is(image: Stage) -> None:
    assert image.user == "mockwave"
    assert (image.volumes, image.ports) == (["/data"], ["4010"])
    assert image.variables["MOCKWAVE_DATA_DIR"] == "/data"
    assert any(step.startswith("useradd") and " mockwave" in step for step in image.skipped)


def test_the_build_context_is_what_a_wheel_is_made_of() -> None:
    files = {str(path) for path in context_files(CHECKOUT)}
    assert {"pyproject.toml", "setup.py", "README.md", "LICENSE", "src/mockwave/openapi.yaml"} <= files
    sources = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "cext").rglob("*.p[yx][xd]")}
    assert len(sources) > 20
    assert sources <= files
    assert not any(name.endswith((".so", ".pyc")) or name.startswith(("tests/", ".git", "build/")) for name in files)


def test_the_compose_file_keeps_the_data_and_runs_known_options() -> None:
    service = yaml.safe_load((CHECKOUT / "compose.yaml").read_text())["services"]["mockwave"]
    assert service["volumes"] == ["data:/data"]
    assert service["ports"] == ["127.0.0.1:4010:4010"]
    command, *options = service["command"]
    shown = run_mockwave(command, "--help").output
    assert all(option in shown for option in options if option.startswith("--"))
