"""Limits on screen: when it is time to look at them, what stopped a reply, and how to go on all the same."""

import asyncio
from decimal import Decimal
from pathlib import Path

from tests.support.app import Running, running
from tests.support.scripted import Finish, ScriptedCatalog, ScriptedModel
from tui.app.chat.compare.screen import CompareScreen
from tui.app.dialogs.settings import SettingsDialog
from tui.config import Config, SettingValues, SetValue, Value


def limited(home: Path, **values: Value) -> Config:
    found = tuple(SetValue(f"limits.{name}", value, "config.toml") for name, value in values.items())
    others = SetValue("confirm_above", 0, "config.toml")
    return Config(home / "config.toml", settings=SettingValues((*found, others)))


def priced(*models: ScriptedModel) -> ScriptedCatalog:
    names = ("fake:one", "fake:two")
    return ScriptedCatalog(dict(zip(names, models, strict=False)), window=100_000, token_price=Decimal("0.01"))


def toasts(here: Running) -> list[str]:
    return [notification.message for notification in here.app._notifications]


async def test_a_soft_limit_is_said_once_and_stays_in_the_meter(tmp_path: Path) -> None:
    model = ScriptedModel(["word " * 40])
    config = limited(tmp_path, day="$5", warn_day="$1")
    async with running(tmp_path, catalog=priced(model), config=config, size=(80, 24)) as here:
        meter = here.app.chat.layout_view.meter
        assert "!" not in here.text_of(meter)
        await here.ask("one")
        assert "!" not in here.text_of(meter) and toasts(here) == []
        await here.ask("two")
        spent = here.app.chat.presenter.reading.standings[0].spent.dollars
        assert "! " in here.text_of(meter) and f"${spent:.2f}" in here.text_of(meter)
        assert [text for text in toasts(here) if "of $5.00 today" in text] == toasts(here) and len(toasts(here)) == 1
        await here.ask("three")
        await here.pilot.press("ctrl+n")
        await here.until(lambda: not here.app.chat.presenter.prompts, "the new chat")
        for size in ((80, 24), (120, 40), (200, 50)):
            await here.pilot.resize_terminal(*size)
            assert "! " in here.text_of(meter) and len(toasts(here)) <= 1, "it was not said again"
        pane = here.app.chat.layout_view.inspector.usage_pane
        assert "of $5.00" in here.text_of(meter) and "of $5.00" in here.text_of(pane)


async def test_a_limit_that_is_set_in_the_app_holds_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, catalog=priced(ScriptedModel(["word " * 40])), size=(200, 50)) as here:
        await here.ask("one")
        pane = here.app.chat.layout_view.inspector.usage_pane
        assert "of $" not in here.text_of(pane)
        await here.app._services.preferences.change("limits.month", "$9")
        await here.until(lambda: "of $9.00" in here.text_of(pane), "the limit")
        assert "This month" in here.text_of(pane)


def question(here: Running) -> str:
    card = here.app.chat.layout_view.question_card
    return here.text_of(card) if card.display else ""


async def test_a_reply_ends_at_a_hard_limit_and_goes_on_once_by_key(tmp_path: Path) -> None:
    model = ScriptedModel(["word " * 4] * 100, ["and the rest."])
    async with running(tmp_path, catalog=priced(model), config=limited(tmp_path, day="$1")) as here:
        await here.ask("Tell me")
        for size in ((120, 40), (80, 24)):
            await here.pilot.resize_terminal(*size)
            assert "Stopped at your limit of $1.00 for today." in " ".join(here.screen().split())
        reply = (await here.messages())[-1]
        assert reply.state == "failed" and 300 < len(reply.text) < 500
        here.composer.text = "my draft"
        await here.pilot.press("escape", "C")
        await here.until(lambda: "and the rest." in here.screen(), "the rest")
        await here.settled()
        assert str(model.asked[1].prompts[-1]).startswith("Your answer was cut off.")
        assert (await here.messages())[-1].text.startswith(reply.text[:100])
        assert here.composer.text == "my draft"


async def test_a_prompt_above_a_limit_is_asked_about_and_stays_where_it_was_written(tmp_path: Path) -> None:
    model = ScriptedModel(["word " * 100])
    async with running(tmp_path, catalog=priced(model), config=limited(tmp_path, day="$1"), size=(80, 24)) as here:
        await here.ask("one")
        asked = len(model.asked)
        await here.send("two")
        await here.until(lambda: "limit reached" in question(here), "the question")
        assert "of $1.00 today" in question(here) and here.composer.text == "two" and len(model.asked) == asked
        here.app.chat.layout_view.question_card.clock = lambda: 1e9
        await here.pilot.press("enter")
        await here.until(lambda: "two" in here.app.chat.presenter.prompts, "the prompt")
        await here.settled()
        assert len(model.asked) == asked + 1
        await here.send("three")
        await here.until(lambda: "limit reached" in question(here), "the question again: it was for once")


async def test_what_goes_in_alone_is_not_sent_above_what_is_left(tmp_path: Path) -> None:
    model = ScriptedModel(["Fine."])
    async with running(tmp_path, catalog=priced(model), config=limited(tmp_path, chat="$2"), size=(120, 40)) as here:
        await here.send("word " * 400)
        await here.until(lambda: "more than is left" in " ".join(question(here).split()), "the question")
        assert "$0.00 of $2.00 in this chat" in " ".join(question(here).split()) and not model.asked


async def test_a_prompt_that_waits_is_held_at_a_limit_and_asked_about(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = ScriptedModel([gate, "word " * 76, Finish("stop")], ["the second"])  # 95 tokens and what is asked
    async with running(tmp_path, catalog=priced(model), config=limited(tmp_path, day="$0.96"), size=(80, 24)) as here:
        await here.send("one")
        await here.until(model.reached.is_set, "the first")
        await here.send("two")
        await here.until(lambda: here.replies.queue.ids, "the queue")
        gate.set()
        await here.until(lambda: "limit reached" in question(here), "the question")
        assert len(model.asked) == 1 and [one.prompt.text for one in here.replies.queue.of(here.app.chat.presenter.id)]
        here.app.chat.layout_view.question_card.clock = lambda: 1e9
        await here.pilot.press("enter")
        await here.until(lambda: "the second" in here.screen(), "the second answer")
        await here.settled()


async def test_a_limit_is_typed_on_the_settings_screen_and_nonsense_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        await here.pilot.press("alt+comma")
        await here.until(lambda: isinstance(here.app.screen, SettingsDialog), "the settings")
        await here.type("day limit")
        await here.until(lambda: "such as $5 or 200k tokens" in here.screen(), "the rule")
        await here.pilot.press("enter")
        await here.type("-1")
        await here.pilot.press("enter")
        await here.until(lambda: "✗ -1 is not an amount such as" in here.screen(), "the refusal")
        await here.pilot.press("ctrl+u", "backspace", "backspace")
        await here.type("$2,50")
        await here.pilot.press("enter")
        await here.until(lambda: here.library.budgets.limits.stop, "the limit")
        assert here.library.budgets.limits.stop["day"].dollars == Decimal("2.5")
        assert '[limits]\nday = "$2.50"' in (tmp_path / "config.local.toml").read_text()


async def test_several_models_that_may_not_be_asked_give_the_prompt_back(tmp_path: Path) -> None:
    catalog = priced(ScriptedModel(["word " * 40]), ScriptedModel(["word"]))
    async with running(tmp_path, catalog=catalog, config=limited(tmp_path, day="$0.30"), size=(200, 50)) as here:
        await here.ask("one")
        await here.send("/compare fake:one fake:two Why?")
        await here.until(lambda: isinstance(here.app.screen, CompareScreen), "the columns")
        screen = here.app.screen
        assert isinstance(screen, CompareScreen)
        await here.until(lambda: "limit reached" in here.screen(), "why it was not sent")
        assert screen.dock.writer.display and screen.dock.writer.area.prompt.text == "Why?"
        await here.pilot.press("escape", "escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert here.app.chat.layout_view.composer.prompt.text == "Why?"
