"""How the list above the composer looks: commands, an argument, files with hostile names; dark and light, and small."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.app import App

from tests.snapshot.test_the_app import Models, seed, shown
from tests.support.app import burst, running
from tests.unit.chat.test_folder_scan import tree
from tui.app.widgets.completion import CompletionRows
from tui.config import State

Picture = Callable[[App[None]], Awaitable[bool]]
DARK, LIGHT = "chinwag-dark", "chinwag-light"


@pytest.mark.parametrize(
    ("size", "theme", "typed", "down"),
    [
        ((120, 40), DARK, "/", 2), ((80, 24), LIGHT, "/", 0), ((40, 12), DARK, "/th", 0),
        ((120, 40), LIGHT, "/model o", 1), ((80, 24), DARK, "see @", 1), ((120, 40), LIGHT, "see @ma", 0),
        ((120, 40), "chinwag-ansi", "/mo", 0),
    ],
    ids=["commands", "commands-small", "commands-tiny", "models", "files-small", "files", "commands-ansi"],
)  # fmt: skip
async def test_the_list(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    picture: Picture,
    size: tuple[int, int],
    theme: str,
    typed: str,
    down: int,
) -> None:
    work = tree(
        tmp_path / "work", "src/main.py", "src/chat/main_screen.py", "README.md", "[b]old\x1b[2J\u202e.md", "docs/"
    )
    monkeypatch.chdir(work)
    chat = await seed(tmp_path)
    async with running(tmp_path, size=size, catalog=Models({}), state=State(theme=theme), conversation=chat) as here:
        await shown(here)
        await burst(here, [*typed, *["down"] * down])
        await here.until(lambda: here.composer.area._list_timer is None and here.app.chat.query(CompletionRows), "it")
        rows = here.app.chat.query_one(CompletionRows)
        await here.until(lambda: rows.cursor == down, "the mark")
        if not here.composer.text.startswith("/"):  # of a command nothing is sent
            await here.until(lambda: here.composer.foot.estimate is not None, "the estimate")
        await here.settled()
        assert await picture(here.app)
