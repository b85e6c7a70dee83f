"""Years of chats are not written because a path was typed: first it is shown what would come."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.app import running
from tests.support.foreign_chats import simple_chatgpt, write
from tests.support.stage import on_stage
from tui.app.dialogs.imports import ImportDialog
from tui.app.widgets.field import Field
from tui.chat.importing import ImportReport, Progress


async def test_an_import_is_shown_before_it_is_made_and_the_chats_are_there_after_it(tmp_path: Path) -> None:
    value = [simple_chatgpt("[b]one"), simple_chatgpt("two"), {"mapping": "broken"}]
    export = write(tmp_path / "export.json", value)
    async with running(tmp_path, size=(120, 40)) as here:
        await here.send("/import nowhere.zip ")
        await here.until(lambda: isinstance(here.app.screen, ImportDialog), "the dialog")
        await here.until(lambda: "does not exist" in here.screen(), "the reason")
        await here.pilot.press("ctrl+u")
        await here.type(str(export))
        await here.pilot.press("enter")
        await here.until(lambda: "2 new; 4 messages to import" in here.screen(), "what there is")
        assert "export.json: 1 item left out" in here.screen()
        assert not await here.library.conversations()
        await here.pilot.press("enter")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        await here.until(lambda: "Chat [b]one" in here.screen(), "the list")
        assert "4 messages imported into 2 chats" in here.screen()
        await here.send("/import")
        await here.until(lambda: isinstance(here.app.screen, ImportDialog), "the dialog")
        await here.type(str(export))
        await here.pilot.press("enter")
        await here.until(lambda: "2 already here; 0 messages to import" in here.screen(), "that they are here")
        await here.pilot.press("enter", "escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert len(await here.library.conversations()) == 2
        # A path that is completed behind the command is looked at, and not attached.
        other = write(tmp_path / "more chats" / "other.json", [simple_chatgpt("three"), simple_chatgpt("two")])
        await here.type(f"/import {tmp_path}/more chats/oth")
        await here.until(lambda: "other.json" in here.screen(), "the file")
        await here.pilot.press("enter")
        await here.until(lambda: "1 new, 1 already here; 2 messages to import" in here.screen(), "what is new")
        await here.pilot.press("ctrl+u")
        await here.type(f"{tmp_path}/more")
        field = here.app.screen.query_one(Field)
        await here.until(lambda: field._suggestion.endswith("more chats/"), "the rest of the path")
        await here.pilot.press("tab")
        assert field.value == f"{other.parent}/"
        await here.pilot.press("ctrl+u")
        await here.type(f"'{other}' {export}")
        await here.pilot.press("enter")
        await here.until(lambda: "1 new, 3 already here; 2 messages to import" in here.screen(), "both files")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert len(await here.library.conversations()) == 3
        await here.until(lambda: here.app.chat.title == "Chat three", "the one chat that is new")
        write(other, [simple_chatgpt("three", "Why?", "Because.", "And now?", "Now it has grown.")])
        await here.send(f"/import {other} ")
        await here.until(lambda: "1 with more in them; 2 messages to import" in here.screen(), "what is new")
        await here.pilot.press("enter")
        await here.until(lambda: "Now it has grown." in here.screen(), "the chat that is shown, anew")


async def test_impatience_does_not_begin_a_long_look_anew(tmp_path: Path) -> None:
    looks, go_on = asyncio.Queue[Sequence[Path]](), asyncio.Event()

    async def plan(paths: Sequence[Path], progress: Progress, cancelled: Callable[[], bool]) -> ImportReport:
        looks.put_nowait(paths)
        await go_on.wait()
        return ImportReport()

    async with on_stage() as stage:
        await stage.app.push_screen(ImportDialog(plan, plan, str(tmp_path)))
        assert await looks.get() == (tmp_path,)
        await stage.pilot.press("enter", "enter")
        go_on.set()
        await stage.app.workers.wait_for_complete()
        assert looks.empty()
        await stage.pilot.press("enter")  # there may be something by now
        assert await looks.get() == (tmp_path,)
