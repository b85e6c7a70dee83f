"""Tab in a shell: what it offers has to be what there is, and a word with a colon must not be torn."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.shell import Chinwag
from tui.commands.completion import script
from tui.commands.completion_values import VALUES
from tui.paths import config_dir

STANDIN = """\
chinwag() {
  case "$*" in
    *models*) printf 'local:small\\there\\nlocal:large\\there\\n' ;;
    *prompts*) printf '%s\\tto a file\\n' 'note$(touch '"$PWD"'/run)' 'note `touch run`; touch run' ;;
    *) printf 'last\\tthe newest\\n' ;;
  esac
}
"""


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"there is no {shell} here")


@pytest.fixture
def shtab() -> None:
    pytest.importorskip("shtab")


def completed(line: str) -> list[str]:
    """What bash offers for the last word of a line; words are cut at colons, as bash cuts them."""
    words = [part for word in line.split(" ") for part in word.replace(":", " : ").split(" ") if part or not word]
    given = " ".join(f"'{word}'" for word in words)
    asked = (
        f"COMP_WORDS=({given}); COMP_CWORD={len(words) - 1}; _chinwag_whole_words; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(
        ["bash", "--norc"], input=f"{script('bash')}\n{STANDIN}{asked}\n", capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@needs("bash")
@pytest.mark.usefixtures("shtab")
def test_bash_completes_commands_options_choices_and_what_is_asked_for(tmp_path: Path) -> None:
    assert {"models", "export", "completion"} <= set(completed("chinwag "))
    assert completed("chinwag models ") == ["add", "pull", "rm"]
    assert completed("chinwag --sch") == ["--schema"]
    assert completed("chinwag export -f h") == ["html"]
    assert completed("chinwag export ") == ["last"]
    assert completed("chinwag -m local:") == ["small", "large"] and completed("chinwag -m local:s") == ["small"]
    assert completed("chinwag models rm l") == ["local:small", "local:large"]
    (tmp_path / "bill.pdf").touch()
    assert completed(f"chinwag -a {tmp_path}/b") == [f"{tmp_path}/bill.pdf"]


@needs("bash")
@pytest.mark.usefixtures("shtab")
def test_bash_runs_nothing_that_stands_in_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    offered = completed("chinwag -t no")
    assert offered and not (tmp_path / "run").exists()
    words = subprocess.run(["bash", "-c", f"printf '%s\\n' {' '.join(offered)}"], capture_output=True, text=True)
    assert words.stdout.splitlines() == [f"note$(touch {tmp_path}/run)", "note `touch run`; touch run"]
    assert not (tmp_path / "run").exists()


@needs("fish")
@pytest.mark.usefixtures("shtab")
def test_fish_completes_with_words_about_it(tmp_path: Path) -> None:
    file = tmp_path / "chinwag.fish"
    file.write_text(script("fish"))
    asked = f"source {file}; function chinwag; printf 'last\\tthe newest\\n'; end; complete -C 'chinwag export '"
    done = subprocess.run(["fish", "--no-config", "-c", asked], capture_output=True, text=True, check=True)
    assert "last\tthe newest" in done.stdout


@needs("zsh")
@pytest.mark.usefixtures("shtab")
def test_zsh_can_read_its_script(tmp_path: Path) -> None:
    file = tmp_path / "_chinwag"
    file.write_text(script("zsh"))
    subprocess.run(["zsh", "-n", str(file)], check=True)


def test_values_are_what_there_is_with_words_about_it(chinwag: Chinwag) -> None:
    chinwag("-p", "-m", "test:test", "A chat about pelicans")
    (config_dir() / "prompts").mkdir(parents=True)
    (config_dir() / "prompts" / "review.md").write_text("Review {{lang}}")
    (config_dir() / "config.toml").write_text('[mcp.files]\ncommand = "files"\n')
    assert chinwag("tag", "last", "+birds").code == 0
    listed = {kind: chinwag("completion", "--list", kind).out.splitlines() for kind in VALUES}
    assert listed["chats"][0] == "last\tthe newest" and listed["chats"][1].endswith("\tA chat about pelicans")
    assert listed["tags"] == ["birds\t1 chat"]
    assert "demo:guide\tChinwag" in listed["models"]
    assert listed["prompts"] == ["review\tReview {{lang}}"] and listed["servers"] == ["files\t"]
    assert chinwag("export", listed["chats"][1].split("\t")[0], "-o", "-").code == 0


def test_without_the_package_one_line_says_how_to_get_it(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    ran = chinwag("completion", "bash")
    assert ran.code == 2 and "pip install 'chinwag[completion]'" in ran.err
    assert chinwag("completion").code == 2
