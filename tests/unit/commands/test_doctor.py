"""A report that hides what is wrong sends people round in circles; one that holds a key cannot be passed on."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.model_server import model_server
from tests.support.shell import Chinwag
from tui import __version__
from tui.paths import cache_dir, config_dir, data_dir


def test_the_doctor_reports_without_keys_and_without_the_persons_name(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch, _home: Path
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("SSH_TTY", "/dev/pts/1")
    chinwag("-p", "-m", "test:test", "hello")
    ran = chinwag("doctor")
    assert ran.code == 0, ran.out
    assert __version__ in ran.out
    assert "~/config/config.toml, not there; defaults hold" in ran.out
    assert "1 chat," in ran.out
    chinwag("rm", "last")
    assert "0 chats and 1 in the trash," in chinwag("doctor").out, "a backup has so many"
    assert "look" in ran.out and "no colours, theme auto, the terminal has not said" in ran.out
    assert "signs in Unicode, motion reduced, the mouse is the app's" in ran.out
    assert "stored keys" in ran.out and "~/config/credentials.toml, not there" in ran.out
    assert str(_home) not in ran.out
    assert not cache_dir().exists()


def test_the_doctor_names_what_is_wrong(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    config_dir().mkdir()
    (config_dir() / "config.toml").write_text("[providers.openai]\nlabel = 5")
    data_dir().write_text("a file where the folder should be")
    ran = chinwag("doctor")
    assert ran.code == 1
    wrong = [line for line in ran.out.splitlines() if line.startswith("✗")]
    assert [line.split()[1] for line in wrong] == ["terminal", "data", "configuration"]
    assert "config.toml:2:" in ran.out


def test_an_alias_that_makes_no_sense_is_named_and_the_others_hold(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch, _home: Path
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    config_dir().mkdir()
    (config_dir() / "config.toml").write_text('[aliases]\nquick = "test:test"\n"my own" = "demo:guide"')
    ran = chinwag("doctor")
    assert [line.split()[1] for line in ran.out.splitlines() if line.startswith("✗")] == ["names"]
    assert '"my own" is no name' in ran.out and str(_home) not in ran.out
    answered = chinwag("-p", "-m", "quick", "hello")
    assert answered.code == 0 and answered.out and answered.err.count("config.toml:3:") == 1


def test_the_doctor_counts_stored_keys_and_says_when_they_are_not_used(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch, _home: Path
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    config_dir().mkdir()
    file = config_dir() / "credentials.toml"
    file.write_text('mistral = "sk-canary-store"')
    file.chmod(0o600)
    (config_dir() / "config.local.toml").write_text('[providers.mine]\nbase_url = "http://127.0.0.1:9/v1"\n')
    good = chinwag("doctor").out
    assert "~/config/credentials.toml, 1 key;" in good and "~/config/config.local.toml" in good
    file.chmod(0o644)
    bad = chinwag("doctor")
    assert bad.code == 1 and "others can read it. Run: chmod 600 ~/config/credentials.toml" in bad.out
    assert "canary" not in good + bad.out and str(_home) not in good + bad.out


def test_the_doctor_says_which_provider_lacks_a_key(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    config_dir().mkdir()
    (config_dir() / "config.toml").write_text('model = "test:test"\n[providers.openai]\nlabel = "Mine"\n')
    ran = chinwag("doctor")
    assert ran.code == 1
    assert "✗ openai" in ran.out
    assert "chinwag keys" in ran.out


def test_the_doctor_asks_each_server_of_a_name_and_one_that_is_only_an_address(chinwag: Chinwag) -> None:
    with model_server() as one, model_server() as other:
        config_dir().mkdir()
        (config_dir() / "config.toml").write_text(f'[providers.rack]\nbase_url = ["{one}", "{other}"]')
        ran = chinwag("doctor", "server", "rack", "--model", "gpt-5.6")
        lines = ran.out.splitlines()
        assert [lines[0], lines[8]] == [urlsplit(one).netloc, urlsplit(other).netloc]
        assert lines[1].startswith("✓ list      2 models in ") and lines[1].endswith("asked is gpt-5.6")
        assert ran.code == 1 and lines[2].startswith("✗ stream    the whole answer came at once")
        assert chinwag("doctor", "server", one).out.splitlines()[0].endswith("asked is claude-sonnet-5")
    ran = chinwag("doctor", "server", one)
    assert ran.code == 1 and ran.out.startswith("✗ answer    server cannot be reached at ")
    assert "hunter22" not in chinwag("doctor", "server", "http://ann:hunter22@rack:eighty/v1").err
    ran = chinwag("doctor", "server", "rakc")
    assert ran.code == 2 and 'no provider "rakc"' in ran.err
    assert "no key" in chinwag("doctor", "server", "groq").err
