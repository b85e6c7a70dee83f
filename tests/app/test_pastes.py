"""Long pastes in the composer: folded, never cut in two, and whole wherever the prompt goes. Lost else: the paste."""

import random
from pathlib import Path

import pytest
from textual import events

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tests.support.stage import Stage, on_stage
from tui.app.widgets.composer import Composer
from tui.app.widgets.prompt_area import PromptArea
from tui.chat.prompt import Prompt

LOG = "\n".join(f"line {number}" for number in range(214))
LABEL = "[pasted 214 lines ▾]"


async def paste(here: Running | Stage, text: str) -> None:
    here.app.post_message(events.Paste(text))
    await here.pilot.pause()


async def test_a_long_paste_is_a_label_and_is_sent_whole_with_plain_line_ends(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        await here.type("Look: ")
        await paste(here, LOG.replace("\n", "\r\n"))
        await here.type(" ok?")
        assert here.composer.area.text == f"Look: {LABEL} ok?"
        assert here.composer.text == f"Look: {LOG} ok?"
        await here.pilot.press("enter")
        await here.settled()
        assert (await here.messages())[0].text == f"Look: {LOG} ok?"
        assert model.asked[0].prompts == [f"Look: {LOG} ok?"]


async def test_a_short_paste_stands_as_it_is(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await paste(here, "one\r\ntwo")
        assert here.composer.area.text == "one\ntwo"


async def test_the_arrow_up_a_draft_and_what_was_being_written_have_all_of_it(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("First")
        await paste(here, LOG)
        await here.pilot.press("up")
        assert here.composer.text == "First"
        await here.pilot.press("down")
        assert here.composer.area.text == LABEL and here.composer.text == LOG
        first = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != first, "another chat")
        assert here.composer.text == ""
        here.app.chat.open_chat(first)
        await here.until(lambda: here.app.chat.presenter.id == first, "the first chat")
        assert here.composer.area.text == LABEL
        await here.pilot.press("enter")
        await here.settled()
        await here.pilot.press("up")
        assert here.composer.area.text == LABEL and here.composer.text == LOG


async def test_it_opens_under_the_cursor_by_enter_and_undo_folds_it_again(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        await paste(here, LOG)
        await here.type("!")
        await here.pilot.press("left", "left", "enter")
        assert here.composer.area.text == f"{LOG}!" and not model.asked
        await here.pilot.press("ctrl+z")
        assert here.composer.area.text == f"{LABEL}!" and here.composer.text == f"{LOG}!"
        await here.pilot.press("ctrl+y")
        assert here.composer.area.text == f"{LOG}!"


async def test_it_opens_by_a_click(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.type("See ")
        await paste(here, LOG)
        await here.pilot.click(here.composer.area, offset=(1, 0))
        assert here.composer.area.text == f"See {LABEL}"
        await here.pilot.click(here.composer.area, offset=(8, 0))
        assert here.composer.area.text == f"See {LOG}"


async def test_the_cursor_goes_over_it_in_one_step_and_what_is_typed_on_it_goes_behind() -> None:
    composer = Composer()
    async with on_stage(composer) as stage:
        composer.area.focus()
        await paste(stage, LOG)
        await stage.pilot.press("left")
        assert composer.area.selection == ((0, len(LABEL)), (0, 0))
        await stage.pilot.press("x")
        assert composer.area.text == f"{LABEL}x"
        await stage.pilot.press("left", "left", "left")
        assert composer.area.cursor_location == (0, 0) and composer.area.selection.is_empty
        await stage.pilot.press("right", "delete")
        assert composer.area.text == "x"
        await stage.pilot.press("ctrl+z")
        assert composer.text == f"{LOG}x"


async def test_backspace_behind_it_deletes_all_of_it_and_undo_brings_it_back() -> None:
    composer = Composer()
    async with on_stage(composer) as stage:
        composer.area.focus()
        await stage.pilot.press("a")
        await paste(stage, LOG)
        await stage.pilot.press("backspace")
        assert composer.text == "a"
        await stage.pilot.press("ctrl+z")
        assert composer.text == f"a{LOG}"


async def test_copy_and_cut_have_the_content(monkeypatch: pytest.MonkeyPatch) -> None:
    composer = Composer()
    async with on_stage(composer) as stage:
        copied: list[str] = []
        monkeypatch.setattr(stage.app, "copy_to_clipboard", copied.append)
        composer.area.focus()
        await stage.pilot.press("a")
        await paste(stage, LOG)
        composer.area.select_all()
        await stage.pilot.press("ctrl+c")
        composer.area.select_all()
        await stage.pilot.press("ctrl+x")
        assert copied == [f"a{LOG}"] * 2 and composer.text == ""


MOVES = (
    "cursor_left", "cursor_right", "cursor_up", "cursor_down", "cursor_line_start", "cursor_line_end",
    "cursor_word_left", "cursor_word_right",
)  # fmt: skip
EDITS = (
    "delete_left", "delete_right", "delete_word_left", "delete_word_right", "delete_to_start_of_line",
    "delete_to_end_of_line", "newline", "undo", "redo",
)  # fmt: skip


def act(area: PromptArea, dice: random.Random) -> str:
    """Do something that keys do."""
    name = dice.choice((*MOVES, *MOVES, *EDITS, "type"))
    if name == "type":
        area.insert_typed(dice.choice("ab"))
    elif name in MOVES:
        getattr(area, f"action_{name}")(dice.random() < 0.3)
    else:
        getattr(area, f"action_{name}")()
    return name


async def test_no_edit_by_hand_cuts_it_in_two(rounds: int) -> None:
    """Whatever is typed, moved and deleted: the paste is there as a whole or not at all."""
    composer = Composer()
    dice = random.Random(9)
    async with on_stage(composer) as stage:
        for _ in range(5 * rounds):
            composer.prompt = Prompt("hi")
            await paste(stage, LOG)
            done: list[str] = []
            for _ in range(40):
                done.append(act(composer.area, dice))
                text, shown = composer.text, composer.area.text
                assert text.count("line 107\n") == shown.count(LABEL) <= 1, (shown, done)
                assert "[pasted" not in shown.replace(LABEL, "") and "▾" not in shown.replace(LABEL, ""), (shown, done)


async def test_undo_of_a_paste_of_many_rows_leaves_the_program_running() -> None:
    composer = Composer()
    async with on_stage(composer) as stage:
        composer.set_rows(1, 10)
        composer.area.focus()
        composer.area.take("x")
        await stage.pilot.press("end")
        composer.area.insert("\n".join("row" for _ in range(60)))
        await stage.pilot.pause()
        await stage.pilot.press("ctrl+z")
        assert composer.text in ("", "x")


async def test_a_prompt_of_two_thousand_lines_is_drawn_with_its_code() -> None:
    composer = Composer()
    async with on_stage(composer) as stage:
        composer.area.focus()
        composer.area.insert("\n".join(["text", "```", *["code"] * 2_000, "```", "end"]))
        await stage.pilot.press("ctrl+home")
        area = composer.area
        roles = [area.get_line(row).spans for row in (0, 1, 2, 2_002, 2_003)]
        assert [bool(spans) for spans in roles] == [False, True, True, True, False]
        assert roles[1] != roles[2]


async def test_a_draft_with_a_paste_is_on_disk_whole(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("First")
        chat = here.app.chat.presenter.conversation
        await here.type("See ")
        await paste(here, LOG)
        await here.app.chat.save_drafts()
    async with running(tmp_path, conversation=chat) as here:
        await here.until(lambda: here.composer.text == f"See {LOG}", "the draft")
