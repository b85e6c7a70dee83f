"""The question before a prompt is sent: seen above the composer, answered by key, deaf at first, and dismissed."""

import asyncio
from decimal import Decimal
from pathlib import Path

from textual.geometry import Offset

from tests.support.app import Running, burst, running
from tests.support.scripted import Finish, ScriptedCatalog, ScriptedModel
from tui.app.widgets.question_card import QuestionCard

LONG = "word " * 400
"""Some 500 tokens, for $0.50 at a dollar for a thousand."""


def dear(model: ScriptedModel) -> ScriptedCatalog:
    return ScriptedCatalog({"fake:one": model}, window=10_000, token_price=Decimal("0.002"))


def card(here: Running) -> QuestionCard:
    return here.app.chat.layout_view.question_card


async def asked(here: Running) -> None:
    """Wait until the question is there, and has been read."""
    await here.until(lambda: card(here).has_focus, "the question")
    card(here).clock = lambda: 1e9


async def test_a_dear_prompt_waits_for_enter_and_no_haste_and_no_other_model_sends_it(tmp_path: Path) -> None:
    model = ScriptedModel(["Fine."])
    models = {"fake:one": model, "fake:two": ScriptedModel(["Two."])}
    catalog = ScriptedCatalog(models, window=10_000, token_price=Decimal("0.002"))
    async with running(tmp_path, catalog=catalog, size=(80, 24)) as here:
        await here.send(LONG)
        await here.until(lambda: card(here).has_focus, "the question")
        card(here).clock = lambda: card(here)._asked_at + 0.1
        await burst(here, ["enter", "escape"])
        assert card(here).display and not model.asked, "a fast second Enter"
        await burst(here, "cd")
        await here.until(lambda: not card(here).display, "writing")
        assert here.composer.text == LONG + "cd" and here.app.focused is here.composer.area and not model.asked
        await here.send(LONG)
        await asked(here)
        here.app.chat.use_model("fake:two")
        await here.until(lambda: not card(here).display, "no question: with another model it is another one")
        assert here.composer.text == LONG
        here.app.chat.use_model("fake:one")
        await here.until(lambda: here.app.chat.presenter.model == "fake:one", "the first model again")
        await here.pilot.press("enter")
        await asked(here)
        card(here).clock = lambda: 2e9
        shown = here.text_of(card(here))
        assert "≈ 500 tokens" in shown and "$1.00" in shown and "↵ send" in shown and "esc" in shown
        assert here.composer.text == LONG and not model.asked and not here.app.chat.presenter.prompts
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.prompts, "the prompt")
        await here.settled()
        assert len(model.asked) == 1 and here.composer.text == "" and not card(here).display
        assert here.app.focused is here.composer.area


async def test_escape_goes_back_to_writing_and_the_mouse_answers_too(tmp_path: Path) -> None:
    model = ScriptedModel(["Fine."])
    async with running(tmp_path, catalog=dear(model), size=(120, 40)) as here:
        await here.send(LONG)
        await asked(here)
        await here.pilot.press("escape")
        assert not card(here).display and here.composer.text == LONG and here.app.focused is here.composer.area
        await here.pilot.press("enter")
        await asked(here)
        await here.until(lambda: "≈ $1.00 next" in here.screen(), "the row of the estimate, which moves what is above")
        column = here.text_of(card(here)).splitlines()[0].index("↵ send")
        await here.pilot.click(offset=Offset(card(here).region.x + column, card(here).region.y))
        await here.until(lambda: model.asked, "the request")
        await here.settled()


# Older turns.


async def long_chat(here: Running) -> None:
    for text in ("q1", "q2", "q3"):
        await here.ask(text)


async def test_compact_folds_the_older_turns_and_one_key_opens_them(tmp_path: Path) -> None:
    model = ScriptedModel(["a1"], ["a2"], ["a3"], ["The gist."], ["a4"])
    async with running(tmp_path, model, size=(80, 24)) as here:
        await long_chat(here)
        await here.send("/compact Keep the names.")
        await here.until(lambda: "The gist." in here.screen(), "the summary")
        await here.settled()
        await here.until(lambda: "▸ 2 earlier messages" in here.screen(), "the fold")
        assert "a1" not in here.screen() and "q2" in here.screen() and "summary" in here.screen()
        await here.ask("q4")
        assert "The gist." in str(model.asked[-1].prompts[0]) and "q1" not in str(model.asked[-1].prompts)
        await here.pilot.press("escape")
        while (focused := here.transcript.focused_message) is not None and focused.kind != "folded":
            await here.pilot.press("alt+up")
        await here.pilot.press("space")
        await here.until(lambda: "▾ 2 earlier messages" in here.screen(), "the messages")
        await here.pilot.press("home")
        assert "q1" in here.screen() and "a1" in here.screen()
        await here.pilot.press("space")
        await here.until(lambda: "▸ 2 earlier messages" in here.screen(), "the fold again")
        assert [message.text for message in await here.messages()][:2] == ["q1", "a1"], "all of it is kept"


async def test_a_summary_is_edited_in_its_place(tmp_path: Path) -> None:
    model = ScriptedModel(["a1"], ["a2"], ["a3"], ["The gist."], ["a4"])
    async with running(tmp_path, model, size=(80, 24)) as here:
        await long_chat(here)
        await here.send("/compact")
        await here.until(lambda: "The gist." in here.screen(), "the summary")
        await here.settled()
        await here.pilot.press("escape", "e")
        await here.until(lambda: here.app.screen is not here.app.chat, "the editor")
        await here.type("Mine: ")
        await here.pilot.press("ctrl+s")
        await here.until(lambda: "edited by you" in here.screen(), "the edited summary")
        await here.pilot.press("escape")
        await here.ask("q4")
        assert "Mine" in str(model.asked[-1].prompts[0])


async def test_what_does_not_fit_is_summed_up_first_and_then_sent(tmp_path: Path) -> None:
    model = ScriptedModel([LONG], [LONG], ["The gist."], ["Done."])
    catalog = ScriptedCatalog({"fake:one": model}, window=1_400)
    async with running(tmp_path, catalog=catalog, size=(80, 24)) as here:
        await here.ask("q1")
        await here.ask("q2")
        await here.send(LONG)
        await asked(here)
        shown = here.text_of(card(here))
        assert "do not fit into the 1.4k of one" in shown
        assert all(key in shown for key in ("c compact", "o leave out", "m larger model", "↵ send anyway", "esc"))
        await here.pilot.press("c")
        await here.until(lambda: len(model.asked) == 4, "the summary and the prompt")
        await here.settled()
        assert [message.text for message in await here.messages()][-3:] == ["The gist.", LONG, "Done."]
        assert "The gist." in str(model.asked[-1].prompts[0]) and here.composer.text == ""


async def test_leaving_out_the_oldest_is_said_where_they_end_and_can_be_taken_back(tmp_path: Path) -> None:
    model = ScriptedModel([LONG], ["short"], ["Done."], ["All of it."])
    catalog = ScriptedCatalog({"fake:one": model}, window=1_000)
    async with running(tmp_path, catalog=catalog, size=(80, 50)) as here:
        await here.ask("q1")
        await here.ask("q2")
        await here.send(LONG)
        await asked(here)
        assert "o leave out 2 messages" in here.text_of(card(here))
        await here.pilot.press("o")
        await here.until(lambda: len(model.asked) == 3, "the request")
        await here.settled()
        assert model.asked[-1].prompts == ["q2", LONG]
        await here.pilot.press("escape")
        await here.pilot.press("home")
        await here.until(lambda: "2 earlier messages are not sent" in here.screen(), "the line")
        assert "2 not sent" in here.text_of(here.app.chat.layout_view.meter)
        await here.pilot.press("escape")
        await here.send("/send-all")
        await here.until(lambda: "earlier messages are not sent" not in here.screen(), "no line any more")
        assert "not sent" not in here.text_of(here.app.chat.layout_view.meter)
        await here.send("q4")
        await asked(here)
        card(here).clock = lambda: 2e9  # it does not fit, as before, and has been read, too
        await here.pilot.press("enter")
        await here.until(lambda: len(model.asked) == 4, "the request")
        await here.settled()
        assert model.asked[-1].prompts == ["q1", "q2", LONG, "q4"]
        await here.pilot.press("home")
        assert "not sent" not in here.screen()


async def test_a_provider_that_refused_the_length_is_asked_again_behind_a_summary(tmp_path: Path) -> None:
    from tui.agent.exceptions import ModelHTTPError

    refusal = ModelHTTPError(400, "one", message="too long", kind="context_too_long", provider="fake")
    model = ScriptedModel(["a1"], [refusal], ["The gist."], ["Done."])
    async with running(tmp_path, model, size=(80, 24)) as here:
        await here.ask("q1")
        await here.ask("q2")
        await here.pilot.press("escape", "r")
        await asked(here)
        assert "has refused this chat as too long" in here.text_of(card(here)) and len(model.asked) == 2
        await here.pilot.press("c")
        await here.until(lambda: len(model.asked) == 4, "the summary and the prompt")
        await here.settled()
        assert [message.text for message in await here.messages()] == ["q1", "a1", "The gist.", "q2", "Done."]


async def test_a_larger_model_that_is_chosen_for_a_retry_answers_it_and_is_the_chats_from_then_on(
    tmp_path: Path,
) -> None:
    from tui.agent.exceptions import ModelHTTPError

    refusal = ModelHTTPError(400, "one", message="too long", kind="context_too_long", provider="fake")
    models = {"fake:one": ScriptedModel([refusal]), "fake:two": ScriptedModel(["Done."])}
    async with running(tmp_path, catalog=ScriptedCatalog(models, window=100_000), size=(80, 24)) as here:
        await here.ask("q1")
        await here.pilot.press("escape", "r")
        await asked(here)
        await here.pilot.press("m")
        await here.until(lambda: here.app.screen is not here.app.chat, "the switcher")
        await here.type(" two")
        await here.until(lambda: "1 model" in here.screen(), "the model")
        await here.pilot.press("enter")
        await here.until(lambda: models["fake:two"].asked, "the request")
        await here.settled()
        assert [message.text for message in await here.messages()] == ["q1", "Done."]
        assert here.app.chat.presenter.model == "fake:two" and not card(here).display


async def test_a_cut_answer_whose_question_is_answered_with_compact_is_asked_for_behind_a_summary(
    tmp_path: Path,
) -> None:
    model = ScriptedModel(["a1"], ["half", Finish("length")], ["The gist."])
    async with running(tmp_path, catalog=dear(model), size=(80, 24)) as here:
        await here.ask("q1")
        await here.send(LONG)
        await asked(here)
        await here.pilot.press("enter")
        await here.until(lambda: len(model.asked) == 2, "the answer")
        await here.settled()
        await here.pilot.press("escape", "C")
        await asked(here)
        card(here).clock = lambda: 2e9  # it is the second question, and has been read, too
        await here.pilot.press("c")
        await here.until(lambda: len(model.asked) == 3, "the summary")
        await here.settled()
        assert [message.text for message in await here.messages()][:3] == ["q1", "a1", "The gist."]


async def test_a_held_prompt_of_a_chat_behind_is_asked_about_when_that_is_shown(tmp_path: Path) -> None:
    import asyncio

    gate = asyncio.Event()
    model = ScriptedModel(["a1", gate], ["Done."])
    async with running(tmp_path, catalog=dear(model), size=(120, 40)) as here:
        await here.send("q1")
        await here.until(lambda: model.reached.is_set(), "the stream")
        first = here.app.chat.presenter.id
        await here.send(LONG)
        await here.until(lambda: here.replies.queue.of(first), "the queue")
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != first, "a new chat")
        gate.set()
        await here.settled()
        assert not card(here).display and here.replies.queue.of(first)[0].held
        here.app.chat.open_chat(first)
        await asked(here)
        await here.pilot.press("enter")
        await here.until(lambda: len(model.asked) == 2, "the request")
        await here.settled()
        assert not here.replies.queue.of(first)


async def test_a_dear_edit_is_asked_about_as_that_edit_and_takes_no_other_draft_along(tmp_path: Path) -> None:
    models = {"fake:one": ScriptedModel(["A1."]), "fake:two": ScriptedModel(["A2."])}
    catalog = ScriptedCatalog(models, window=10_000, token_price=Decimal("0.002"))
    async with running(tmp_path, catalog=catalog, size=(80, 24)) as here:
        await here.ask("short")
        await here.type("unrelated")
        here.app.chat.commands.run("edit_message")
        await here.until(lambda: here.composer.edited, "the edit")
        here.composer.text = f"@@fake:two {LONG}"
        await here.pilot.press("enter")
        await asked(here)
        assert here.composer.edited == "short" and here.composer.text == f"@@fake:two {LONG}"
        await here.pilot.press("enter")
        await here.until(lambda: models["fake:two"].asked, "the request")
        await here.settled()
        assert [message.text for message in await here.messages()] == [LONG, "A2."]
        await here.until(lambda: here.composer.text == "unrelated" and not here.composer.edited, "the draft")


async def test_an_edit_that_does_not_fit_stands_behind_a_summary_of_what_is_above_it(tmp_path: Path) -> None:
    model = ScriptedModel([LONG], [LONG], ["a3"], ["The gist."], ["Done."])
    async with running(tmp_path, catalog=ScriptedCatalog({"fake:one": model}, window=1_400), size=(80, 24)) as here:
        for text in ("q1", "q2", "q3"):
            await here.ask(text)
        here.app.chat.commands.run("edit_message")
        await here.until(lambda: here.composer.edited, "the edit")
        here.composer.text = LONG
        await here.pilot.press("enter")
        await asked(here)
        await here.pilot.press("c")
        await here.until(lambda: len(model.asked) == 5, "the summary and the prompt")
        await here.settled()
        assert [message.text for message in await here.messages()] == [
            "q1",
            LONG,
            "q2",
            LONG,
            "The gist.",
            LONG,
            "Done.",
        ]
        assert here.composer.text == "" and not here.composer.edited


async def test_a_question_is_still_there_when_one_comes_back_from_another_chat(tmp_path: Path) -> None:
    models = {"fake:one": ScriptedModel(["A1."]), "fake:two": ScriptedModel()}
    catalog = ScriptedCatalog(models, window=10_000, token_price=Decimal("0.002"))
    async with running(tmp_path, catalog=catalog, size=(80, 24)) as here:
        await here.ask("short")
        first = here.app.chat.presenter.id
        await here.send(LONG)
        await asked(here)
        here.app.chat.chats.open_new()
        await here.until(lambda: here.app.chat.presenter.id != first, "a new chat")
        await here.pilot.pause()
        here.app.chat.use_model("fake:two")
        await here.until(lambda: here.app.chat.presenter.model == "fake:two", "the model")
        await here.send(LONG)
        await asked(here)
        here.app.chat.open_chat(first)
        await here.until(lambda: here.app.chat.presenter.id == first, "the first chat")
        await here.pilot.pause()
        assert card(here).display and here.composer.text == LONG


async def test_an_edit_for_a_model_that_nobody_has_stays_in_view(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["A1."]), size=(80, 24)) as here:
        await here.ask("short")
        here.app.chat.commands.run("edit_message")
        await here.until(lambda: here.composer.edited, "the edit")
        here.composer.text = "@@nobody has this"
        await here.pilot.press("enter")
        await here.until(lambda: here.app._notifications, "why")
        assert here.composer.text == "@@nobody has this" and here.composer.edited == "short"


async def test_compact_waits_for_the_reply_and_a_summary_that_was_stopped_says_so(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["a1"], ["a2"], ["Half ", gate, "of it."], ["The gi", asyncio.Event()])
    async with running(tmp_path, model, size=(80, 24)) as here:
        await here.ask("q1")
        await here.ask("q2")
        await here.send("q3")
        await here.until(lambda: "Half" in here.screen(), "the half")
        await here.send("/compact")
        await here.until(lambda: "A reply is under way" in here.screen(), "why not")
        await here.pilot.press("alt+c")
        assert len(model.asked) == 3, "nor does the key"
        gate.set()
        await here.settled()
        await here.send("/compact")
        await here.until(lambda: "The gi" in here.screen(), "its beginning")
        await here.pilot.press("escape")
        await here.settled()
        await here.until(lambda: "Stopped by you" in here.screen(), "that it was stopped")
        assert "C go on" not in here.screen() and "r retry" in here.screen()
