"""The switcher: what a choice will mean is said before it is made, and what is marked is there the next time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.app import Running, running
from tests.support.scripted import ScriptedCatalog, ScriptedModel, Thought
from tui.agent.usage import Usage
from tui.app.dialogs.model_details import ModelDetails
from tui.app.dialogs.models import ModelChoice, ModelSwitcher
from tui.app.widgets.model_groups import id_of
from tui.app.widgets.model_list import GONE
from tui.chat.catalog.info import ModelInfo
from tui.chat.catalog.remembered import RememberedModels
from tui.chat.prompt import Prompt
from tui.config import State, load_state, save_state


async def opened(here: Running) -> ModelSwitcher:
    await here.pilot.press("ctrl+l")
    await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the switcher")
    await here.pilot.pause()
    assert isinstance(here.app.screen, ModelSwitcher)
    return here.app.screen


def header(here: Running) -> str:
    return here.text_of(here.app.chat.layout_view.header)


def models(number: int = 2, *, said: Sequence[object] = ("Hello.",)) -> dict[str, ScriptedModel]:
    return {f"fake:{name}": ScriptedModel(said) for name in ("one", "two", "three")[:number]}  # type: ignore[arg-type]  # pieces


async def test_the_price_and_the_losses_are_said_before_and_the_same_in_the_line_after(tmp_path: Path) -> None:
    said = (Thought("hm"), "Hello.", Usage(request_tokens=20_000, response_tokens=100, requests=1))
    catalog = ScriptedCatalog(models(said=said), window=10_000, token_price=Decimal("0.00001"))
    async with running(tmp_path, catalog=catalog) as here:
        await here.ask("First")
        switcher = await opened(here)
        await here.until(lambda: "20.1k > 10k: will not fit" in here.screen(), "what does not fit")
        assert "≈ $0.20" in here.screen() and "this chat  ≈ 20.1k tokens" in here.screen()
        await here.type("two")
        await here.until(lambda: "If you switch to two" in here.screen(), "what a switch means")
        told = next(line for line in here.screen().splitlines() if "for the next turn" in line)
        assert "cache cold: ≈ $0.20" in told
        switcher.submit()
        await here.until(lambda: "one → two  cache cold" in here.screen(), "the line")


async def test_favourites_stay_on_top_are_remembered_and_one_that_is_gone_can_be_unmarked(tmp_path: Path) -> None:
    state = State(last_model="fake:one", favourites=("fake:old",))
    save_state(replace(state, theme="chinwag-light"))
    async with running(tmp_path, catalog=ScriptedCatalog(models(3)), state=state) as here:
        switcher = await opened(here)
        await here.until(lambda: GONE in here.screen(), "the word on it")
        await here.type("t")
        await here.pilot.press("asterisk")
        await here.until(lambda: "★ two" in here.screen(), "the star")
        rows = [row for row in switcher.rows.lines if row.key]
        assert [id_of(row.key) for row in rows] == ["fake:two", "fake:three"]
        await here.pilot.press("backspace", "o", "l", "d", "asterisk")
        await here.until(lambda: "★ Favourites" not in here.screen(), "that it is none")
        assert load_state().favourites == ("fake:two",)
        assert load_state().theme == "chinwag-light", "what another window has remembered stays"


async def test_letters_find_in_the_field_and_act_in_the_list(tmp_path: Path) -> None:
    async with running(tmp_path, catalog=ScriptedCatalog(models(3))) as here:
        switcher = await opened(here)
        await here.type("iO")
        assert switcher.field.value == "iO"
        await here.pilot.press("backspace", "backspace", "down", "i")
        await here.until(lambda: isinstance(here.app.screen, ModelDetails), "the details")
        assert "fake:two" in here.screen()
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is switcher, "the list")
        await here.pilot.press("t", "h")
        assert switcher.field.value == "th" and switcher.focused is switcher.field
        await here.until(lambda: id_of(switcher.rows.key) == "fake:three", "the row")


async def test_a_model_for_this_turn_only_answers_one_prompt_and_the_chat_keeps_its_own(tmp_path: Path) -> None:
    one, two = ScriptedModel(["From one."]), ScriptedModel(["From two."])
    async with running(tmp_path, one, two) as here:
        await opened(here)
        await here.pilot.press("down", "O")
        await here.until(lambda: "two (this turn)" in header(here), "the promise")
        await here.ask("First")
        assert "From two." in here.screen() and "(this turn)" not in header(here)
        await here.ask("Second")
        assert [asked.prompts for asked in one.asked] == [["First", "Second"]] and len(two.asked) == 1
        assert [row.model for row in await here.messages() if row.kind == "reply"] == ["fake:two", "fake:one"]
        assert load_state().last_model == "fake:one" and load_state().recent_models == ("fake:one", "fake:two")
        await opened(here)
        await here.pilot.press("down", "O")
        await here.until(lambda: "(this turn)" in header(here), "the promise")
        await opened(here)
        await here.type("one")
        await here.pilot.press("enter")
        await here.until(lambda: "(this turn)" not in header(here), "the chat's own again")


async def test_a_prompt_that_names_a_model_goes_to_that_one_also_out_of_the_queue(tmp_path: Path) -> None:
    gate = asyncio.Event()
    one, two = ScriptedModel(["Still ", gate, "one."]), ScriptedModel(["From two."])
    catalog = ScriptedCatalog({"fake:one": one, "fake:two": two}, aliases={"fast": "fake:two"})
    async with running(tmp_path, catalog=catalog) as here:
        await here.send("First")
        await here.until(lambda: "Still" in here.screen(), "the first word")
        await here.send("@@fast Second")
        (queued,) = here.replies.queue.of(here.app.chat.presenter.id)
        assert (queued.prompt.text, queued.model) == ("Second", "fake:two")
        here.app.chat.action_command("edit_queued")
        await here.until(lambda: here.composer.text == "@@fake:two Second", "all of it as a draft")
        await here.pilot.press("enter")
        gate.set()
        await here.until(lambda: two.asked and not here.replies.running, "the answer")
        assert two.asked[0].prompts == ["First", "Second"]
        assert header(here).rstrip().endswith("one")


async def test_models_are_completed_behind_two_signs_and_a_prompt_for_nobody_stays_where_it_was_written(
    tmp_path: Path,
) -> None:
    catalog = ScriptedCatalog(models(2), aliases={"fast": "fake:two"})
    async with running(tmp_path, catalog=catalog) as here:
        await here.type("@@fas")
        await here.pilot.press("tab")
        assert here.composer.text == "@@fast "
        await here.type("hi @@fas")
        await here.pilot.press("tab")
        assert here.composer.text.startswith("@@fast hi @@fas")
        here.composer.area.focus()  # a tab that completes nothing leads away
        await here.pilot.pause()
        await here.send("@@nobody What is it?")
        await here.until(lambda: 'no model "nobody"' in here.screen(), "the reason")
        assert here.composer.text == "@@nobody What is it?" and not here.replies.running
        await here.send("@@fake:one ")
        await here.until(lambda: "Write what to ask" in here.screen(), "the reason")
        assert here.composer.text == "@@fake:one "
        await here.send(" @@nobody sends as it is")
        await here.until(lambda: here.app.chat.presenter.prompts, "the prompt")


async def test_shift_f2_goes_round_the_models_that_were_asked(tmp_path: Path) -> None:
    state = State(last_model="fake:one", recent_models=("fake:one", "fake:gone", "fake:two", "fake:three"))
    async with running(tmp_path, catalog=ScriptedCatalog(models(3)), state=state) as here:
        for name in ("two", "three", "one"):
            await here.pilot.press("shift+f2")
            await here.until(lambda name=name: header(here).rstrip().endswith(name), name)  # type: ignore[misc]  # bound at once


async def test_several_can_be_marked_where_they_can_answer_side_by_side(tmp_path: Path) -> None:
    catalog = ScriptedCatalog({f"fake:{number}": ScriptedModel() for number in range(6)})
    chosen: list[ModelChoice | None] = []
    async with running(tmp_path, catalog=catalog, state=State(last_model="fake:0")) as here:
        remembered = RememberedModels(State(), lambda **changes: None)
        here.app.push_screen(ModelSwitcher(catalog, "fake:0", remembered, compare=True), chosen.append)
        await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the switcher")
        await here.pilot.press(*["equals_sign", "down"] * 5, "up", "enter")
        await here.until(lambda: chosen, "the choice")
        assert chosen == [ModelChoice(("fake:0", "fake:1", "fake:2", "fake:3"))]


async def test_a_model_stands_in_every_group_and_a_click_on_its_star_marks_it(tmp_path: Path) -> None:
    state = State(last_model="fake:one", favourites=("fake:two",), recent_models=("fake:two",))
    async with running(tmp_path, catalog=ScriptedCatalog(models(2)), state=state) as here:
        switcher = await opened(here)
        keys = [row.key for row in switcher.rows.lines if id_of(row.key) == "fake:two"]
        assert len(keys) == len(set(keys)) == 3
        y = next(number for number, row in enumerate(switcher.rows.lines) if row.key == keys[1])
        await here.pilot.click(switcher.rows, offset=(2, y - switcher.rows.scroll_offset.y))
        await here.until(lambda: not load_state().favourites and "★ two" not in here.screen(), "that it is not marked")
        assert here.app.screen is switcher


def test_every_fact_in_the_details_says_where_it_comes_from_and_unknown_is_not_0() -> None:
    info = replace(ModelInfo("a:b", "b", "a", "A"), window=1_000, cached_price=Decimal("0.5"))
    facts = {
        label: (value, source)
        for label, value, source in ModelDetails(info, {"window": "x"}, None, listed=False).facts()
    }
    assert facts["window"] == ("1k tokens", "x") and facts["longest answer"] == ("—", "")
    assert facts["read"] == ("—", "") and facts["from the cache"][0] == "$0.50 per million"
    assert facts["provider"][1] == "not in its list" and '[models."a:b"]' in facts[""][0]


async def test_what_was_to_go_to_one_model_is_kept_with_its_name_until_its_message_is_stored(tmp_path: Path) -> None:
    """A crash in between would otherwise leave a draft that goes to another model."""
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        kept: list[str] = []
        put = here.library.unsent_prompts.put_draft

        async def noted(id: str, conversation_id: str, prompt: Prompt, *others: Any, **more: Any) -> bool:
            kept.append(prompt.text)
            return await put(id, conversation_id, prompt, *others, **more)

        here.library.unsent_prompts.put_draft = noted  # type: ignore[method-assign]
        await here.send("@@fake:two Second")
        await here.until(lambda: kept, "the draft")
        assert kept == ["@@fake:two Second"]
        await here.settled()
        assert next(row.text for row in await here.messages()) == "Second"


async def test_a_model_that_is_hidden_is_behind_one_key_and_found_by_no_word(tmp_path: Path) -> None:
    async with running(tmp_path, catalog=ScriptedCatalog(models(3))) as here:
        switcher = await opened(here)

        def ids() -> list[str]:
            return [id_of(row.key) for row in switcher.rows.lines if id_of(row.key)]

        await here.pilot.press("down", "h")
        assert load_state().hidden_models == ("fake:two",) and ids() == ["fake:one", "fake:three"]
        assert id_of(switcher.rows.key) == "fake:three", "the cursor goes on from there"
        assert ".  1 hidden model" in here.screen()
        await here.pilot.press("full_stop")
        assert ids() == ["fake:one", "fake:two", "fake:three"] and "1 hidden model is shown" in here.screen()
        await here.pilot.press("full_stop", "t")
        assert ids() == ["fake:three"] and ".  1 hidden model" in here.screen(), "it fits, too"
        await here.pilot.press("backspace", "up", "h")
        assert ids() == ["fake:one", "fake:three"] and "the current one and favourites stay" in here.screen()
        await here.pilot.press("full_stop", "down", "h", "full_stop")
        assert ids() == ["fake:one", "fake:two", "fake:three"] and not load_state().hidden_models
