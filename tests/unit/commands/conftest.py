"""The command line for every test of a command, in this process."""

from functools import partial
from pathlib import Path

import pytest

from tests.support.shell import Chinwag, Ran
from tui import cli
from tui.agent.models.demo import DemoModel


@pytest.fixture
def chinwag(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Chinwag:
    """Run the command line in this process; `piped` is what stands in standard input."""
    monkeypatch.setattr("tui.log.start_log", lambda: None)  # it would take over pytest's own logging
    # The guide streams its pages at reading speed.
    monkeypatch.setattr("tui.agent.models.demo.DemoModel", partial(DemoModel, words_per_s=0))

    def run(*arguments: str, piped: str | bytes = "") -> Ran:
        file = tmp_path / "stdin"
        file.write_bytes(piped if isinstance(piped, bytes) else piped.encode())
        with file.open() as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            capsys.readouterr()
            code = cli.main(list(arguments))
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run
