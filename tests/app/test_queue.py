"""The prompts that wait: seen above the composer, put in order, written further, dropped, sent now, held by a stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.geometry import Offset

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.widgets.queue_panel import QueuePanel
from tui.chat.prompt import Prompt, PromptAttachment

IMAGE = PromptAttachment("a.png", "image/png", b"pixels")


@asynccontextmanager
async def waiting(
    home: Path, *texts: str, size: tuple[int, int] = (80, 24), model: ScriptedModel | None = None
) -> AsyncIterator[Running]:
    """An app in which a reply streams that never ends, and prompts wait behind it."""
    model = model or ScriptedModel(["Half", asyncio.Event()], ["Done."])
    async with running(home, model, ScriptedModel(["Two."]), size=size) as here:
        await here.send("Go")
        await here.until(lambda: "Half" in here.screen(), "the half")
        for text in texts:
            await here.send(text)
        await here.until(lambda: texts_of(here) == list(texts), "the queue")
        await here.until(lambda: f"{len(texts)} queued" in here.screen(), "the panel")
        yield here


def panel(here: Running) -> QueuePanel:
    return here.app.chat.layout_view.queue_panel


def texts_of(here: Running) -> list[str]:
    return [queued.prompt.text for queued in here.replies.queue.of(here.app.chat.presenter.id)]


async def prompts(here: Running) -> list[str]:
    return [message.text for message in await here.messages() if message.kind == "prompt"]


async def test_three_can_be_seen_and_how_many_more_there_are(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one", "two", "three", "four", "five") as here:
        rows = here.text_of(panel(here)).splitlines()
        assert len(rows) == 3 and "5 queued  one" in rows[0] and "two" in rows[1]
        assert "three" in rows[2] and "+2 more" in rows[2] and "alt+q" in rows[0]
        await here.pilot.press("alt+q", "end")
        rows = here.text_of(panel(here)).splitlines()
        assert "three" in rows[0] and "five" in rows[2] and "more" not in "".join(rows)
        await here.pilot.press("home")
        await here.pilot.resize_terminal(60, 12)
        assert panel(here).size.height == 1 and "+4 more" not in here.text_of(panel(here)), "on a low screen"


async def test_after_a_stop_it_is_held_and_enter_in_an_empty_composer_sends_it_behind_what_was_written_first(
    tmp_path: Path,
) -> None:
    async with waiting(tmp_path, "one", "two") as here:
        await here.pilot.press("escape")
        await here.settled()
        await here.until(lambda: "↵ send · alt+q change" in here.screen(), "what can be done")
        assert texts_of(here) == ["one", "two"] and here.composer.text == ""
        await here.ask("no, this")
        assert await prompts(here) == ["Go", "no, this"] and texts_of(here) == ["one", "two"]
        assert "↵ send" in here.screen(), "it stays held"
        await here.pilot.press("enter")
        await here.until(lambda: len(here.app.chat.presenter.prompts) == 4, "all prompts")
        await here.settled()
        assert await prompts(here) == ["Go", "no, this", "one", "two"]
        assert not panel(here).display


async def test_escape_drops_nothing_and_what_a_key_of_its_own_drops_comes_back(tmp_path: Path) -> None:
    model = ScriptedModel(["Half", asyncio.Event()])
    async with waiting(tmp_path, "one", "two", model=model) as here:
        await here.pilot.press("escape")
        await here.until(lambda: "↵ send" in here.screen(), "the hold")
        await here.pilot.press("escape", "escape", "escape")
        assert texts_of(here) == ["one", "two"], "nobody who presses escape too often loses what they wrote"
        await here.pilot.press("alt+q", "D")
        await here.until(lambda: not panel(here).display, "no queue")
        assert "2 queued prompts dropped" in here.screen()
        assert here.app.focused is here.composer.area
        await here.send("/restore-queued")
        await here.until(lambda: texts_of(here) == ["one", "two"], "the queue again")
        await here.until(lambda: "Brought back" in here.screen(), "what was done")
        assert "dropped" not in here.screen(), "what is offered was done"
        await here.until(lambda: "↵ send" in here.screen(), "the hold")
        assert len(model.asked) == 1


async def test_a_prompt_goes_back_into_the_composer_above_what_is_written_there(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one", "two") as here:
        here.composer.prompt = Prompt("three", (IMAGE,))
        await here.pilot.press("enter")
        await here.until(lambda: "1 file" in here.text_of(panel(here)), "its file")
        await here.type("draft")
        await here.pilot.press("alt+q", "j", "j", "enter")
        assert here.composer.prompt == Prompt("three\ndraft", (IMAGE,))
        assert here.app.focused is here.composer.area and texts_of(here) == ["one", "two"]


async def test_keys_put_it_in_order_drop_one_and_bring_it_back(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one", "two", "three") as here:
        await here.pilot.press("alt+q", "alt+down")
        assert texts_of(here) == ["two", "one", "three"]
        await here.pilot.press("J", "J", "down")
        assert texts_of(here) == ["two", "three", "one"]
        await here.pilot.press("K", "K", "alt+up")
        assert texts_of(here) == ["one", "two", "three"]
        assert here.app.focused is panel(here)
        await here.pilot.press("d")
        await here.until(lambda: texts_of(here) == ["two", "three"], "one less")
        await here.until(lambda: "1 queued prompt dropped" in here.screen(), "the toast")
        await here.until(lambda: "2 queued  two" in here.screen(), "the panel, not below the toast")
        await here.pilot.press("u")
        assert texts_of(here) == ["two", "three", "one"]
        await here.pilot.press("d", "d", "d")
        await here.until(lambda: not panel(here).display, "no panel")
        assert here.composer.area.has_focus, "the keys go on somewhere"


async def test_send_now_stops_the_reply_and_the_others_follow(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one", "two") as here:
        await here.pilot.press("alt+q", "down", "s")
        await here.until(lambda: len(here.app.chat.presenter.prompts) == 3, "all prompts")
        await here.settled()
        assert await prompts(here) == ["Go", "two", "one"]
        assert [message.state for message in await here.messages()][1] == "interrupted"


async def test_the_menu_and_the_mouse_do_it_too(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one", "two", "three") as here:
        region = panel(here).region
        await here.pilot.click(offset=Offset(region.right - 3, region.y))
        await here.until(lambda: texts_of(here) == ["two", "three"], "the cross drops it")
        await here.until(lambda: panel(here).region.height == 2, "the layout")
        second = Offset(region.x + 16, panel(here).region.y + 1)
        await here.pilot.click(offset=second)
        three = here.replies.queue.of(here.app.chat.presenter.id)[1].id
        await here.until(lambda: here.app.focused is panel(here) and panel(here).key == three, "the row")
        assert texts_of(here) == ["two", "three"]
        await here.app._run_command("queue.raise_queued")
        assert texts_of(here) == ["three", "two"]
        await here.pilot.double_click(offset=Offset(second.x, panel(here).region.y))
        await here.until(lambda: here.composer.text == "three", "the words")
        await here.pilot.press("escape")
        await here.settled()
        await here.app._run_command("chat.release_queue")
        await here.until(lambda: texts_of(here) == [], "it is sent")
        await here.settled()


async def test_a_queue_is_there_and_held_in_the_next_window_and_leaving_asks_only_for_the_reply(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one", "two") as here:
        chat = here.app.chat.presenter.conversation
        await here.pilot.press("ctrl+q")
        assert "queue" not in here.screen().partition("Quit")[2].partition("stay")[0]
        await here.pilot.press("ctrl+q")
        await here.until(lambda: not here.app.is_running, "the end")
    async with running(tmp_path, ScriptedModel(["Now."]), conversation=chat) as again:
        await again.until(lambda: texts_of(again) == ["one", "two"], "the queue")
        await again.until(lambda: "↵ send · alt+q change" in again.screen(), "the hold")
        await again.pilot.press("enter")
        await again.until(lambda: len(again.app.chat.presenter.prompts) == 3, "all prompts")
        await again.settled()
        assert await prompts(again) == ["Go", "one", "two"]


async def test_the_queue_of_a_chat_behind_marks_it_and_waits_there(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one", size=(120, 24)) as here:
        busy = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != busy, "the new chat")
        await here.until(lambda: not panel(here).display, "no panel: nothing waits here")
        here.replies.stop(busy)
        await here.until(lambda: "✎" in here.text_of(here.app.chat.layout_view.chat_list), "the mark")
        here.app.chat.open_chat(busy)
        await here.until(lambda: "1 queued" in here.screen() and "↵ send" in here.screen(), "the panel")


async def test_who_answers_is_named_where_it_is_another_model(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one") as here:
        assert "two" not in here.text_of(panel(here))
        here.app.chat.use_model("fake:two")
        await here.until(lambda: here.app.chat.presenter.model == "fake:two", "the switch")
        await here.send("for the other")
        await here.until(lambda: "2 queued" in here.screen(), "the queue")
        rows = here.text_of(panel(here)).splitlines()
        assert " one  alt+q change" in rows[0] and "two" not in rows[1], "the one that was chosen then"


async def test_any_text_is_one_harmless_line(tmp_path: Path) -> None:
    async with waiting(tmp_path, "plain") as here:
        await here.send("[@click=app.quit]x[/] \x1b]0;pwned\x07")
        await here.send("a\nb\n" * 2000)
        await here.until(lambda: "3 queued" in here.screen(), "the queue")
        assert len(here.text_of(panel(here)).splitlines()) == 3 and "\x1b]0" not in here.screen()
        assert "[@click" in here.screen() and "a b a b" in here.screen()
