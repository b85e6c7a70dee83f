"""Every command line that README, manual, guide and help show is typed by somebody: it has to do what it says there."""

import json
import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.files import pdf
from tests.support.foreign_chats import oterm, simple_chatgpt, zipped
from tests.support.model_server import model_server
from tests.support.shell import Chinwag, Ran
from tests.unit.commands.conftest import chinwag
from tui import cli
from tui.commands import COMMANDS
from tui.commands.help import HELP
from tui.paths import config_dir

__all__ = ["chinwag"]

ROOT = Path(__file__).parents[2]
ONLY_READ = (
    "mcp test", "mcp login", "models pull", "doctor keys", "doctor server", "--tools 'time:*'", "-m local:smollm2-135m",
    "backup -", "chinwag serve", "library copy",
)  # fmt: skip
"""What starts a program, serves, asks another machine or a terminal, or wants a model or files that are not here; it
only has to be understood."""


def shown_in(text: str) -> list[str]:
    """The lines of a page's shell blocks that have a `chinwag` in them."""
    blocks = re.findall(r"(?ms)^```(?:sh|bash)\n(.*?)^```", text)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if re.search(r"(^|\| )chinwag( |$)", line)]


MANUAL = sorted((ROOT / ".github" / "manual").glob("*.md"))
GUIDE = sorted((ROOT / "tui" / "agent" / "models" / "demo_pages").glob("*.md"))
PAGES = {
    "README": shown_in((ROOT / "README.md").read_text(encoding="utf-8")),
    "manual": [line for page in MANUAL for line in shown_in(page.read_text(encoding="utf-8"))],
    "guide": [line for page in GUIDE for line in shown_in(page.read_text(encoding="utf-8"))],
    "help": [typed for page in HELP.values() for typed, _ in page.examples],
}


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chinwag: Chinwag) -> Iterator[None]:
    """A working folder with what the examples name, a model to ask, a chat and a prompt."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GROQ_API_KEY", "gsk-0123456789")
    for folder in ("src", "chats", ".chinwag/prompts"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "bill.pdf").write_bytes(pdf("42 euros"))
    (tmp_path / "main.py").write_text("print()\n")
    (tmp_path / "src" / "main.py").write_text("print()\n")
    (tmp_path / "small.gguf").write_bytes(b"GGUF" + bytes(60))
    for patterns in (tmp_path / "patterns", Path.home() / "fabric" / "patterns"):
        (patterns / "sum").mkdir(parents=True)
        (patterns / "sum" / "system.md").write_text("Sum up.")
    (tmp_path / ".chinwag" / "prompts" / "team.md").write_text("As our team does.")
    elsewhere = [
        Path.home() / name for name in ("Downloads", ".config/io.datasette.llm", ".local/share/parllama/chats")
    ]
    for place in elsewhere:
        place.mkdir(parents=True)
    for export in (tmp_path / "export.zip", elsewhere[0] / "chatgpt-export.zip", elsewhere[0] / "claude-export.zip"):
        zipped(export, {"conversations.json": [simple_chatgpt()]})
    for file in (tmp_path / "chats" / "store.db", elsewhere[1] / "logs.db", elsewhere[2] / "store.db"):
        oterm(file, "Hi", "Hello")
    prompts = config_dir() / "prompts"
    prompts.mkdir(parents=True)
    (prompts / "review.md").write_text("Review this {{lang=C}} for {{reader=me}}: {{input}}")
    with model_server() as address:
        (config_dir() / "config.toml").write_text(
            f'model = "mine:gpt-5.6"\n[providers.mine]\nbase_url = "{address}"\n'
            f'[providers.groq]\nbase_url = "{address}"\n'
            '[aliases]\n"gpt-5.6" = "mine:gpt-5.6"\n"claude-sonnet-5" = "mine:claude-sonnet-5"\n'
        )
        for asked in ("oslo", 'a pelican "on a bike"', "trip to rome"):
            assert chinwag("-p", asked).code == 0
        assert chinwag("import", "export.zip").code == 0  # chats of more than a year ago
        assert chinwag("backup", "FILE").code == 0
        yield


def parts(line: str) -> tuple[list[str], bool, str]:
    """The arguments of a line's `chinwag`, whether something is piped into it, and the file that it reads."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|<>")
    lexer.whitespace_split = True
    words = [*lexer]
    start = words.index("chinwag")
    own = words[start + 1 :]
    end = next((at for at, word in enumerate(own) if word in ("|", ">", "<")), len(own))
    reads = own[own.index("<") + 1] if "<" in own else ""
    return own[:end], start > 0, reads


def opens_the_app(arguments: list[str]) -> bool:
    return cli.split_command(arguments)[1] is None and not {"-p", "--print"} & {*arguments}


def run(line: str, chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> Ran:
    arguments, piped, reads = parts(line)
    only_read = ONLY_READ if find_spec("shtab") else (*ONLY_READ, "chinwag completion")
    if opens_the_app(arguments) or any(mark in line for mark in only_read):
        with monkeypatch.context() as patched:
            patched.setattr(cli, "_run", lambda command, chosen: 0)
            return chinwag(*arguments)
    stands_in = Path(reads).read_text() if reads else "x = 1\n" if piped else ""
    restores = arguments[0] == "restore" and len(arguments) > 1 and "--dry-run" not in arguments
    agreed = ["--yes"] if restores else []  # there is nobody to ask
    return chinwag(*arguments, *agreed, piped=stands_in)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("page", PAGES)
def test_what_is_shown_works(page: str, chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = []
    for line in PAGES[page]:
        for written in Path().glob("chinwag-backup-*"):  # it has the day in its name, and two would be of the same
            written.unlink()
        ran = run(line, chinwag, monkeypatch)
        if ran.code:
            wrong.append(f"{line}\n    {ran.code}: {ran.err.strip()}")
        elif "| jq " in line:
            assert [json.loads(one) for one in ran.out.splitlines()]
    assert not wrong, "\n".join(wrong)


def test_every_command_has_a_page_with_examples_of_its_own() -> None:
    assert HELP.keys() == {"", *COMMANDS}
    for name, page in HELP.items():
        own = [cli.split_command(parts(typed)[0])[1] or "" for typed, _ in page.examples]
        assert name in own, f"chinwag {name} --help shows no example of it"
