"""What a cold start may load, and what no room may know: speed at launch and layers that hold."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUI = ROOT / "tui"


def modules_after(code: str) -> set[str]:
    """Top-level names in `sys.modules` of a fresh interpreter after `code`."""
    program = f"{code}\nimport json, sys; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout.splitlines()[-1]))


HEAVY = {"textual", "pydantic", "httpx", "sqlite3", "markdown_it", "pygments", "genai_prices", "griffe", "psycopg"}


def test_the_command_line_loads_nothing_heavy() -> None:
    assert not HEAVY & modules_after("import tui.cli")


def test_no_command_loads_anything_heavy_before_it_runs() -> None:
    loading = "from tui.commands import ASK, COMMANDS\nfor command in (ASK, *COMMANDS.values()): command.load().run"
    assert not HEAVY & modules_after(f"{loading}\nimport tui.commands.answer")


def test_the_version_is_told_without_a_toolkit() -> None:
    code = """
import contextlib, tui.cli
with contextlib.suppress(SystemExit):
    tui.cli.main(["--version"])
"""
    assert not {"textual", "pydantic", "httpx"} & modules_after(code)


def test_the_engine_loads_without_http_or_docstring_parser() -> None:
    assert not {"httpx", "griffe", "textual", "rich", "sqlite3"} & modules_after("import tui.agent")


def test_tool_servers_load_their_sdk_with_the_first_one_that_starts() -> None:
    assert not {"mcp", "mcp_types", "anyio", "httpx2", "pydantic"} & modules_after("import tui.mcp.servers")


BEHIND_THE_FRAME = {
    "tui.agent.agent", "tui.agent.messages", "tui.chat.attachments", "tui.chat.replies.switching",
    "tui.chat.replies.turn", "tui.mcp.server", "tui.store.salvage",
}  # fmt: skip
"""What begins with a prompt, a file, a server or a fault: each of them brings a dozen modules."""


def test_the_first_frame_of_an_empty_chat_loads_only_what_it_draws(_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "support" / "first_frame.py")],
        capture_output=True, text=True, check=True, timeout=60, env=dict(os.environ),
    )  # fmt: skip
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "textual" in loaded
    assert (
        not {"httpx", "pydantic", "pygments", "markdown_it", "genai_prices", "griffe", "tomli_w", "mcp", "psycopg"}
        & loaded
    )
    assert not BEHIND_THE_FRAME & loaded


def python_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


COLOURS = {"black", "white", "red", "green", "blue", "yellow", "cyan", "magenta", "gray", "grey", "orange", "purple"}


@pytest.mark.parametrize(
    "path", [*python_files(TUI / "app"), *sorted((TUI / "app").rglob("*.tcss"))], ids=lambda p: str(p.relative_to(TUI))
)
def test_colours_come_from_the_theme_alone(path: Path) -> None:
    import re

    text = path.read_text(encoding="utf-8")
    assert not re.search(r"#[0-9a-fA-F]{6}\b", text.replace("#RRGGBB", "").replace("#E8804C", "")), path
    for match in re.finditer(r"(?:color|background|border[a-z-]*|tint):\s*([^;\n\"']+)", text):
        for word in re.findall(r"(?<![\w$-])[a-z]+(?![\w-])", match[1]):
            assert word not in COLOURS, f"{path.name}: {match[0]}"
