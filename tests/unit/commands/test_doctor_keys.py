"""Whoever presses a key and sees nothing happen must be able to find out why."""

import pytest

from tests.support.shell import Chinwag
from tui.app.keymap.watch import read_names
from tui.paths import config_dir


def test_without_a_terminal_it_prints_the_table_and_ends(chinwag: Chinwag) -> None:
    ran = chinwag("doctor", "keys")
    assert ran.code == 0 and ran.err == ""
    assert "chat.switch_model" in ran.out and "ctrl+l, f2, alt+m" in ran.out
    assert "shift+enter arrives as enter in this terminal" in ran.out
    assert "Preset: default." in ran.out and "Press keys" not in ran.out


def test_lines_that_are_wrong_or_doubtful_are_named_with_file_and_line(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_dir().mkdir()
    file = config_dir() / "config.toml"
    file.write_text(
        '[keys]\npreset = "emacs"\nchat.new_chat = "f10"\n"chat.efort" = "f12"\napp.help = 5\n'
        '[keys.layout]\ninspector = ["ctrl+i", "f4"]\n'
    )
    monkeypatch.setenv("TMUX", "/tmp/tmux,1,0")
    ran = chinwag("doctor", "keys")
    assert ran.code == 1
    assert "Preset: emacs. Between keyboard and Chinwag: tmux." in ran.out
    assert f"✗ {file}:4: there is no command “chat.efort”; did you mean “chat.effort”?" in ran.out
    assert f"✗ {file}:5: “app.help” must be text" in ran.out
    assert f"? {file}:7: “ctrl+i” arrives as tab in this terminal" in ran.out
    rows = {line.split()[0]: line for line in ran.out.splitlines() if line[:1].isalpha()}
    assert "f10" in rows["chat.new_chat"] and "ctrl+i, f4" in rows["layout.inspector"]
    assert "tmux keeps it" in rows["composer.cursor_left"]


@pytest.mark.parametrize("text", ["keys = 5", "[keys]\npreset = 5", '[keys]\npreset = "dvorak"', "[keys]\nchat = 1"])
def test_a_table_that_makes_no_sense_costs_no_start(chinwag: Chinwag, text: str) -> None:
    config_dir().mkdir()
    (config_dir() / "config.toml").write_text(text)
    ran = chinwag("doctor", "keys")
    assert ran.code == 1 and "config.toml:" in ran.out and "must be" in ran.out
    assert "ctrl+l, f2, alt+m" in ran.out, "the usual keys hold"


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        ("\x0c", ["ctrl+l"]),
        ("\x1b", ["escape"]),
        ("\x1b\x1b", ["escape", "escape"]),
        ("\x1b[27u", ["escape"]),
        ("\x1b[27;2;13~", ["shift+enter"]),
        ("\x1bm", ["alt+m"]),
        ("\x1b[1;3A", ["alt+up"]),
        ("\x1bb", ["ctrl+left"]),
        ("?", ["question_mark"]),
        ("ab", ["a", "b"]),
        ("\x1b[200~pasted\x1b[201~", []),
    ],
)
def test_what_arrives_is_named_as_the_app_reads_it(sent: str, names: list[str]) -> None:
    assert read_names(sent) == names
