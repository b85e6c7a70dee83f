"""A log that holds a key, or that others can read, gives away what it should help to protect."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.agent.secret import Secret, hear_of_secrets
from tui.log import log_file, mask_in_reports, reportable, start_log
from tui.paths import state_dir


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    root.handlers.clear()
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers[:], root.level, logging.raiseExceptions = before, level, raises
    logging.captureWarnings(False)


def test_warnings_are_kept_in_a_private_file_and_the_rest_is_not() -> None:
    start_log()
    assert not log_file().exists()  # nothing to say, no file
    logging.getLogger("tui.x").info("not worth keeping")
    logging.getLogger("tui.x").warning("worth keeping")
    assert "WARNING tui.x: worth keeping" in log_file().read_text()
    assert "not worth" not in log_file().read_text()
    assert log_file().stat().st_mode & 0o777 == 0o600
    assert state_dir().stat().st_mode & 0o777 == 0o700


def test_no_key_and_no_control_character_gets_into_the_log() -> None:
    start_log()
    try:
        raise ValueError("Bearer abcdefgh12345 refused \x1b]0;x\x07")
    except ValueError:
        logging.getLogger("httpx").exception(
            "POST https://host/v1?key=%s with sk-canary-1234567", "AIzaCanary1234567890"
        )
    text = log_file().read_text()
    assert "ValueError" in text
    assert not [secret for secret in ("canary", "Canary", "abcdefgh12345", "\x1b") if secret in text]


def test_a_folder_that_cannot_be_written_means_no_log_and_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CHINWAG_STATE_DIR", str(tmp_path / "file" / "state"))
    start_log()
    logging.getLogger("tui").error("lost")
    assert capsys.readouterr() == ("", "")


def test_a_pipe_in_the_place_of_the_log_is_not_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    state_dir().mkdir(parents=True)
    os.mkfifo(log_file())
    start_log()
    logging.getLogger("tui").error("lost")
    assert log_file().is_fifo()
    assert capsys.readouterr() == ("", "")


def test_a_secret_with_the_look_of_none_is_masked_once_it_is_known_whatever_quotes_it() -> None:
    hear_of_secrets(mask_in_reports)
    Secret("quiet/known-one")
    assert "known" not in reportable("x-gate: 'quiet/known-one' or quiet%2Fknown-one")
