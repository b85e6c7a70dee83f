"""Writing: Enter sends, newlines by every route, history with the arrows, growth, pastes; nothing typed is lost."""

from pathlib import Path

from textual import events

from tests.support.app import running
from tests.support.scripted import ScriptedModel
from tests.support.stage import on_stage
from tui.app.widgets.composer import Composer
from tui.chat.prompt import Prompt, PromptAttachment

CAT = PromptAttachment("cat.png", "image/png", b"\x89PNG")


async def test_every_newline_key_breaks_the_line_and_sends_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for key in ("ctrl+j", "shift+enter", "shift+\r"):
            here.composer.text = ""
            await here.type("one")
            await here.pilot.press(key)
            await here.type("two")
            assert here.composer.text == "one\ntwo", key
            assert not here.replies.running and not here.app.chat.presenter.prompts, key


async def test_a_backslash_before_enter_breaks_the_line(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.type("one")
        await here.pilot.press("backslash", "enter")
        await here.type("two")
        assert here.composer.text == "one\ntwo"


async def test_blank_drafts_are_not_sent(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        await here.type("  ")
        await here.pilot.press("enter")
        await here.pilot.pause()
        assert not model.asked and here.composer.text == "  "


async def test_it_grows_to_ten_rows_and_shrinks_again(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        composer = here.composer
        assert composer.size.height == 2
        for rows, height in ((1, 1), (4, 4), (10, 10), (30, 10)):
            composer.text = "\n".join(["row"] * rows)
            await here.pilot.pause()
            assert composer.area.size.height == height
            await here.until(lambda: composer.foot.display, "the estimate")
            await here.pilot.pause()
            assert composer.size.height == max(2, height + 1), "one row below, for the estimate"
        composer.text = ""
        await here.pilot.pause()
        assert composer.size.height == 2


async def test_the_arrow_up_brings_back_what_was_sent_and_the_arrow_down_the_draft(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("First")
        await here.ask("Second")
        await here.type("draft")
        for key, text in (("up", "Second"), ("up", "First"), ("up", "First"), ("down", "Second"), ("down", "draft")):
            await here.pilot.press(key)
            assert here.composer.text == text


async def test_arrows_inside_a_longer_draft_move_the_cursor(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("First")
        here.composer.text = "one\ntwo"
        await here.pilot.press("up")
        assert here.composer.text == "one\ntwo"
        await here.pilot.press("up")
        assert here.composer.text == "First"


async def test_pages_scroll_the_messages_while_the_composer_keeps_the_keys(tmp_path: Path) -> None:
    long = "\n\n".join(f"Paragraph {number}" for number in range(80))
    async with running(tmp_path, ScriptedModel([long])) as here:
        await here.ask("Long")
        await here.until(lambda: "Paragraph 79" in here.screen(), "the end")
        await here.pilot.press("pageup")
        await here.pilot.pause()
        assert "Paragraph 79" not in here.screen()
        assert here.app.focused is here.composer.area
        await here.pilot.press("pagedown")
        await here.until(lambda: "Paragraph 79" in here.screen(), "the end")


async def test_ctrl_d_leaves_only_from_an_empty_composer(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.type("ab")
        await here.pilot.press("home", "ctrl+d")
        assert here.composer.text == "b" and here.app.is_running
        await here.pilot.press("ctrl+d", "delete")
        assert here.composer.text == "" and here.app.is_running
        await here.pilot.press("ctrl+d")
        await here.pilot.pause()
        assert here.app.return_code == 0


async def test_files_go_along_with_the_text_once_and_alone_if_there_is_no_text() -> None:
    composer = Composer()
    async with on_stage(composer) as stage:
        composer.area.focus()
        composer.prompt = Prompt("Look:", (CAT,))
        await stage.pilot.press("space", "a", "enter", "b", "enter")
        composer.prompt = Prompt("", (CAT,))
        await stage.pilot.press("enter", "enter")
        sent = [message.prompt for message in stage.posted(Composer.Sent)]
        assert sent == [Prompt("Look: a", (CAT,)), Prompt("b"), Prompt("", (CAT,))]
        assert composer.prompt == Prompt()


async def test_a_prompt_that_was_cleared_comes_back_with_the_arrow_up() -> None:
    composer = Composer()
    async with on_stage(composer) as stage:
        composer.area.focus()
        composer.prompt = Prompt("Look", (CAT,))
        composer.clear()
        assert composer.prompt == Prompt()
        await stage.pilot.press("up")
        assert composer.text == "Look"


async def test_keys_that_are_typed_right_behind_enter_belong_to_the_next_prompt() -> None:
    composer = Composer()
    async with on_stage(composer) as stage:
        composer.area.focus()
        for key, letter in (("a", "a"), ("enter", "\r"), ("b", "b"), ("enter", "\r"), ("c", "c")):
            stage.app.post_message(events.Key(key, letter))
        await stage.pilot.pause()
        assert [message.prompt.text for message in stage.posted(Composer.Sent)] == ["a", "b"]
        assert composer.text == "c"
