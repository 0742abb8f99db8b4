"""Runs the corpus check on the documents of tests/specs: a real server imports each in every mode, every operation is
called once with a valid request, and jsonschema-rs judges every JSON body (`benchmarks/corpus`)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.corpus.calls import MODES, DocumentRun, Mode, Server
from benchmarks.corpus.documents import read_document
from benchmarks.corpus.generated import judge_generated
from benchmarks.corpus.tally import Tally
from tests.harness import MockwaveServer

DOCUMENTS = sorted(
    path for path in (Path(__file__).parents[1] / "specs").iterdir() if path.suffix in (".yaml", ".yml", ".json")
)
DYNAMIC_VALUES = 5
DEADLINE_S = 60


def start_run(file: Path) -> DocumentRun:
    document = read_document(file.name, file)
    assert document is not None
    return DocumentRun(document, Tally())


@pytest.fixture
def client(mockwave_server: MockwaveServer) -> Iterator[Server]:
    server = Server(mockwave_server.port, mockwave_server.token)
    yield server
    server.close()


def test_there_are_enough_documents_to_mean_something() -> None:
    assert len(DOCUMENTS) >= 40


def test_the_corpus_program_says_what_is_right_and_ends_with_0(tmp_path: Path) -> None:
    file = DOCUMENTS[0].parent / "petstore.yaml"

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.corpus", str(file), "--out", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=DEADLINE_S,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "100.000% of the operations are right" in done.stdout
    assert json.loads((tmp_path / "corpus.json").read_text())["examples on"]["documents"] == 1


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda path: path.name)
def test_every_operation_of_a_document_answers_as_declared(client: Server, file: Path, mode: Mode) -> None:
    run = start_run(file)

    run.call_all(client, mode)

    assert [str(each) for each in (*run.tally.failures, *run.tally.refusals)] == []
    assert sum(run.tally.outcomes.values()) == len(run.operations) > 0


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda path: path.name)
def test_every_dynamic_value_of_a_document_conforms(file: Path) -> None:
    run = start_run(file)

    judge_generated(run, DYNAMIC_VALUES)

    assert [str(each) for each in run.tally.failures] == []
