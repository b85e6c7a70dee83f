"""Prompts of the library from the shell: what scripts ask with them, and what they are told when it cannot be."""

import json
from pathlib import Path

import pytest

from tests.support.shell import Chinwag
from tui.paths import config_dir


def keep(name: str, text: str) -> Path:
    path = config_dir() / "prompts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def exported(chinwag: Chinwag) -> str:
    return json.dumps(json.loads(chinwag("export", "last", "-f", "json", "-o", "-").out))


def test_a_prompt_is_filled_with_values_words_and_what_is_piped_in(chinwag: Chinwag) -> None:
    keep("review.md", "---\nmodel: test:test\ntemperature: 0.2\n---\nFor {{reader}}, {{tone=kind|strict}}: {{input}}")
    done = chinwag("-p", "--prompt", "review", "-v", "reader=me", "-v", "tone=strict", "This:", piped="a diff\n")
    assert done.code == 0
    assert "For me, strict: This:\\n\\n```\\na diff\\n```" in exported(chinwag)
    assert "0.2" in exported(chinwag)


def test_a_system_prompt_of_the_library_is_the_conversations(chinwag: Chinwag) -> None:
    keep("system/terse.md", "Be terse with {{who=me}}.")
    assert chinwag("-p", "-m", "test:test", "--system", "terse", "-v", "who=Bob", "hello").code == 0
    assert "Be terse with Bob." in exported(chinwag)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--prompt", "review"), "needs a value for reader"),
        (("--prompt", "reviw"), 'Did you mean "review"?'),
        (("--prompt", "review", "-v", "reader"), "gives no value"),
        (("--prompt", "review", "-v", "writer=x"), "Variables: reader"),
        (("--prompt", "broken"), "broken.md:1"),
        (("-v", "a=b"), "Variables: none"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_asked(
    chinwag: Chinwag, arguments: tuple[str, ...], words: str
) -> None:
    keep("review.md", "For {{reader}}.")
    keep("broken.md", "---\nx")
    done = chinwag("-p", "-m", "test:test", *arguments, "hello")
    assert done.code == 2 and words in done.err and done.out == ""
    assert chinwag("chats").out == ""


def test_a_prompt_of_the_folder_has_to_be_agreed_to(
    chinwag: Chinwag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "project" / ".chinwag" / "prompts"
    folder.mkdir(parents=True)
    (folder / "theirs.md").write_text("Theirs.")
    monkeypatch.chdir(tmp_path / "project")
    ask = ("-p", "-m", "test:test", "--prompt", "theirs")
    assert "chinwag prompts trust theirs" in chinwag(*ask).err
    assert chinwag("prompts", "trust", "theirs").out == "Theirs.\n"
    assert chinwag(*ask).code == 0
    (folder / "theirs.md").write_text("Theirs, and more.")
    assert chinwag(*ask).code == 2


def test_listing_and_showing_draw_hostile_files_literally(chinwag: Chinwag) -> None:
    keep("evil.md", "---\ndescription: a\u202eb\n---\nclear \x1b[2J screen")
    keep("bad\x1b[31m.md", "x")
    done = chinwag("prompts")
    assert "\x1b" not in done.out + done.err and "evil" in done.out
    assert "\x1b" not in chinwag("prompts", "show", "evil").out


def test_importing_says_what_it_writes_and_writes_over_nothing(chinwag: Chinwag, tmp_path: Path) -> None:
    for name in ("sum", "list"):
        (tmp_path / "fabric" / name).mkdir(parents=True)
        (tmp_path / "fabric" / name / "system.md").write_text(f"Do {name}.")
    folder = str(tmp_path / "fabric")
    assert "2 prompts would be written" in chinwag("prompts", "import", folder, "--dry-run").err
    assert not (config_dir() / "prompts").exists()
    assert chinwag("prompts", "import", folder).out == "list · system\nsum · system\n"
    mine = keep("system/sum.md", "Mine.")
    assert chinwag("prompts", "import", folder).code == 1 and mine.read_text() == "Mine."
    assert chinwag("prompts", "import", folder, "--replace").code == 0 and mine.read_text() == "Do sum."
