"""The question before a prompt is sent: seen above the composer, answered by key, deaf at first, and dismissed."""

from decimal import Decimal
from pathlib import Path

from textual.geometry import Offset

from tests.support.app import Running, burst, running
from tests.support.scripted import ScriptedCatalog, ScriptedModel
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


async def test_a_dear_prompt_waits_for_enter_and_nothing_is_sent_before(tmp_path: Path) -> None:
    model = ScriptedModel(["Fine."])
    async with running(tmp_path, catalog=dear(model), size=(80, 24)) as here:
        await here.send(LONG)
        await asked(here)
        shown = here.text_of(card(here))
        assert "≈ 500 tokens" in shown and "$1.00" in shown and "↵ send" in shown and "esc" in shown
        assert here.composer.text == LONG and not model.asked and not here.app.chat.presenter.prompts
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.prompts, "the prompt")
        await here.settled()
        assert len(model.asked) == 1 and here.composer.text == "" and not card(here).display
        assert here.app.focused is here.composer.area


async def test_a_fast_second_enter_does_not_send_it_and_what_is_typed_goes_on(tmp_path: Path) -> None:
    model = ScriptedModel(["Fine."])
    async with running(tmp_path, catalog=dear(model), size=(80, 24)) as here:
        await here.send(LONG)
        await here.until(lambda: card(here).has_focus, "the question")
        card(here).clock = lambda: card(here)._asked_at + 0.1
        await burst(here, ["enter", "escape"])
        assert card(here).display and not model.asked
        await burst(here, "cd")
        await here.until(lambda: not card(here).display, "writing")
        assert here.composer.text == LONG + "cd" and here.app.focused is here.composer.area and not model.asked


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
