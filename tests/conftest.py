"""What every test stands on: no network beyond loopback, no key, folders of its own."""

import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.homes import move_in

if TYPE_CHECKING:
    from tests.support.postgres import Server

# What was compiled is kept, even where the environment says not to: every worker, and every program that a test starts,
# would compile the whole of it once more, which took longer than what was to be tested.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=3, help="how often the batteries go round (3); 300 is a long one")


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what goes on behind it; it is inherited
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # A property is tried on 20 examples a round, 60 in the suite, others in each run: many runs see what one does not.
    settings.register_profile("rounds", max_examples=20 * int(config.getoption("--rounds")), deadline=None)
    settings.load_profile("rounds")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    # Ten thousand tests and what they import stay to the end: no collection has to look at them, now or later. What
    # comes after that goes in large pieces, an app at once: to look for garbage among its widgets took a tenth.
    gc.disable()
    collected = yield
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
    return collected


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often a battery goes round: few times in the suite, hundreds of times by hand with --rounds."""
    return int(request.config.getoption("--rounds"))


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    move_in(home, monkeypatch)
    return home


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Server"]:
    """A PostgreSQL server, for the whole run, also of a suite without pytest-xdist."""
    from tests.support.postgres import binaries, server_of_the_run

    if binaries() is None:
        pytest.skip("needs a PostgreSQL server: apt-get install postgresql")
    pytest.importorskip("psycopg")
    place = tmp_path_factory.getbasetemp()
    with server_of_the_run(place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) as server:
        yield server


@pytest.fixture
def hub_url(postgres: "Server") -> str:
    """The address of an empty database."""
    return postgres.url(postgres.new_database())
