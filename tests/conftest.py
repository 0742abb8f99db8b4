"""Servers for tests: one for the whole session, and as many of its own as a test asks for; all with either engine."""

from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import settings

from tests.harness import MockwaveServer, running_server

StartMockwave = Callable[..., MockwaveServer]

# How long an example takes says how busy the machine is.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")


@pytest.fixture(scope="session", params=["granian", "uvloop"])
def engine(request: pytest.FixtureRequest) -> str:
    """What speaks HTTP in the servers of a test: each test that has one runs with both."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def mockwave_server(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[MockwaveServer]:
    """A server with two workers, shared by all tests: they leave nobody else's mock servers changed."""
    folder = tmp_path_factory.mktemp("mockwave-server")
    environment = {"MOCKWAVE_ENGINE": engine}
    with running_server(folder, "--workers", "2", environment=environment) as server:
        server.wait_until_whole(2)
        yield server
        server.stop()


@pytest.fixture
def start_mockwave(tmp_path: Path, engine: str) -> Iterator[StartMockwave]:
    """Starts servers: `start_mockwave(*arguments, data_dir=…, environment=…, announced=True)`.

    On one data folder a test, unless it names another; two workers and a free port, unless the arguments say otherwise.
    """
    servers: list[MockwaveServer] = []

    def start(
        *arguments: str,
        data_dir: Path | None = None,
        environment: dict[str, str] | None = None,
        announced: bool = True,
    ) -> MockwaveServer:
        folder = tmp_path / f"server-{len(servers) + 1}"
        folder.mkdir()
        server = MockwaveServer(
            data_dir or tmp_path / "data",
            folder,
            *("--port", "0", "--workers", "2"),
            *arguments,
            environment={"MOCKWAVE_ENGINE": engine, **(environment or {})},
        )
        servers.append(server)
        if announced:
            server.wait_until_announced()
        return server

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for another name than 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mocks.example.org")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    chain_file, key_file = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain_file.write_bytes(signed.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain_file, key_file


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows, with a test that failed, what its servers said on stderr."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, MockwaveServer):
                report.sections.append((f"stderr of {name}", value.errors))
    return report
