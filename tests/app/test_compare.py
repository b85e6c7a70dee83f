"""Several models on one prompt: seen at once, stopped and picked one by one, and nothing that came is lost."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.app import Running, burst, running
from tests.support.scripted import Piece, ScriptedCatalog, ScriptedModel
from tui.agent.exceptions import ModelHTTPError
from tui.app.chat.compare.column import ColumnView
from tui.app.chat.compare.heads import head_lines, head_of, pick_line, tally_line
from tui.app.chat.compare.screen import CompareScreen
from tui.app.dialogs.chat_settings import ChatSettingsDialog
from tui.app.dialogs.compare_texts import CompareTexts
from tui.app.dialogs.models import ModelSwitcher
from tui.app.transcript import fast_letters
from tui.chat.catalog.info import ModelInfo
from tui.chat.comparison import Column
from tui.chat.prompt import Prompt
from tui.chat.replies.meter import MeterReading
from tui.chat.settings import ChatSettings
from tui.config import Config, SettingValues, SetValue, load_state
from tui.store.records import ModelTally

WIDE, NARROW = (200, 50), (80, 24)
REFUSED = ModelHTTPError(401, "two", message="Fake refused the key (401).", kind="auth")


async def compare(here: Running, line: str) -> CompareScreen:
    await here.send(f"/compare {line}")
    await here.until(lambda: isinstance(here.app.screen, CompareScreen), "the columns")
    screen = here.app.screen
    assert isinstance(screen, CompareScreen)
    return screen


async def still(here: Running, screen: CompareScreen) -> None:
    await here.until(lambda: screen.comparison.turns and not screen.comparison.running, "the end of all")
    await here.pilot.pause()


async def back(here: Running, key: str = "enter") -> None:
    await here.pilot.press(key)
    await here.until(lambda: here.app.screen is here.app.chat, "the chat")
    await here.pilot.pause()


async def pick(here: Running, screen: CompareScreen) -> None:
    await here.pilot.press("enter")
    await here.until(lambda: screen.comparison.picked, "the pick")
    await here.pilot.pause()


async def answers(here: Running) -> list[tuple[str, str, str]]:
    tree = await here.library.tree(here.app.chat.presenter.id)
    return [(one.model, one.state, one.text) for one in tree if one.kind == "reply"]


async def test_all_are_seen_at_once_one_is_stopped_one_fails_and_the_winner_is_gone_on_with(tmp_path: Path) -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    one, three = ScriptedModel(["First ", gates[0], "answer."]), ScriptedModel(["Third ", gates[1], "never."])
    async with running(tmp_path, one, ScriptedModel([REFUSED]), three, size=WIDE) as here:
        screen = await compare(here, "fake:one fake:two fake:three Why is it so?")
        await here.until(lambda: all(word in here.screen() for word in ("First", "Key refused", "Third")), "all three")
        assert here.screen().count("Why is it so?") == 2  # above the columns, and the chat is named after it
        assert [view.region.width for view in screen.views] and {view.region.height for view in screen.views} == {
            screen.views[0].region.height
        }
        await here.pilot.press("3", "escape")
        await here.until(lambda: "Stopped by you" in here.text_of(screen.views[2]), "the stop")
        assert screen.comparison.columns[0].running  # it goes on beside
        gates[0].set()
        await still(here, screen)
        await here.until(lambda: "First answer." in here.text_of(screen.views[0]), "the rest")
        await here.pilot.press("1")
        await pick(here, screen)
        assert "✓ one picked" in here.screen()
        await back(here)
        assert "First answer." in here.screen() and here.app.chat.layout_view.header.model == "one"
        assert await answers(here) == [
            ("fake:one", "done", "First answer."), ("fake:two", "failed", ""), ("fake:three", "interrupted", "Third "),
        ]  # fmt: skip


async def test_where_there_is_no_room_each_has_a_tab_and_another_one_can_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, ScriptedModel(["First."]), ScriptedModel(["Second."]), size=NARROW) as here:
        screen = await compare(here, "fake:one,fake:two Why?")
        await still(here, screen)
        await here.until(lambda: "◆ one" in here.text_of(screen.tabs), "the tabs")
        assert "First." in here.screen() and "Second." not in here.screen()
        await here.pilot.press("ctrl+n")
        await here.until(lambda: "^N (new) acts in the chat, not here" in here.screen(), "why there is no new chat")
        await here.pilot.press("f8")
        await here.until(lambda: "F8 (usage) acts in the chat, not here" in here.screen(), "why no panel opens")
        with monkeypatch.context() as hurried:  # a prompt that is typed where nothing is written asks nobody
            hurried.setattr(fast_letters, "TOGETHER_S", 3600.0)
            await here.type("/compare quick gpt-5.6\n")
        assert not screen.comparison.picked and not screen.dock.writer.display
        assert len(await answers(here)) == 2
        await here.pilot.press("tab")
        await here.until(lambda: "Second." in here.screen() and "First." not in here.screen(), "the second")
        await here.pilot.click(screen.tabs, offset=(4, 0))
        await here.until(lambda: "First." in here.screen(), "the first")
        await here.pilot.press("2", "p")
        await here.until(lambda: screen.comparison.picked, "the pick")
        await here.until(lambda: "one 0 of 1 · two 1 of 1" in here.screen(), "the count")
        await back(here)
        assert "Second." in here.screen() and here.app.chat.layout_view.header.model == "two"
        assert load_state().last_model == "fake:two"
        await here.ask("And now?")
        assert (await here.messages())[-1].model == "fake:two"


async def test_left_without_a_pick_the_first_stays_shown_and_models_marked_in_the_switcher_are_compared(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, ScriptedModel(["First."]), ScriptedModel(["Second."])) as here:
        screen = await compare(here, "fake:one fake:two Why?")
        await still(here, screen)
        await back(here, "escape")
        assert "First." in here.screen() and len(await answers(here)) == 2
        assert await here.library.tally() == ()
        await here.pilot.press("ctrl+l")
        await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the switcher")
        await here.pilot.press("equals_sign")
        await here.type("two")
        await here.pilot.press("equals_sign", "enter")
        await here.until(lambda: isinstance(here.app.screen, CompareScreen), "the columns")
        marked = here.app.screen
        assert isinstance(marked, CompareScreen) and marked is not screen
        assert [column.model for column in marked.comparison.columns] == ["fake:one", "fake:two"]


async def test_what_cannot_be_compared_comes_back_as_does_a_draft_when_one_leaves_or_quits_before_it_is_sent(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await here.send("/compare fake:one fake:one Why is it so?")
        await here.until(lambda: "fake:one stands there twice" in here.screen(), "the reason")
        assert here.composer.text == "/compare fake:one fake:one Why is it so?"
        screen = await compare(here, "fake:one fake:two")
        await here.until(lambda: screen.dock.writer.area.has_focus, "the place to write")
        await here.type("half a thought")
        await back(here, "escape")
        assert here.composer.text == "half a thought" and not here.app.chat.presenter.prompts
        again = await compare(here, "fake:one fake:two")
        await here.until(lambda: again.dock.writer.area.has_focus, "the place to write")
        again.dock.writer.area.insert("another thought")
        await here.app.save_before_exit()
        assert here.composer.text == "another thought"


async def test_blind_nobody_knows_who_answers_until_one_is_picked(tmp_path: Path) -> None:
    models = [ScriptedModel(["A good answer."]), ScriptedModel([REFUSED])]
    async with running(tmp_path, *models, size=WIDE) as here:
        screen = await compare(here, "--blind fake:one fake:two Why?")
        await still(here, screen)
        await here.until(lambda: "A good answer." in here.screen() and "gave no answer" in here.screen(), "both")
        told = "\n".join(here.text_of(view) for view in screen.views)
        assert "model A" in told and "model B" in told
        assert not {"one", "two", "fake", "Fake", "free", "—"} & set(told.split()) and "$" not in told
        good = next(view for view in screen.views if view.column.answered)
        await here.pilot.press(str(screen.views.index(good) + 1))
        await pick(here, screen)
        await here.until(lambda: "✓ one picked" in here.screen() and "Fake refused the key" in here.screen(), "names")


async def test_one_answer_is_written_from_all_and_names_its_sources(tmp_path: Path) -> None:
    models = [ScriptedModel(["First."]), ScriptedModel(["Second."], ["The best of both."])]
    async with running(tmp_path, *models, size=WIDE) as here:
        screen = await compare(here, "fake:one fake:two Why?")
        await still(here, screen)
        await here.pilot.press("f")
        await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the question who writes it")
        assert "Fuse with …" in here.screen() and "↵ fuse" in here.screen()
        await here.type("two")
        await here.pilot.press("enter")
        await here.until(lambda: "The best of both." in here.screen(), "the third column")
        await still(here, screen)
        assert "fused by two" in here.screen() and "Written from the answers of one and two." in here.screen()
        await pick(here, screen)
        await back(here)
        assert "Written from the answers of one and two." in here.screen()
        assert [text for _, _, text in await answers(here)] == ["First.", "Second.", "The best of both."]


async def test_the_next_prompt_goes_to_all_and_what_is_not_sent_stays_written(tmp_path: Path) -> None:
    gate = asyncio.Event()
    second: list[Piece] = [gate, "B2."]
    async with running(tmp_path, ScriptedModel(["A1."], ["A2."]), ScriptedModel(["B1."], second), size=WIDE) as here:
        screen = await compare(here, "fake:one fake:two First?")
        await still(here, screen)
        await here.pilot.press("g")
        await here.type("Second?")
        await here.pilot.press("enter")
        await here.until(lambda: "A2." in here.screen(), "the second answer")
        await here.pilot.press("g")
        await here.type("Third?")
        await here.pilot.press("enter")
        await here.until(lambda: "Some still answer." in here.screen(), "that it must wait")
        assert screen.dock.writer.area.prompt == Prompt("Third?")
        gate.set()
        await still(here, screen)
        assert [here.text_of(view).count("Second?") for view in screen.views] == [1, 1]
        await here.pilot.press("escape", "2")
        await pick(here, screen)
        await back(here, "escape")
        assert here.composer.text == "Third?"
        assert [message.text for message in await here.messages()] == ["First?", "B1.", "Second?", "B2."]


async def test_from_the_menu_models_are_added_each_with_its_settings_before_anything_is_sent(tmp_path: Path) -> None:
    models = ScriptedModel(["First."]), ScriptedModel(["Second."])
    async with running(tmp_path, *models, size=WIDE) as here:
        await here.type("What I wrote")
        here.app.chat.action_command("compare")
        await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the question for one more")
        await here.type("two")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, CompareScreen), "the columns")
        screen = here.app.screen
        assert isinstance(screen, CompareScreen)
        await here.until(lambda: len(screen.views) == 2 and screen.dock.writer.area.has_focus, "two columns")
        await here.pilot.press("tab", "2", "s")
        await here.until(lambda: isinstance(here.app.screen, ChatSettingsDialog), "its settings")
        await here.pilot.press("down", "right", "escape")
        await here.until(lambda: "temperature" in here.text_of(screen.views[1]), "the temperature")
        assert "default settings" in here.text_of(screen.views[0])
        await here.pilot.press("tab", "enter")
        await still(here, screen)
        assert "temperature" not in (models[0].asked[0].settings or {})
        assert "temperature" in (models[1].asked[0].settings or {})
        assert models[1].asked[0].prompts == ["What I wrote"]
        await back(here, "escape")
        assert not here.composer.text


async def test_blind_not_even_who_is_asked_to_fuse_tells_who_answers(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["First."]), ScriptedModel(["Second."]), size=WIDE) as here:
        screen = await compare(here, "--blind fake:one fake:two Why?")
        await still(here, screen)
        other = next(view for view in screen.views if view.column.model == "fake:two")
        await here.pilot.press(str(screen.views.index(other) + 1), "f")
        await here.until(lambda: "◆ current" in here.screen(), "the switcher")
        (marked,) = [line for line in here.screen().splitlines() if "◆ current" in line]
        assert " one " in marked and " two " not in marked


async def test_at_a_limit_the_prompt_comes_back_to_where_it_was_written(tmp_path: Path) -> None:
    set_values = [SetValue("limits.day", "$0.001", "config.toml"), SetValue("confirm_above", 0, "config.toml")]
    config = Config(tmp_path / "config.toml", settings=SettingValues(tuple(set_values)))
    models = {"fake:one": ScriptedModel(["A1."]), "fake:two": ScriptedModel(["B1."])}
    catalog = ScriptedCatalog(models, window=100_000, token_price=Decimal("0.01"))
    async with running(tmp_path, catalog=catalog, config=config, size=WIDE) as here:
        screen = await compare(here, "fake:one fake:two First?")
        await here.until(lambda: "! Not sent: " in here.screen(), "why")
        assert screen.dock.writer.area.prompt == Prompt("First?")
        await here.app._services.preferences.change("limits.day", "$5")
        await here.pilot.press("enter")
        await still(here, screen)
        await here.app._services.preferences.change("limits.day", "$0.001")
        await here.pilot.press("g")
        await here.type("Second?")
        await here.pilot.press("enter")
        await here.until(lambda: screen.dock.writer.area.prompt == Prompt("Second?"), "the prompt")
        assert screen.dock.writer.display and not screen.comparison.running
        assert [column.state for column in screen.comparison.columns] == ["done", "done"]
        await here.pilot.press("escape")
        await back(here, "escape")
        assert here.composer.text == "Second?" and not here.app.chat.layout_view.question_card.display
        assert [message.text for message in await here.messages()] == ["First?", "A1."]


class SmallSecond(ScriptedCatalog):
    """The second model takes some hundred tokens."""

    def find(self, model_id: str) -> ModelInfo:
        info = super().find(model_id)
        return replace(info, window=100) if info.name == "two" else info


async def test_a_later_prompt_that_one_model_does_not_take_is_asked_about_there_and_nowhere_else(
    tmp_path: Path,
) -> None:
    """It stood in the chat's composer too, under a question about the chat: one Enter sent it again."""
    models = {"fake:one": ScriptedModel(["A1."], ["A2."]), "fake:two": ScriptedModel(["B1."], ["B2."])}
    async with running(tmp_path, catalog=SmallSecond(models, window=100_000), size=WIDE) as here:
        screen = await compare(here, "fake:one fake:two First?")
        await still(here, screen)
        await here.pilot.press("g")
        screen.dock.writer.area.prompt = Prompt("word " * 200)
        await here.pilot.press("enter")
        await here.until(lambda: "do not fit into the 100 of two" in screen.comparison.columns[1].problem, "why")
        await still(here, screen)
        await back(here, "escape")
        assert not here.composer.text and not here.app.chat.layout_view.question_card.display
        assert (await here.messages())[-1].text == "A2."


async def test_a_dear_comparison_is_sent_when_it_is_sent_once_more(tmp_path: Path) -> None:
    models = {"fake:one": ScriptedModel(["A1."]), "fake:two": ScriptedModel(["B1."])}
    catalog = ScriptedCatalog(models, window=100_000, token_price=Decimal("10"))
    async with running(tmp_path, catalog=catalog, size=WIDE) as here:
        screen = await compare(here, "fake:one fake:two First?")
        await here.until(lambda: "! Not sent: " in here.screen(), "why")
        assert not any(model.asked for model in models.values())
        await here.pilot.press("enter")
        await still(here, screen)
        assert all(len(model.asked) == 1 for model in models.values())


async def test_no_key_of_a_message_is_offered_that_needs_the_whole_chat(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["First."]), ScriptedModel(["Second."]), size=WIDE) as here:
        screen = await compare(here, "fake:one fake:two Why?")
        await still(here, screen)
        await here.until(lambda: "y copy" in here.text_of(screen.dock.footer), "the keys of a message")
        shown = here.text_of(screen.dock.footer)
        assert "r retry" in shown and not any(words in shown for words in ("tree", "retry with", "fork", "delete"))


async def test_it_fits_a_small_terminal(tmp_path: Path) -> None:
    catalog = ScriptedCatalog(
        {f"fake:a-name-that-is-long-{number}": ScriptedModel(["Words. " * 50]) for number in "abcd"}
    )
    async with running(tmp_path, catalog=catalog, size=(40, 8)) as here:
        screen = await compare(here, f"{','.join(catalog.scripted)} Why?")
        await still(here, screen)
        for size in ((40, 8), (40, 14), NARROW):
            await here.pilot.resize_terminal(*size)
            await here.until(lambda: "Words." in here.screen(), "the first answer")
            assert screen.view.transcript.region.height >= 2, size
            assert all(len(row) <= size[0] for row in here.screen().splitlines()), size


async def test_escape_stops_the_column_that_has_the_keys_and_no_other_and_a_key_of_its_own_stops_all(
    tmp_path: Path,
) -> None:
    models = [ScriptedModel(["Done."]), *[ScriptedModel(["Half", asyncio.Event()]) for _ in range(2)]]
    async with running(tmp_path, *models, size=WIDE) as here:
        screen = await compare(here, "fake:one fake:two fake:three Why?")
        await here.until(lambda: here.screen().count("Half") == 2 and "✓ done" in here.screen(), "all three")
        await here.pilot.press("1", "escape", "escape")
        assert [column.running for column in screen.comparison.columns] == [False, True, True]
        await here.until(lambda: "Others still answer. S stops the answers" in here.screen(), "why nothing happens")
        assert "S stop all" in here.text_of(screen.dock.footer) and "esc" not in here.text_of(screen.dock.footer)
        await here.pilot.press("2", "escape")
        await here.until(lambda: "Stopped by you" in here.text_of(screen.views[1]), "the stop")
        assert screen.comparison.columns[2].running
        await here.until(lambda: "Others still answer" not in here.screen(), "no word of it")
        await here.pilot.press("S")
        await still(here, screen)


async def test_an_answer_that_was_cut_off_goes_on_in_its_column(tmp_path: Path) -> None:
    two = ScriptedModel(["The first half of it ", asyncio.Event()], ["The first half of it and the rest."])
    async with running(tmp_path, ScriptedModel(["Whole."]), two, size=WIDE) as here:
        screen = await compare(here, "fake:one fake:two Why?")
        await here.until(lambda: "The first half" in here.screen(), "the half")
        await here.pilot.press("2", "escape")
        await still(here, screen)
        await here.until(lambda: "C go on" in here.text_of(screen.dock.footer), "the key")
        await here.pilot.press("C")
        await here.until(lambda: "and the rest." in here.text_of(screen.views[1]), "the rest")
        await still(here, screen)
        assert here.text_of(screen.views[1]).count("The first half of it") == 1
        await here.pilot.press("1")
        assert "C go on" not in here.text_of(screen.dock.footer)


async def test_a_column_that_is_tried_again_does_not_say_that_it_streams(tmp_path: Path) -> None:
    column = Column("fake:one", state="streaming")
    heads = [head_of(column, 1, "", "", hidden=False, picked=False, waits=waits) for waits in (False, True)]
    said = [head_lines(head, 60).plain.splitlines()[0] for head in heads]
    assert said[0].endswith("asking") and said[1].endswith("◷ waiting")
    column.reading = MeterReading(first_token_s=0.4)
    assert "streaming" in head_lines(head_of(column, 1, "", "", hidden=False, picked=False), 60).plain


def test_a_column_does_not_claim_tools_which_are_not_offered_in_a_comparison() -> None:
    settings = ChatSettings(tools="files: on", folder="/tmp", system_prompt="Be brief.")
    said = head_lines(head_of(Column("fake:one"), 1, settings.to_json(), "", hidden=False, picked=False), 60).plain
    assert "system set" in said and "tools" not in said and "folder" not in said


@pytest.mark.usefixtures("drawing")
async def test_columns_scroll_together_until_that_is_switched_off_and_their_words_are_compared_blindly(
    tmp_path: Path,
) -> None:
    long = "\n\n".join(f"line {number}" for number in range(60))
    models = [ScriptedModel([f"{word} start\n\n{long}"]) for word in ("Red", "Blue")]
    async with running(tmp_path, *models, size=WIDE) as here:
        screen = await compare(here, "--blind fake:one fake:two Why?")
        await still(here, screen)
        one, two = (view.transcript for view in screen.views)
        await here.pilot.press("1", "home", "down", "down")
        assert one.place.top == two.place.top == 2
        await here.pilot.press("2", "end")
        assert one.place.following and two.place.following
        await here.pilot.press("t", "home")
        assert two.place.top == 0 and one.place.following and "scroll together ○ off" in here.screen()
        await here.pilot.press("d")
        await here.until(lambda: isinstance(here.app.screen, CompareTexts), "the words")
        await here.until(lambda: "2 changes" in here.screen(), "what differs")
        box = here.screen()
        assert "model A" in box and "model B" in box
        assert not {"one", "two", "fake"} & set(box.split())
        screen.show_all()
        await here.pilot.pause()
        await here.until(lambda: "differences" in here.screen().splitlines()[-1], "the keys behind the box")
        assert "stop all" not in here.screen().splitlines()[-1], "they are those from before"
        screen.comparison.picked = screen.comparison.columns[0]
        screen.show_all()
        await here.pilot.press("escape")
        await here.until(lambda: "go on with all" not in here.screen(), "the keys as they are now")


async def test_once_an_answer_is_picked_what_is_typed_is_for_the_chat_and_its_keys_act_there(tmp_path: Path) -> None:
    """A whole text was lost, letter by letter as commands, as nothing said that this was not the chat yet."""
    async with running(tmp_path, ScriptedModel(["First."]), ScriptedModel(["Second."]), size=WIDE) as here:
        screen = await compare(here, "--blind fake:one fake:two Why?")
        await still(here, screen)
        assert "↵ pick" in here.text_of(screen.dock.footer)
        await pick(here, screen)
        assert "tab the columns" in here.screen()
        await here.until(lambda: "↵ to the chat" in here.text_of(screen.dock.footer), "what Enter does now")
        assert "↵ pick" not in here.text_of(screen.dock.footer)
        assert all(name in here.text_of(view) for name, view in zip(("one", "two"), by_model(screen), strict=True))
        await here.type("dry toast?")
        await here.until(lambda: "↵ send in the chat" in here.screen(), "what Enter does with it")
        await back(here)
        await here.until(lambda: here.app.chat.presenter.prompts == ("Why?", "dry toast?"), "the prompt, sent")
        await here.settled()
        assert not here.composer.text
        once_more = await compare(here, "fake:one fake:two Why?")
        await still(here, once_more)
        await burst(here, ["enter", *"follow up", "enter"])
        await here.until(lambda: here.app.chat.presenter.prompts[-1] == "follow up", "all that was typed at once")
        await here.settled()
        again = await compare(here, "fake:one fake:two Why?")
        await still(here, again)
        await pick(here, again)
        await here.type("half a thought")
        picked_in = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != picked_in, "the new chat")
        assert here.app.screen is here.app.chat and not here.composer.text
        here.app.chat.open_chat(picked_in)
        await here.until(lambda: here.composer.text == "half a thought", "the draft")


def by_model(screen: CompareScreen) -> list[ColumnView]:
    return sorted(screen.views, key=lambda view: view.column.model)


def test_after_a_pick_at_80_columns_nothing_of_the_line_is_cut_and_the_way_to_the_chat_stays() -> None:
    models = ["fake:a-model-of-a-long-name-32b", "fake:another-one-of-a-long-name-70b"]
    tally = [ModelTally(model, compared=3, won=1, blind_compared=2, blind_won=1) for model in models]
    columns = [Column(model) for model in models]
    for width in (160, 76, 60, 46):
        for why_not in ("", "that takes two whole answers"):
            line = tally_line("a-model-of-a-long-name", columns, tally, width, why_not).plain
            assert "✓ a-model-of-a-long-name picked" in line and "↵ to the chat" in line and "…" not in line
            assert ("1 of 3" in line) == (width == 160 and not why_not)
    for one in columns:
        one.reading = replace(one.reading, message_price=Decimal("0.0123"))
    for width, with_price in ((80, True), (60, True), (30, False)):
        line = pick_line(columns, hidden=False, width=width).plain
        assert "Pick the answer to go on with" in line and ("together" in line) == with_price and "…" not in line


async def test_no_answer_is_picked_while_others_come_and_it_is_said_when_a_pick_is_not_counted(tmp_path: Path) -> None:
    """The pick stopped the others unasked, and "0 of 1" was all that was said of the winner."""
    models = ScriptedModel(["Whole."]), ScriptedModel(["Half", asyncio.Event()])
    async with running(tmp_path, *models, size=NARROW) as here:
        screen = await compare(here, "fake:one fake:two Why?")
        await here.until(
            lambda: screen.comparison.columns[0].state == "done" and "Whole." in here.screen(), "the first"
        )
        await here.until(lambda: screen.comparison.columns[1].reply is not None, "the second")
        await here.pilot.press("1")
        assert "↵ pick" not in here.screen() and "1 still answers" in here.screen()
        await here.pilot.press("enter")
        await here.until(lambda: "Others still answer. S stops the answers, then ↵ picks" in here.screen(), "why not")
        assert screen.comparison.columns[1].running and screen.comparison.picked is None
        await here.pilot.press("S")
        await still(here, screen)
        await pick(here, screen)
        await here.until(lambda: "✓ one picked   not counted: that takes two whole answers" in here.screen(), "why not")
        assert await here.library.tally() == ()


async def test_columns_that_follow_their_end_follow_it_when_there_is_room_for_all(tmp_path: Path) -> None:
    """What the first did in a higher view was taken for scrolling, and scrolled the others to where it had been."""
    words = "\n\n".join(f"{number} " + "word " * 40 for number in range(60))
    models = [ScriptedModel([words, asyncio.Event()]) for _ in range(3)]
    async with running(tmp_path, *models, size=(120, 40)) as here:
        screen = await compare(here, "fake:one fake:two fake:three Why?")
        await here.until(lambda: all(column.reply for column in screen.comparison.columns), "all three")
        await here.until(lambda: "59 word" in here.screen(), "the end of the first")
        await here.pilot.resize_terminal(*WIDE)
        await here.until(lambda: not screen.has_class("-tabs"), "all of them")
        await here.until(lambda: here.screen().count("59 word") == 3, "the end of each")
        await here.until(lambda: all(view.transcript.place.idle for view in screen.views), "the rows above, exactly")
        assert all(view.transcript.place.following for view in screen.views)
        await here.pilot.press("g", "pageup")
        assert not any(view.transcript.place.following for view in screen.views)
