"""A server that is said to be ready and is not wastes a start; one that is said to lack something is never tried."""

from pathlib import Path

import pytest

from tui.mcp.config import ServerConfig
from tui.mcp.readiness import lacking, program_of


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "bin" / "serve"
    file.parent.mkdir()
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


def test_a_program_is_looked_for_where_it_will_be_started(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _home: Path
) -> None:
    monkeypatch.chdir(_home)
    folder = str(tmp_path)
    for server in (
        ServerConfig("a", (str(program),)),
        ServerConfig("a", ("bin/serve",), folder=folder),
        ServerConfig("a", ("./serve",), folder=f"{folder}/bin"),
        ServerConfig("a", ("serve",), env={"PATH": str(program.parent)}),
        ServerConfig("a", (f"../{tmp_path.name}/bin/serve",), folder=folder),
    ):
        assert lacking(server) == "" and Path(program_of(server) or "").resolve() == program.resolve()
    (_home / "bin").symlink_to(program.parent)
    assert lacking(ServerConfig("a", ("~/bin/serve",), folder="~")) == ""
    program.chmod(0o644)
    assert lacking(ServerConfig("a", (str(program),))).startswith("no program /")


@pytest.mark.parametrize(
    ("server", "lacks"),
    [
        (ServerConfig("a", ("no-such-program",)), "no program no-such-program"),
        (ServerConfig("a", ("sh",), folder="/no/such"), "no folder /no/such"),
        (ServerConfig("a", ("sh",), env={"A": "${ONE}", "B": "${TWO}${THREE:-x}"}), "ONE and TWO not set"),
        (ServerConfig("a", ("a\x1b[2J\0",)), "no program a␛[2J"),
        (ServerConfig("a", ("${HOME}/no-such",)), ""),  # known when it starts
        (ServerConfig("a", url="https://${ONE}"), "ONE not set"),
        (ServerConfig("a", url="https://a"), ""),
    ],
)
def test_what_is_missing_is_said_in_a_word(server: ServerConfig, lacks: str) -> None:
    assert lacking(server, {"HOME": "/root"}).startswith(lacks) and bool(lacking(server, {"HOME": "/"})) == bool(lacks)
