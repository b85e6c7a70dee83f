"""What every test stands on: no network beyond loopback, no key, folders of its own."""

import gc
import itertools
import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from tests.support.homes import move_in
from tests.support.rewriting import rewrite_a_share
from tests.support.rounds import ALL

if TYPE_CHECKING:
    from tests.support.postgres import Server

# What was compiled is kept, even where the environment says not to: every worker, and every program that a test starts,
# would compile the whole of it once more, which took longer than what was to be tested.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_WAITING = ("fault", "interop")
_numbers = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    words = f"how often what has rounds goes round (1); {ALL} try every case of `part_of`, 300 is a long one"
    parser.addoption("--rounds", type=int, default=1, help=words)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "rounds: goes round as often as --rounds says; `-m rounds` runs those alone")
    config.addinivalue_line("markers", "apart: batteries, and meetings with browsers and others' packages; see below")
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.markexpr:
        config.option.markexpr = "not apart"  # those take a sixth of the time, and run when they are named: `.ci/run`
    for name, usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)  # ignored, and so inherited, behind a shell or nohup
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
    # A property is tried on 20 examples a round, others in each run: many runs see what one does not.
    rounds = int(config.getoption("--rounds"))
    settings.register_profile("rounds", max_examples=20 * rounds, deadline=None)
    settings.load_profile("rounds")
    if rounds < ALL:  # numbers and words of our own source are tried, too: five seconds to parse it, in each worker
        pytest.MonkeyPatch().setattr(providers, "_get_local_constants", Constants)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    # Ten thousand tests and what they import stay to the end: no collection has to look at them, now or later. What
    # comes after that goes in large pieces, an app at once: to look for garbage among its widgets took a tenth.
    gc.disable()
    rewrite_a_share(session.config)
    collected = yield
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
    return collected


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and (
            "rounds" in item.fixturenames or getattr(item.obj, "is_hypothesis_test", False)
        ):
            item.add_marker("rounds")
    # The first worker of `--dist worksteal` begins at the top and is robbed from the end: what waits for processes and
    # time-outs goes first, one by one beside the work of the others, and not all at once when they have done.
    items.sort(key=lambda item: item.path.parent.name not in _WAITING)


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often a test goes round: once in the suite, more often in `.ci/run`, and by hand, with --rounds."""
    return int(request.config.getoption("--rounds"))


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Not `mktemp`: it looks for the next number among all folders that there are.
    home = tmp_path_factory.getbasetemp() / f"home{next(_numbers)}"
    home.mkdir()
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
