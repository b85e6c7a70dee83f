"""What is seen at which size: nothing is squeezed, and what has no room is one key away."""

import asyncio
from pathlib import Path

import pytest

from tests.support.app import running
from tests.support.scripted import ScriptedModel
from tui.app.chat.panes import Panes, composer_rows
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.palette import CommandPalette
from tui.app.widgets.footer import Footer
from tui.config import State, load_state


@pytest.mark.parametrize(
    ("size", "chats", "inspector", "header", "footer"),
    [
        ((200, 50), True, True, True, True),
        ((120, 40), True, False, True, True),
        ((80, 24), False, False, True, True),
        ((80, 19), False, False, True, False),
        ((80, 13), False, False, False, False),
        ((59, 24), False, False, True, True),
        ((40, 12), False, False, False, False),
    ],
)
async def test_panes_come_and_go_with_the_size(
    tmp_path: Path, size: tuple[int, int], chats: bool, inspector: bool, header: bool, footer: bool
) -> None:
    async with running(tmp_path, size=size) as here:
        chat = here.app.chat
        assert chat.layout_view.chat_list.display is chats
        assert chat.layout_view.inspector.display is inspector
        assert chat.layout_view.header.display is header
        assert ("F1 help" in here.screen().splitlines()[-1]) is footer
        assert chat.layout_view.transcript.size.height >= 6
        assert chat.layout_view.composer.display


async def test_a_terminal_that_is_too_small_says_so_and_the_answer_goes_on(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with running(tmp_path, ScriptedModel(["Hello ", gate, "again"])) as here:
        await here.send("Hi")
        await here.until(lambda: "Hello" in here.screen(), "the first word")
        await here.pilot.resize_terminal(30, 6)
        await here.until(lambda: "needs 40 × 8" in " ".join(here.screen().split()), "the words")
        gate.set()
        await here.settled()
        await here.pilot.resize_terminal(120, 40)
        await here.until(lambda: "Hello again" in here.screen(), "the answer")


async def test_at_80_columns_the_list_slides_over_and_escape_takes_it_away(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        await here.ask("Hi")
        width = here.transcript.size.width
        await here.pilot.press("ctrl+s")
        await here.until(lambda: here.app.focused is here.app.chat.layout_view.chat_list.rows, "the list")
        assert "filter chats" in here.screen()
        assert here.transcript.size.width == width, "the text is not wrapped again"
        await here.pilot.press("escape")
        await here.until(lambda: here.app.focused is here.composer.area, "the composer")
        assert "filter chats" not in here.screen()


async def test_at_120_columns_the_settings_slide_over(tmp_path: Path) -> None:
    async with running(tmp_path, size=(120, 40)) as here:
        width = here.transcript.size.width
        await here.pilot.press("f4")
        await here.until(
            lambda: here.app.focused is here.app.chat.layout_view.inspector.settings_pane.rows, "the settings"
        )
        assert here.transcript.size.width == width
        await here.pilot.press("f4")
        await here.until(lambda: not here.app.chat.layout_view.inspector.display, "no settings")
        assert here.app.focused is here.composer.area


async def test_what_was_pinned_is_remembered(tmp_path: Path) -> None:
    async with running(tmp_path, size=(200, 50)) as here:
        await here.pilot.press("ctrl+b", "f4", "f4")
        await here.until(lambda: not here.app.chat.layout_view.chat_list.display, "no list")
        await here.until(lambda: not here.app.chat.layout_view.inspector.display, "no inspector")
    state = load_state()
    assert (state.show_history, state.show_inspector) == (False, False)
    async with running(tmp_path, size=(200, 50), state=State(last_model="fake:one", show_history=False)) as again:
        assert not again.app.chat.layout_view.chat_list.display and again.app.chat.layout_view.inspector.display


async def test_the_edge_of_the_list_can_be_dragged_and_stays_there(tmp_path: Path) -> None:
    async with running(tmp_path, size=(120, 40)) as here:
        history = here.app.chat.layout_view.chat_list
        await here.pilot.mouse_down(history, offset=(27, 20))
        await here.pilot.hover(here.app.chat, offset=(39, 20))
        await here.pilot.mouse_up(here.app.chat, offset=(39, 20))
        await here.pilot.pause()
        assert history.size.width == 40
        assert load_state().history_width == 40


def test_the_panes_are_decided_by_width_and_by_what_was_pinned() -> None:
    panes = Panes(width=120)
    assert panes.list_shown and not panes.inspector_shown
    panes.show_inspector(True)
    assert panes.inspector_shown and panes.over
    panes.slide_back()
    assert not panes.inspector_shown
    panes.show_list(False)
    panes.width = 80
    panes.show_list(True)
    assert panes.list_shown
    panes.width = 120
    assert not panes.list_shown, "what was pinned where there is room holds there"


@pytest.mark.parametrize(("height", "rows"), [(8, (1, 1)), (13, (1, 6)), (24, (1, 12)), (40, (2, 12)), (50, (3, 12))])
def test_the_composer_leaves_six_rows_to_the_messages(height: int, rows: tuple[int, int]) -> None:
    assert composer_rows(height) == rows


async def test_a_click_on_a_key_of_the_footer_does_what_the_key_does(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        footer = here.app.screen.query_one(Footer)
        for words, opened in (("^L model", ModelSwitcher), ("^P menu", CommandPalette)):
            column = here.text_of(footer).index(words)
            await here.pilot.click(footer, offset=(column + 1, 0))
            await here.until(lambda kind=opened: isinstance(here.app.screen, kind), words)  # type: ignore[misc]
            await here.pilot.press("escape")
            await here.until(lambda: here.app.screen is here.app.chat, "the chat")
