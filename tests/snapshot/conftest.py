"""SVG pictures of the screen: compared cell by cell, drawn with a frozen clock, in one time zone."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, tzinfo
from decimal import Decimal
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App
from textual.widgets import Input, TextArea

from tests.support.library import NOON
from tests.support.rounds import part_of
from tests.support.waiting import wait_until_at_rest
from tui.app.themed import ThemedApp
from tui.app.transcript import from_messages
from tui.app.widgets import chat_list
from tui.app.widgets.composer import Composer
from tui.chat.library import Library

wait_until_at_rest()
_LOOKS = 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The suite draws every third picture, `.ci/run` all of them."""
    pictures = [item for item in items if item.path.parent == Path(__file__).parent]
    for item in set(pictures).difference(part_of(pictures, 1)):
        item.add_marker("apart")


class Svg(SingleFileSnapshotExtension):
    """One `.svg` file per picture."""

    _write_mode = WriteMode.TEXT
    file_extension = "svg"


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> Callable[[App[None]], Awaitable[bool]]:
    """Compare the screen, once it changes no more, with its picture; `pytest --snapshot-update` takes a new one."""

    async def same(app: App[None]) -> bool:
        svg, same_looks = "", 0  # one alone may be before a layout that a busy machine has not come to
        while same_looks < _LOOKS:
            # As a whole: strips of a dialog alone are made, and kept, without what lies below it.
            now = re.sub(r"terminal-\d+", "terminal", app.export_screenshot(title="chinwag", simplify=True))
            svg, same_looks = now, same_looks + 1 if now == svg else 0
            await asyncio.sleep(0.05)
        return bool(svg == snapshot(extension_class=Svg))

    return same


class Noon(datetime):
    """The moment of all pictures."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # as loose as the original
        return NOON.astimezone(tz)


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    async def spent(library: Library) -> Decimal:
        return Decimal("1.42")

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(chat_list, "datetime", Noon)
    monkeypatch.setattr(from_messages, "datetime", Noon)
    monkeypatch.setattr(Library, "spent_today", spent)
    monkeypatch.setattr(Composer, "estimate_soon", Composer._estimate)
    monkeypatch.setattr(TextArea, "cursor_blink", False)
    monkeypatch.setattr(Input, "cursor_blink", False)
    monkeypatch.setattr(ThemedApp, "_steady", lambda *_: None)  # it would have the field with the focus blink again
