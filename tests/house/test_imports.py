"""What a cold start may load, and what no room may know: speed at launch and layers that hold."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
TUI = ROOT / "tui"


def modules_after(code: str) -> set[str]:
    """Packages and modules of ours in `sys.modules` of a fresh interpreter after `code`."""
    names = "name if name.startswith('tui.') else name.partition('.')[0]"
    loaded = f"{{{names} for name, module in sys.modules.items() if module}}"  # one that is barred stands there as None
    program = f"{code}\nimport json, sys; print(json.dumps(sorted({loaded})))"
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


def test_http_comes_without_its_command_line_even_where_click_is_installed() -> None:
    """Lost else: 2.7 MB, and half as long again, for everybody who has an extra that brings click."""
    assert find_spec("click")
    loaded = modules_after("import tui.agent.wire.client")
    assert "httpx" in loaded and not {"click", "pygments"} & loaded


def test_tool_servers_load_their_sdk_with_the_first_one_that_starts() -> None:
    assert not {"mcp", "mcp_types", "anyio", "httpx2", "pydantic"} & modules_after("import tui.mcp.servers")


BEHIND_THE_FRAME = {
    "tui.agent.agent", "tui.agent.messages", "tui.agent.providers.provider", "tui.chat.attachments",
    "tui.chat.replies.events", "tui.chat.replies.switching", "tui.chat.replies.turn", "tui.chat.stored_parts",
    "tui.commands.arguments", "tui.mcp.secrets", "tui.mcp.server", "tui.store.salvage",
    "tui.app.chat.action_runner", "tui.app.chat.actions", "tui.app.chat.chat_commands", "tui.app.chat.comparing",
    "tui.app.chat.reply_events", "tui.app.chat.sender", "tui.app.chat.tool_answers", "tui.app.completion",
    "tui.app.dialogs", "tui.app.first_run", "tui.app.transcript.markdown", "tui.app.transcript.message_rows",
    "tui.app.widgets.inspector", "tui.app.widgets.notices", "tui.app.widgets.question_card",
    "tui.app.widgets.queue_panel", "tui.app.widgets.settings_pane", "tui.app.widgets.usage_pane",
    "tui.formats.readers", "tui.mcp.hooks", "tui.mcp.servers", "tui.sync", "hashlib", "secrets",
}  # fmt: skip
"""What begins with a prompt, a command, a file, a server or a fault: each of them brings a dozen modules."""

MODULES_OF_OURS = 250
"""How many a first frame may load; each costs some half a millisecond. What it does not draw is loaded on first use."""


def test_the_first_frame_of_an_empty_chat_loads_only_what_it_draws(_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "support" / "first_frame.py")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "textual" in loaded
    assert (
        not {"httpx", "pydantic", "pygments", "markdown_it", "genai_prices", "griffe", "tomli_w", "mcp", "psycopg"}
        & loaded
    )
    assert not BEHIND_THE_FRAME & loaded
    assert sum(name.startswith("tui.") for name in loaded) <= MODULES_OF_OURS


def test_an_empty_chat_loads_nothing_that_draws_messages() -> None:
    """Lost else: 30 ms of the loop right behind the first frame, and a megabyte of a window that nobody types in."""
    code = "from tui.app.transcript.layout import TranscriptLayout\nTranscriptLayout().load([])"
    assert "tui.app.transcript.message_rows" not in modules_after(code)


def test_the_warm_up_brings_the_engine_and_knows_no_module_that_is_gone() -> None:
    """Lost else: a first prompt that is slow, and nothing that says why, as a missing module is passed over."""
    code = """
from importlib.util import find_spec
from tui.app.warmup import MODULES, WarmUp
assert all(find_spec(name.partition(":")[0]) for name in MODULES)
WarmUp()._import()
from tui.agent.messages import ModelMessagesTypeAdapter
assert ModelMessagesTypeAdapter.pydantic_complete
"""
    assert {"tui.agent.agent", "tui.chat.replies.turn", "httpx", "markdown_it"} <= modules_after(code)


def test_what_a_reply_cost_does_not_load_the_table_of_prices() -> None:
    """Lost else: each chat with an answer stands still at a start, for a price that is not known yet."""
    code = """
from datetime import UTC, datetime
from tui.chat.catalog.prices import Prices, Seller
from tui.chat.usage import StoredUsage
seller = Seller("openai")
assert Prices().price(seller, "gpt-5", StoredUsage(input=1, output=1), datetime.now(UTC)) is None
assert Prices().look_up(seller, "gpt-5") is None
"""
    assert "genai_prices" not in modules_after(code)


def python_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


COLOURS = {"black", "white", "red", "green", "blue", "yellow", "cyan", "magenta", "gray", "grey", "orange", "purple"}


def test_colours_come_from_the_theme_alone() -> None:
    import re

    for path in (*python_files(TUI / "app"), *(TUI / "app").rglob("*.tcss")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"#[0-9a-fA-F]{6}\b", text.replace("#RRGGBB", "").replace("#E8804C", "")), path
        for match in re.finditer(r"(?:color|background|border[a-z-]*|tint):\s*([^;\n\"']+)", text):
            for word in re.findall(r"(?<![\w$-])[a-z]+(?![\w-])", match[1]):
                assert word not in COLOURS, f"{path.name}: {match[0]}"
