"""What can be used is found by listing it: an id that does not work, or a key that is shown, costs more than none."""

import json
import sys
import threading

import pytest

from tests.support.shell import Chinwag, Ran
from tests.support.vendors import fake_keyring
from tui.paths import config_dir


def test_chats_are_listed_newest_first_with_usable_ids(chinwag: Chinwag) -> None:
    assert chinwag("chats") == Ran(0, "", 'There is no conversation yet. Start one: chinwag -p "hello".\n')
    for question in ("older", "newer"):
        chinwag("-p", "-m", "test:test", question)
    first, second = chinwag("chats").out.splitlines()
    assert "newer" in first
    assert "older" in second
    assert "older" in chinwag("export", second.split()[0], "-o", "-").out
    assert len(chinwag("chats", "-n", "1").out.splitlines()) == 1


def test_models_are_listed_and_filtered(chinwag: Chinwag) -> None:
    out = chinwag("models").out
    assert "MODEL" in out
    assert "guide, not a model" in out
    only = chinwag("models", "DEMO", "gui").out.splitlines()
    assert [line.split()[0] for line in only] == ["MODEL", "demo:guide"]
    none = chinwag("models", "zzz")
    assert (none.code, none.out) == (2, "")


def test_keys_say_where_they_come_from_and_never_what_they_are(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-env")
    config_dir().mkdir()
    config = config_dir() / "config.toml"
    config.write_text(
        '[providers.work]\nbase_url = "http://127.0.0.1:1"\napi_key = "sk-canary-file"\n'
        '[providers.groq]\nkey_command = ["pass", "show", "groq"]\n'
    )
    config.chmod(0o600)
    (config_dir() / "credentials.toml").write_text('mistral = "sk-canary-store"')
    (config_dir() / "credentials.toml").chmod(0o600)
    ran = chinwag("keys")
    lines = {line.split()[1]: line for line in ran.out.splitlines()}
    assert "canary" not in ran.out + ran.err
    assert "OPENAI_API_KEY" in lines["openai"] and lines["openai"].startswith("✓")
    assert lines["work"].endswith("config.toml") and lines["work"].startswith("✓")
    assert lines["mistral"].endswith("credentials.toml")
    assert lines["groq"].endswith("asked when needed: pass")
    assert lines["anthropic"].endswith("set ANTHROPIC_API_KEY")
    assert lines["anthropic"].startswith("-")


def test_keys_that_others_can_read_are_not_used_and_it_is_said(chinwag: Chinwag) -> None:
    config_dir().mkdir()
    (config_dir() / "credentials.toml").write_text('mistral = "sk-canary-store"')
    (config_dir() / "credentials.toml").chmod(0o644)
    ran = chinwag("keys")
    assert "others can read it" in ran.err
    assert "set MISTRAL_API_KEY" in ran.out


def test_a_key_in_the_keyring_is_listed_by_its_place(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_keyring(monkeypatch)["groq"] = "sk-canary-ring"
    config_dir().mkdir()
    _, out, err = chinwag("keys")
    lines = {line.split()[1]: line for line in out.splitlines()}
    assert lines["groq"].startswith("✓") and lines["groq"].endswith("keyring")
    assert "canary" not in out + err


def test_who_does_not_unlock_the_keyring_is_asked_once(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_keyring(monkeypatch)
    asked: list[str] = []

    def locked(service: str, name: str) -> str:
        asked.append(name)
        raise sys.modules["keyring.errors"].KeyringError

    monkeypatch.setattr(sys.modules["keyring"], "get_password", locked)
    code, out, _ = chinwag("keys")
    assert (code, len(asked)) == (0, 1)
    assert "set GROQ_API_KEY" in out


def test_a_keyring_that_never_answers_is_waited_for_once(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_keyring(monkeypatch)
    monkeypatch.setattr("tui.chat.credentials.lookup.COMMAND_TIMEOUT_S", 0.05)
    done, asked = threading.Event(), []

    def silent(service: str, name: str) -> None:
        asked.append(name)
        done.wait()

    monkeypatch.setattr(sys.modules["keyring"], "get_password", silent)
    try:
        assert chinwag("keys").code == 0
        assert len(asked) == 1
    finally:
        done.set()


def test_usage_is_told_as_a_table_and_as_exact_figures(chinwag: Chinwag) -> None:
    assert chinwag("usage") == Ran(0, "", "No model was asked anything in that time.\n")
    chinwag("-p", "-m", "test:test", "why")
    head, line, total = chinwag("usage").out.splitlines()
    assert head.split()[0] == "model" and line.split()[0] == "test" and line.endswith("free")
    assert total.split()[:2] == ["all", "1"]
    assert "why" in chinwag("usage", "--by", "chat", "--since", "today").out
    assert chinwag("usage", "--by", "day", "--format", "csv", "--since", "7d").out.count("\n") == 2
    assert '"dollars": "0"' in chinwag("usage", "--format", "json").out
    chinwag("-p", "-m", "test:test", "so")
    chinwag("tag", "why", "+a", "+b")
    tagged = chinwag("usage", "--by", "tag")
    assert [line.split()[0] for line in tagged.out.splitlines()] == ["tag", "a", "b", "(no", "all"]
    assert tagged.out.splitlines()[-1].split()[1] == "2" and "with several tags counts for each" in tagged.err
    assert json.loads(chinwag("usage", "--json", "--chat", "why").out)["total"]["replies"] == 1
    assert chinwag("usage", "--by", "month", "--reprice").err == "Every answer has its price.\n"
    assert "test" in chinwag("usage", "--by", "provider").out
    wrong = chinwag("usage", "--since", "soon")
    assert wrong.code == 2 and '"soon" is no day' in wrong.err
