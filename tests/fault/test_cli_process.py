"""What only a real process shows: Ctrl-C, a closed pipe, kill -9, no terminal. An answer must not be lost by it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.support.forked import CHINWAG, QUICK_CHINWAG, Forked, ran
from tui.paths import config_dir, state_dir


@contextmanager
def started(*arguments: str, stdin: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[bytes]]:
    # Unbuffered: `communicate` reads past what lies in a buffer.
    with Forked[bytes](
        [*CHINWAG, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read(process: subprocess.Popen[bytes], least: int) -> bytes:
    """The beginning of what a process prints: so many bytes, or more."""
    assert process.stdout is not None
    found = b""
    while len(found) < least and (some := process.stdout.read(least)):
        found += some
    return found


def last_export() -> str:
    return ran("export", "last", "-o", "-").stdout


def test_a_signal_is_told_by_the_last_of_the_json_lines() -> None:
    with started("-p", "--demo", "--jsonl", "the long page") as process:
        first = read(process, 1000)
        process.send_signal(signal.SIGTERM)
        rest, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (143, b"")
    lines = [json.loads(line) for line in (first + rest).splitlines()]
    assert lines[-2]["state"] == "interrupted" and lines[-1] == {"type": "exit", "code": 143}


def test_a_reader_that_goes_away_ends_the_answer_quietly() -> None:
    with started("-p", "--demo", "the long page") as process:
        assert process.stdout is not None and process.stderr is not None
        assert read(process, 50)
        process.stdout.close()
        assert process.wait(timeout=20) == 141
        assert process.stderr.read() == b""
    assert "the long page" in last_export()


def test_a_reader_of_a_listing_may_go_away() -> None:
    with started("keys") as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.wait(timeout=20) in (0, 141)
        assert b"Traceback" not in process.stderr.read()


def test_without_a_terminal_there_is_a_sentence_and_exit_code_2() -> None:
    done = ran()
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs a terminal" in done.stderr


def printed_on_a_terminal(until: bytes, term: str, *, stdin: int | None) -> tuple[int, bytes]:
    """Exit code and print of the app on a terminal that does not control it; stdin None is that terminal, too."""
    ours, theirs = os.openpty()
    with Forked(
        CHINWAG,
        stdin=theirs if stdin is None else stdin,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": term},
        start_new_session=True,
    ) as process:
        os.close(theirs)
        printed = b""
        while until not in printed:
            printed += os.read(ours, 1000)
        code = process.wait(timeout=20)
    os.close(ours)
    return code, printed


def test_without_a_keyboard_the_app_does_not_start() -> None:
    code, printed = printed_on_a_terminal(b"-p", "xterm", stdin=subprocess.DEVNULL)
    assert code == 2
    assert b"needs a terminal to read keys from" in printed


def test_an_answer_loads_no_toolkit_for_screens() -> None:
    code = """
import sys
from tui.cli import main
main(["-p", "-m", "test:test", "hello"])
print(sorted({"textual", "rich"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_letters_that_the_output_cannot_show_do_not_end_the_answer() -> None:
    done = subprocess.run(  # Python reads these two when it starts
        [*QUICK_CHINWAG, "-p", "--demo", "export"],
        capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert done.returncode == 0
    assert "guide, not a model - Export" in done.stdout


def test_a_bug_leaves_one_line_on_the_screen_and_the_rest_in_a_private_log() -> None:
    code = """
import sys
import tui.commands.keys
from tui.cli import main
def broken(*_):
    key = "sk-canary-in-a-local"
    raise ZeroDivisionError("with sk-canary-in-a-message")
tui.commands.keys.run = broken
sys.exit(main())
"""
    done = ran("keys", program=(sys.executable, "-c", code))
    assert done.returncode == 1
    assert re.fullmatch(
        r"chinwag: Chinwag stopped because of a bug in itself \(ZeroDivisionError\)\. .*\n", done.stderr
    )
    log = state_dir() / "chinwag.log"
    assert "ZeroDivisionError" in log.read_text()
    assert "canary" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


class _Server(BaseHTTPRequestHandler):
    """Plays a provider; the model's name says what goes wrong."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if b'"refused"' in body:
            self._answer(401, b'{"error": {"message": "Incorrect API key provided: sk-canary-key."}}')
        elif b'"absent"' in body:
            self._answer(404, b'{"error": {"message": "The model does not exist", "code": "model_not_found"}}')
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(b'data: {"choices": [{"delta": {"content": "Half an \\u001b]0;pwn\\u0007answer"}}]}\n\n')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[None]:
    provider = HTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=provider.serve_forever)
    thread.start()
    config_dir().mkdir(parents=True)
    config = f'[providers.mine]\nbase_url = "http://127.0.0.1:{provider.server_port}/v1"\napi_key_env = "MINE"\n'
    (config_dir() / "config.toml").write_text(config)
    yield
    provider.shutdown()
    thread.join()
    provider.server_close()


@pytest.mark.parametrize(
    ("model", "says"),
    [("refused", "refused the key"), ("absent", "does not know the model"), ("cut", "in the middle of the answer")],
)
def test_a_failure_is_one_sentence_with_a_hint_and_the_question_is_kept(
    server: None, model: str, says: str, _home: Path
) -> None:
    done = ran("-p", "-m", f"mine:{model}", "What now?", more={"MINE": "sk-canary-key"})
    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2  # what happened, and what to do
    assert "What now?" in last_export()
    assert "Traceback" not in done.stderr
    everything = (
        done.stdout
        + done.stderr
        + "".join(file.read_bytes().decode("utf-8", "replace") for file in _home.rglob("*") if file.is_file())
    )
    assert "sk-canary" not in everything
    if model == "cut":
        assert done.stdout == "Half an ␛]0;pwn␇answer\n"
        assert "Half an" in last_export()
