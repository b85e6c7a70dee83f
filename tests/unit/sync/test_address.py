"""The address of a shared library: nothing goes over a network in clear, and no password stands where it is shown."""

import pytest

from tui.config import load_config
from tui.errors import ConfigError
from tui.sync.address import AddressError, read_address


@pytest.mark.parametrize(
    "url, tls, local",
    [
        ("postgresql://me@db.example.org/library", "verify-full", False),
        ("postgres://me@10.0.0.7:5433/library?sslmode=require", "require", False),
        ("postgresql://me@localhost/library", "", True),
        ("postgresql://me@127.0.0.2/library", "", True),
        ("postgresql://me@[::1]:5433/library", "", True),
        ("postgresql:///library", "", True),
        ("postgresql:///library?host=/run/postgresql", "", True),
        ("postgresql://me@localhost/library?sslmode=verify-ca", "verify-ca", True),
        ("postgresql://me@localhost.example.org/library", "verify-full", False),
    ],
)
def test_what_leaves_the_machine_is_encrypted(url: str, tls: str, local: bool) -> None:
    address = read_address(url)
    assert (address.tls, address.is_local) == (tls, local)
    given = address.parameters
    assert given["sslmode"] in (tls, "prefer", "disable") and (local or given["sslmode"] == tls)
    assert ("sslrootcert" in given) == tls.startswith("verify")
    assert read_address(address.shown).parameters["host"] == given["host"]


@pytest.mark.parametrize(
    "url, problem",
    [
        ("postgresql://me:s3cr3t-word@db.example.org/library", "holds a password"),
        ("postgresql://me@db.example.org/library?password=s3cr3t-word", "holds a password"),
        ("postgresql://me@db.example.org/library?sslmode=disable", "in clear"),
        ("postgresql://me@db.example.org/library?sslmode=prefer", "in clear"),
        ("postgresql:///library?host=db.example.org&sslmode=allow", "in clear"),
        ("postgresql://me@localhost/library?hostaddr=10.0.0.7", "parameter"),
        ("postgresql://me@localhost,db.example.org/library", "several"),
        ("postgresql://me@localhost/library?service=other", "parameter"),
        ("postgresql://me@db.example.org", "no database"),
        ("mysql://me@db.example.org/library", "no PostgreSQL address"),
        ("postgresql://[::1/library", "no address"),
        ("postgresql://me@localhost:port/library", "no address"),
    ],
)
def test_what_would_be_unsafe_is_refused_and_never_quoted(url: str, problem: str) -> None:
    with pytest.raises(AddressError) as raised:
        read_address(url)
    assert problem in raised.value.problem
    assert "s3cr3t" not in raised.value.problem + raised.value.hint


def test_a_mistake_in_the_file_is_named_by_its_line(tmp_path: "object") -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "config.toml"
    file.write_text('model = "a:b"\n[library]\nurl = "postgresql://me:s3cr3t-word@db.example.org/library"\n')
    with pytest.raises(ConfigError) as raised:
        load_config(file)
    assert f"{file}:3" in raised.value.message and "CHINWAG_LIBRARY_PASSWORD" in raised.value.hint
    assert "s3cr3t" not in raised.value.sentence
    file.write_text('[library]\nurl = "postgresql://me@db.example.org/library"\npassword_command = ["pass", "db"]\n')
    config = load_config(file)
    assert config.library is not None
    assert config.library.password.key_command == ("pass", "db")
    file.write_text("[library]\npassword_env = 'X'\n")
    assert load_config(file).library is None
