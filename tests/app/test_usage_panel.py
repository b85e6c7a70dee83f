"""The usage panel: figures that can be looked up and followed, in a small terminal too, and by mouse."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from sqlite3 import Connection

import pytest

from tests.support.app import Running, running
from tests.support.library import conversation, prompt, reply
from tests.support.protocol_server import Answer, ProtocolServer, sse
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.agent.models.infer import model_of
from tui.agent.providers import Provider, custom_vendor
from tui.agent.usage import Usage
from tui.agent.wire.client import release_client
from tui.app.chat import following
from tui.app.dialogs.export import ExportDialog
from tui.app.dialogs.usage import UsageDialog
from tui.chat import library as library_module
from tui.config import Config, SettingValues, SetValue
from tui.store import conversations
from tui.store.database import Database
from tui.store.records import Message


async def filled(home: Path) -> tuple[Message, Message]:
    """Two chats of today; returns the dear reply, which is not on the branch that is shown, and the cheap one."""
    database = Database(home / "chats.db")
    await database.open()
    now = datetime.now(UTC)
    dear_chat, cheap_chat = conversation("Dear chat"), conversation("Cheap chat")
    asked, other = prompt(dear_chat, "Why?"), prompt(cheap_chat, "How?")
    usage = '{"input": 1000, "cached": 500, "output": 200, "requests": 1}'
    dear = replace(reply(dear_chat, asked, "a dear answer"), price=Decimal("1.24"), usage=usage, created_at=now)
    again = replace(reply(dear_chat, asked, "another answer"), price=Decimal("0.01"), usage=usage, created_at=now)
    cheap = replace(reply(cheap_chat, other, "cheap", model="b:new"), price=None, usage=usage, created_at=now)

    def write(connection: Connection) -> None:
        for chat in (dear_chat, cheap_chat):
            conversations.save_conversation(connection, chat)
        conversations.append(connection, [asked, dear, again, other, cheap])
        conversations.set_active_leaf(connection, dear_chat.id, again.id)
        conversations.set_active_leaf(connection, cheap_chat.id, cheap.id)

    await database.run(write)
    await database.close()
    return dear, cheap


async def panel(here: Running, shown: str) -> str:
    await here.until(lambda: isinstance(here.app.screen, UsageDialog) and shown in here.screen(), f"the panel: {shown}")
    return here.screen()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_was_spent_leads_to_the_reply_that_cost_it(tmp_path: Path, size: tuple[int, int]) -> None:
    dear, _ = await filled(tmp_path)
    async with running(tmp_path, size=size) as here:
        await here.pilot.press("f8")
        screen = await panel(here, "$1.25 + ?")
        assert "This month" in screen and "Dearest replies" in screen and "1 unknown" in screen
        line = next(row for row in screen.splitlines() if "$1.24" in row)
        assert "Dear chat" in line and "gpt-5.6" in line
        await here.pilot.press(*["down"] * 4, "enter")  # past the two models, and the prices
        await here.until(lambda: here.app.chat.presenter.id == dear.conversation_id, "its chat")
        await here.until(lambda: getattr(here.transcript.focused_message, "id", "") == dear.id, "the reply")
        assert "a dear answer" in here.screen() and "another answer" not in here.screen()


async def test_periods_tables_and_narrowing_by_key(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with running(tmp_path) as here:
        await here.send("/usage")
        await panel(here, "$1.25 + ?")
        await here.pilot.press("left", "shift+tab")
        assert "Dear chat" in await panel(here, "Cheap chat")
        await here.pilot.press("shift+tab")
        await panel(here, "(no tag)")
        await here.pilot.press("shift+tab", "down", "enter")
        await panel(here, f"{datetime.now():%B %Y}   ⌫ all")
        await here.pilot.press("backspace", "shift+tab", "down", "enter")
        await panel(here, "openai   ⌫ all")
        await here.pilot.press("backspace")
        await panel(here, "$1.25 + ?")
        await here.pilot.press("shift+tab")
        await panel(here, "Cheap chat")
        await here.pilot.press("tab", "down", "down", "enter")
        await panel(here, "⌫ all")
        await here.until(lambda: "1 unknown" in here.screen() and "$1.24" not in here.screen(), "only those")
        await here.pilot.press("backspace")
        await panel(here, "$1.25 + ?")
        await here.until(lambda: "$1.24" in here.screen(), "all of them")


async def test_a_click_on_a_period_shows_it_and_one_on_a_chat_opens_it(tmp_path: Path) -> None:
    dear, _ = await filled(tmp_path)
    async with running(tmp_path) as here:
        await here.pilot.press("f8")
        screen = await panel(here, "$1.25 + ?")
        dialog = here.app.screen
        assert isinstance(dialog, UsageDialog)
        row = screen.splitlines()[dialog.top.region.y]
        await here.pilot.click(offset=(row.index("This chat") + 2, dialog.top.region.y))
        await panel(here, "Nothing was asked in this time.")
        row = here.screen().splitlines()[dialog.top.region.y]
        await here.pilot.click(offset=(row.index(" All ") + 2, dialog.top.region.y))
        await panel(here, "$1.25 + ?")
        await here.pilot.press("shift+tab")
        rows = (await panel(here, "Cheap chat")).splitlines()
        place = next(number for number, text in enumerate(rows) if "Dear chat" in text)
        await here.pilot.click(offset=(rows[place].index("Dear chat") + 2, place))
        await here.until(lambda: here.app.chat.presenter.id == dear.conversation_id, "its chat")


async def test_prices_are_looked_for_again_and_figures_are_written_to_a_file(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with running(tmp_path) as here:
        await here.pilot.press("f8")
        await panel(here, "$1.25 + ?")
        await here.pilot.press("down", "down", "down", "enter")
        await panel(here, "No price became known. 1 answer of unknown price: b:new.")
        await here.pilot.press("e")
        await here.until(lambda: isinstance(here.app.screen, ExportDialog), "where to")
        await here.pilot.press("ctrl+u")
        await here.type(str(tmp_path / "mine.csv"))
        await here.pilot.press("enter")
        await here.until((tmp_path / "mine.csv").exists, "the file")
        await here.until(lambda: "Exported to" in here.screen(), "the word of it")
    assert "openai:gpt-5.6,2,0,2000" in (tmp_path / "mine.csv").read_text()


async def test_the_meter_and_the_panel_agree_on_a_chat_with_another_branch(tmp_path: Path) -> None:
    dear, _ = await filled(tmp_path)
    async with running(tmp_path) as here:
        here.app.chat.open_chat(dear.conversation_id)
        await here.until(lambda: "another answer" in here.screen(), "the chat")
        assert "chat $1.25" in here.screen()
        await here.pilot.press("f8")
        assert "$1.25" in await panel(here, "2 replies")


async def test_what_a_reply_cost_is_parted_beside_it_and_follows_the_focus(tmp_path: Path) -> None:
    first = Usage(requests=1, request_tokens=100, response_tokens=20, total_tokens=120)
    model = ScriptedModel(["One", first], ["Two"])
    async with running(tmp_path, model, catalog=priced(model), size=(200, 50)) as here:
        await here.ask("Hi")
        pane = here.app.chat.layout_view.inspector.usage_pane
        shown = here.text_of(pane)
        assert "Last reply" in shown and "$0.01" in shown.split("Last reply")[1].splitlines()[0]
        rows = [line.split() for line in shown.splitlines()]
        for row in (["fresh", "in", "100", "$0.01"], ["cached", "—", "—"], ["answer", "20", "$0.002"]):
            assert row in rows
        await here.ask("Again")
        assert "≈" in here.text_of(pane).split("Last reply")[1].splitlines()[0], "nobody has told"
        await here.pilot.press("escape", "k", "k")
        await here.until(lambda: "This reply" in here.text_of(pane), "the focused reply")
        assert "≈" not in here.text_of(pane).split("This reply")[1].splitlines()[0]
        await here.pilot.press("escape")
        await here.until(lambda: "Last reply" in here.text_of(pane), "the last one")


async def test_rate_limits_stand_in_meter_and_pane_until_they_are_over(tmp_path: Path) -> None:
    headers = {
        "x-ratelimit-remaining-requests": "58", "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-tokens": "900", "x-ratelimit-limit-tokens": "40000",
    }  # fmt: skip
    answer = sse({"choices": [{"delta": {"content": "Hello"}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]})
    async with ProtocolServer(Answer(answer, headers=headers)) as server:
        model = model_of(Provider(custom_vendor("acme", server.url, label="Acme"), api_key="sk-canary"), "m")
        catalog = ScriptedCatalog({"fake:one": model}, window=10_000)
        async with running(tmp_path, catalog=catalog, size=(200, 50)) as here:
            await here.ask("Hi")
            layout = here.app.chat.layout_view
            assert "left 58 req ! 900 tok" in here.text_of(layout.meter)
            assert "58 of 60" in here.text_of(layout.inspector) and "Rate limits" in here.text_of(layout.inspector)
            figures = here.app.chat.presenter.figures
            limits = figures.reading.rate_limits
            assert limits is not None
            past = tuple(replace(one, until=datetime.now(UTC)) for one in limits.left)
            figures.reading = replace(figures.reading, rate_limits=replace(limits, left=past))
            here.app.chat.follow()
            await here.until(lambda: "left 58" not in here.screen(), "the end of it")
            assert "Rate limits" not in here.screen()
    await release_client()


async def test_a_title_by_a_model_comes_up_and_is_counted(tmp_path: Path) -> None:
    small = ScriptedModel(["A better title", Usage(requests=1, request_tokens=10, response_tokens=10, total_tokens=20)])
    one = ScriptedModel(["Hello", Usage(requests=1, request_tokens=50, response_tokens=50, total_tokens=100)])
    models = {"fake:one": one, "fake:small": small}
    catalog = ScriptedCatalog(models, window=10_000, token_price=Decimal("0.001"))
    settings = SettingValues((SetValue("title_model", "fake:small", "app", "test"),))
    async with running(tmp_path, catalog=catalog, config=Config(tmp_path / "c.toml", settings=settings)) as here:
        await here.ask("Hi there, what is it?")
        await here.until(lambda: "A better title" in here.text_of(here.app.chat.layout_view.header), "the title")
        await here.until(lambda: "chat $0.12" in here.screen() and "today $0.12" in here.screen(), "its price")
        await here.pilot.press("f8")
        assert "of it   1 title" in await panel(here, "$0.12")


def priced(model: ScriptedModel) -> ScriptedCatalog:
    return ScriptedCatalog({"fake:one": model}, window=10_000, token_price=Decimal("0.0001"))


class Tomorrow(date):
    """The calendar of a program that has seen midnight."""

    @classmethod
    def today(cls) -> "Tomorrow":
        return cls.fromordinal(date.today().toordinal() + 1)


async def test_what_today_has_cost_begins_anew_at_midnight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedModel(["Hello", Usage(requests=1, request_tokens=50, response_tokens=50, total_tokens=100)])
    async with running(tmp_path, catalog=priced(model), size=(200, 50)) as here:
        await here.ask("Hi")
        assert "today $0.01" in here.screen()
        for module in (library_module, following):
            monkeypatch.setattr(module, "date", Tomorrow)
        here.app.chat.follow()
        await here.until(lambda: "today $0.01" not in here.screen(), "another day")
        assert "chat $0.01" in here.screen()


async def test_today_counts_chats_behind_and_those_deleted_for_good(tmp_path: Path) -> None:
    gate, usage = asyncio.Event(), Usage(requests=1, request_tokens=50, response_tokens=50, total_tokens=100)
    async with running(tmp_path, catalog=priced(ScriptedModel(["a", gate, "b", usage])), size=(200, 50)) as here:
        await here.send("Hi")
        await here.until(lambda: here.app.chat.presenter.prompts, "the prompt")
        begun = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != begun, "the new chat")
        meter = here.app.chat.layout_view.meter
        gate.set()
        await here.settled()
        here.app.chat.follow()
        await here.until(lambda: "today $0.01" in here.text_of(meter), "its price")
        await here.library.folders.delete([begun])
        assert await here.library.folders.delete_for_good([begun]) == 1
        here.app.chat.presenter.behind = True
        here.app.chat.follow()
        await here.until(lambda: not here.app.chat.presenter.behind, "the next reading")
        assert "today $0.01" in here.text_of(meter)
