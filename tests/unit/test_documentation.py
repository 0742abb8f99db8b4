"""The documentation agrees with the code: its commands are run, its links lead somewhere, its tables are complete."""

import importlib.util
import re
from pathlib import Path

import pytest

from mockwave.cli import COMMANDS
from mockwave.management.endpoints import ENDPOINTS
from mockwave.options import OPTIONS

CHECKOUT = Path(__file__).parents[2]
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
TEXTS = {page: page.read_text() for page in PAGES}
EVERYTHING = "\n".join(TEXTS.values())

PLACES = [CHECKOUT, CHECKOUT / "src" / "mockwave", CHECKOUT / "src" / "mockwave" / "mocks", CHECKOUT / "benchmarks"]
"""What names of files in backquotes are relative to."""


def anchors_of(page: Path) -> set[str]:
    """The names that headings have as targets of links, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors_of(file), target


def test_every_page_is_in_the_table_of_contents() -> None:
    for page in sorted((CHECKOUT / "docs").glob("*.md")):
        assert f"](docs/{page.name})" in TEXTS[CHECKOUT / "README.md"]


def test_the_readme_is_short() -> None:
    assert len(TEXTS[CHECKOUT / "README.md"].split()) <= 700


def test_blocks_of_commands_are_run_by_a_test_or_by_the_ci_script() -> None:
    """The README's two are `.ci/run`'s and test_readme's; every line of another one stands in `.ci/run`."""
    script = (CHECKOUT / ".ci" / "run").read_text()
    for page, text in TEXTS.items():
        blocks = re.findall(r"```(?:sh|bash|console|shell)\n(.*?)```", text, re.DOTALL)
        if page.name == "README.md":
            assert len(blocks) == 2
            continue
        for line in "".join(blocks).splitlines():
            assert line in script


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_named_in_backquotes_exist(page: Path) -> None:
    for name in re.findall(r"`([\w./]+(?:/|\.(?:py|pyx|pxi|yaml|md)))`", TEXTS[page]):
        if "/" in name.rstrip("/"):
            assert any((place / name).exists() for place in PLACES), name


def test_the_table_of_rooms_has_every_room_and_no_other() -> None:
    """`app.py` had become two files, and a dozen modules stood nowhere."""
    package = CHECKOUT / "src" / "mockwave"
    _, _, text = TEXTS[CHECKOUT / "docs" / "architecture.md"].partition("## The rooms")
    cells = re.findall(r"^\| (`[^|]*) \|", text.partition("\n## ")[0], re.MULTILINE)
    named = [name.rstrip("/") for name in re.findall(r"`([^`]+)`", " ".join(cells))]
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    modules = {path.name for path in package.glob("[a-z]*.py")}
    assert sorted(named) == sorted(rooms | modules | {"cext"})


def test_files_that_the_architecture_names_alone_exist() -> None:
    known = {path.name for folder in ("src", "cext", "tests") for path in (CHECKOUT / folder).rglob("*.*")}
    names = re.findall(r"`(\w+\.(?:py|pyx|pxd|pyi|pxi|h))`", TEXTS[CHECKOUT / "docs" / "architecture.md"])
    assert [name for name in names if name not in known] == []


def test_commands_named_in_backquotes_exist() -> None:
    for name in re.findall(r"`mockwave ([a-z]+)[^`]*`", EVERYTHING):
        assert name in COMMANDS or name == "ping", name  # an example of one to add
    for module in re.findall(r"python -m ([\w.]+)", EVERYTHING):
        assert importlib.util.find_spec(module), module


def test_the_table_of_options_is_that_of_the_command() -> None:
    table = TEXTS[CHECKOUT / "docs" / "running.md"]
    rows = {found[1]: found[2] for found in re.finditer(r"^\| `(--[\w-]+)[^`]*` \| ([^|]*) \|", table, re.MULTILINE)}
    assert {name: default.strip() for name, default in rows.items()} == {
        option.flag: option.shown_default for option in OPTIONS
    }


def test_the_table_of_metrics_is_what_is_served() -> None:
    source = (CHECKOUT / "src" / "mockwave" / "monitoring" / "monitored_paths.py").read_text()
    served = set(re.findall(r'"(mockwave_\w+)"', source))
    documented = re.findall(r"^\| `(mockwave_\w+)", TEXTS[CHECKOUT / "docs" / "running.md"], re.MULTILINE)
    assert set(documented) == served


def test_the_table_of_calls_is_that_of_the_management_plane() -> None:
    table = TEXTS[CHECKOUT / "docs" / "management.md"]
    documented = set()
    for methods, path in re.findall(r"^\| ((?:`?[A-Z]+`?,? ?)+)(/\S*)` \|", table, re.MULTILINE):
        documented |= {
            (method, re.sub(r"\{\w+\}", "{}", path.partition("?")[0])) for method in re.findall("[A-Z]+", methods)
        }
    assert documented == {
        (endpoint.method, re.sub(r"\{\w+\}", "{}", endpoint.path)) for endpoint in ENDPOINTS if not endpoint.is_open
    }
