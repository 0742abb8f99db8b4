"""The table of options: the same names, defaults, units and checks, however a server is started."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from mockwave._ring import MAXIMUM_CAPACITY_BYTES
from mockwave.cli.serve_command import command as serve
from mockwave.options import DEFAULTS, OPTIONS, OptionError, build_settings, is_loopback, read_environment
from mockwave.settings import Settings

NOT_OPTIONS = {"supervised", "max_captured_body_bytes"}
"""Fields that nobody starts a server with."""


def settings_from(environment: Mapping[str, str], tmp_path: Path) -> Settings:
    return read_environment({"MOCKWAVE_DATA_DIR": str(tmp_path), **environment})


def build(**given: Any) -> Settings:
    return build_settings(given, lambda option: option.flag)


def test_every_field_of_settings_has_its_option() -> None:
    reached = {option.field for option in OPTIONS} | {"log_retention_entries", "log_retention_age_s"}
    assert reached - {""} == set(Settings.__struct_fields__) - NOT_OPTIONS


def test_every_option_of_the_table_is_one_of_the_command_line_and_no_other_is() -> None:
    flags = {parameter.opts[0] for parameter in serve.params if isinstance(parameter, click.Option)}
    assert flags == {option.flag for option in OPTIONS}


def test_each_default_is_shown_as_it_would_be_typed() -> None:
    """What is shown as the default, given, changes nothing."""
    for option in OPTIONS:
        if option.shown_default and not option.default_text:
            assert option.kind.read(option.shown_default) == DEFAULTS[option.field]


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("MOCKWAVE_NO_AUTH", "1", "auth", False),
        ("MOCKWAVE_NO_AUTH", "false", "auth", True),
        ("MOCKWAVE_NO_AUTH", "", "auth", True),
        ("MOCKWAVE_JWKS", __file__, "jwks_file", str(Path(__file__).absolute())),
        ("MOCKWAVE_LOG_RETENTION", "100000 7d 200000", "log_retention_entries", 100_000),
        ("MOCKWAVE_LOG_RETENTION", "100000 7d", "log_retention_age_s", 604_800),
        ("MOCKWAVE_MAX_BODY_BYTES", "1K", "max_body_bytes", 1024),
        ("MOCKWAVE_BODY_TIMEOUT", "2m", "body_timeout_s", 120),
        ("MOCKWAVE_RING_BYTES", "1", "ring_bytes", 1 << 20),
        ("MOCKWAVE_RING_BYTES", "2000001", "ring_bytes", 2_002_944),
        ("MOCKWAVE_PUBLIC_URL", "https://a.test/x/", "public_url", "https://a.test/x"),
        ("MOCKWAVE_MOCK_DOMAIN", "Mocks.Test:8080", "mock_domain", "mocks.test:8080"),
        ("MOCKWAVE_LOG_OVERFLOW", "drop", "log_overflow", "drop"),
    ],
)
def test_a_variable_becomes_a_setting(variable: str, text: str, field: str, value: object, tmp_path: Path) -> None:
    """`mockwave.app:app` ignored the first three of these, and took no units."""
    assert getattr(settings_from({variable: text}, tmp_path), field) == value


def test_names_of_fields_are_no_variables(tmp_path: Path) -> None:
    """`mockwave.app:app` read MOCKWAVE_AUTH=false, which nobody else did, without a look at who can reach it."""
    assert settings_from({"MOCKWAVE_AUTH": "false", "MOCKWAVE_JWKS_FILE": "/x"}, tmp_path) == Settings(
        data_dir=str(tmp_path)
    )


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"MOCKWAVE_MAX_BODY_BYTES": "lots"}, "MOCKWAVE_MAX_BODY_BYTES: 'lots' is not a size; .* such as 16M"),
        ({"MOCKWAVE_BODY_TIMEOUT": "30"}, "MOCKWAVE_BODY_TIMEOUT: '30' is not a duration; .* such as 12h"),
        ({"MOCKWAVE_LOG_RETENTION": "7d some"}, "MOCKWAVE_LOG_RETENTION: 'some' is neither .*"),
        ({"MOCKWAVE_NO_AUTH": "maybe"}, "MOCKWAVE_NO_AUTH: 'maybe' is neither true nor false; write 1 or 0"),
        ({"MOCKWAVE_JWKS": "/nowhere/keys"}, "MOCKWAVE_JWKS: /nowhere/keys: no such file"),
        ({"MOCKWAVE_PORT": "70000"}, "MOCKWAVE_PORT: expected a whole number from 0 to 65535, got '70000'"),
        ({"MOCKWAVE_LOG_OVERFLOW": "burn"}, "MOCKWAVE_LOG_OVERFLOW: expected wait or drop, got 'burn'"),
        ({"MOCKWAVE_PUBLIC_URL": "http://[x"}, "MOCKWAVE_PUBLIC_URL: .* is not a base URL; .*"),
        ({"MOCKWAVE_MOCK_DOMAIN": "not a domain"}, "MOCKWAVE_MOCK_DOMAIN: .* is not a domain name; .*"),
        ({"MOCKWAVE_DATA_DIR": __file__}, "MOCKWAVE_DATA_DIR: .* is not a folder"),
        ({"MOCKWAVE_TLS_CERT": __file__}, "MOCKWAVE_TLS_CERT and MOCKWAVE_TLS_KEY: give both of them"),
        ({"MOCKWAVE_NO_AUTH": "1", "MOCKWAVE_HOST": "0.0.0.0"}, "MOCKWAVE_NO_AUTH: 0.0.0.0 is not a loopback .*"),
        ({"MOCKWAVE_EPHEMERAL": "1"}, "MOCKWAVE_DATA_DIR and MOCKWAVE_EPHEMERAL: give one of them"),
    ],
)
def test_a_variable_that_cannot_be_is_one_line_that_names_it(
    environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(OptionError) as refused:
        settings_from(environment, tmp_path)
    assert re.fullmatch(said, str(refused.value)), str(refused.value)


def test_within_another_server_a_folder_must_be_named_to_be_thrown_away() -> None:
    with pytest.raises(OptionError, match="MOCKWAVE_EPHEMERAL: only `mockwave serve`"):
        read_environment({"MOCKWAVE_EPHEMERAL": "1"})


def test_what_is_not_given_is_as_in_settings(tmp_path: Path) -> None:
    assert build(data_dir=tmp_path) == Settings(data_dir=str(tmp_path))
    assert build_settings({"data_dir": tmp_path}, lambda option: option.flag, workers=7).workers == 7


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_only_this_machine_reaches_a_loopback_address(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize("text", ["2049M", "9000G", "99999999G"])
def test_a_ring_larger_than_rings_can_be_is_refused_by_name(text: str, tmp_path: Path) -> None:
    """The server ended at start with a traceback (issue 12, F22)."""
    assert settings_from({"MOCKWAVE_RING_BYTES": "2G"}, tmp_path).ring_bytes == MAXIMUM_CAPACITY_BYTES
    with pytest.raises(OptionError, match=f"MOCKWAVE_RING_BYTES: expected a size of at most 2G, got '{text}'"):
        settings_from({"MOCKWAVE_RING_BYTES": text}, tmp_path)
