"""A prompt in, an answer out, on screen and on disk; and what happens when it is stopped, fails, or is asked again."""

import asyncio
from pathlib import Path

import pytest

from tests.support.app import running
from tests.support.scripted import Finish, ScriptedCatalog, ScriptedModel, Thought
from tui.app.dialogs.confirm import Confirm
from tui.chat.prompt import PromptAttachment
from tui.errors import ChinwagError


async def test_a_prompt_is_answered_on_screen_and_on_disk(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel([Thought("Hm."), "It is ", "**noon**."])) as here:
        await here.type("What time is it?")
        await here.pilot.press("enter")
        assert here.composer.text == ""
        await here.until(lambda: here.app.chat.presenter.prompts, "the prompt")
        await here.settled()
        shown = here.text_of(here.transcript)
        assert "What time is it?" in shown and "It is noon." in shown and "one" in shown
        prompt, reply = await here.messages()
        assert (prompt.text, reply.text, reply.state) == ("What time is it?", "It is **noon**.", "done")
        assert here.app.chat.layout_view.header.title == "What time is it?"


async def test_text_is_shown_while_it_streams_and_what_is_sent_meanwhile_waits_for_its_turn(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["First half", gate, " second half"], ["An answer to that."])
    async with running(tmp_path, model) as here:
        await here.send("Go")
        await here.until(lambda: "First half" in here.screen(), "the first half")
        await here.type("next thought")
        assert here.composer.text == "next thought"
        await here.pilot.press("enter")
        await here.until(lambda: "1 queued" in here.screen() and "next thought" in here.screen(), "the queue")
        assert here.composer.text == "" and len(model.asked) == 1
        gate.set()
        await here.until(lambda: "An answer to that." in here.screen(), "the second answer")
        await here.settled()
        assert "First half second half" in here.screen() and "queued" not in here.screen()
        assert [message.text for message in await here.messages() if message.kind == "prompt"] == ["Go", "next thought"]


async def test_escape_stops_keeps_what_came_and_the_next_turn_works(tmp_path: Path) -> None:
    never = asyncio.Event()
    model = ScriptedModel(["Half an ans", never], ["Again."])
    async with running(tmp_path, model) as here:
        await here.send("Tell me")
        await here.until(lambda: "Half an ans" in here.screen(), "the half")
        assert "esc stop" in here.screen()
        await here.pilot.press("escape")
        await here.settled()
        await here.until(lambda: "esc stop" not in here.screen(), "the keys of a chat at rest")
        assert "Half an ans" in here.screen() and "topped" in here.screen()
        assert [message.state for message in await here.messages()] == ["done", "interrupted"]
        assert model.closed == 1
        await here.ask("And now?")
        assert "Again." in here.screen()


async def test_escape_without_a_reply_goes_to_the_messages_and_back_and_never_quits(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("Hi")
        for expected in (
            here.transcript,
            here.composer.area,
            here.transcript,
        ):
            await here.pilot.press("escape")
            assert here.app.focused is expected
        assert here.app.is_running


async def test_a_failure_is_a_card_and_retry_answers_the_same_prompt(tmp_path: Path) -> None:
    from tui.agent.exceptions import ModelHTTPError

    refusal = ModelHTTPError(401, "one", message="invalid [b]x-api-key[/b]", kind="auth", provider="fake")
    model = ScriptedModel([refusal], ["Better."])
    async with running(tmp_path, model) as here:
        await here.ask("Will you?")
        assert "invalid [b]x-api-key[/b]" in here.screen(), "quoted as it came, never as markup"
        assert (await here.messages())[-1].state == "failed"
        await here.pilot.press("escape", "r")
        await here.until(lambda: len(model.asked) == 2, "the second request")
        await here.settled()
        assert "Better." in here.screen() and "x-api-key" not in here.screen()
        assert [message.text for message in await here.messages()] == ["Will you?", "Better."]


async def test_no_model_to_build_is_a_card_too_and_the_prompt_is_kept(tmp_path: Path) -> None:
    catalog = ScriptedCatalog({"fake:one": ChinwagError("There is no key for Fake.", "Set FAKE_API_KEY.")})
    async with running(tmp_path, catalog=catalog) as here:
        await here.ask("Anyone?")
        assert "There is no key for Fake." in here.screen() and "FAKE_API_KEY" in here.screen()
        assert (await here.messages())[0].text == "Anyone?"


async def test_what_stands_in_the_composer_at_the_start_is_sent_if_asked(tmp_path: Path) -> None:
    async with running(tmp_path, prompt="From the shell", send=True) as here:
        await here.until(lambda: here.app.chat.presenter.prompts == ("From the shell",), "the prompt")
        await here.settled()
        assert "Hello." in here.screen()


async def test_a_piped_prompt_waits_in_the_composer(tmp_path: Path) -> None:
    async with running(tmp_path, prompt="line 1\nline 2") as here:
        assert here.composer.text == "line 1\nline 2"
        assert not here.replies.running


async def test_a_file_from_the_command_line_goes_with_the_first_prompt(tmp_path: Path) -> None:
    model = ScriptedModel(["A note."])
    note = PromptAttachment("note.txt", "text/plain", b"Buy milk.")
    async with running(tmp_path, model, prompt="What is it?", attachments=(note,), send=True) as here:
        await here.until(lambda: here.app.chat.presenter.prompts == ("What is it?",), "the prompt")
        await here.settled()
        assert "Buy milk." in str(model.asked[0].prompts[0])
        assert "note.txt" in here.screen()


async def test_leaving_while_a_reply_comes_asks_and_keeps_what_came(tmp_path: Path) -> None:
    model = ScriptedModel(["Kept so far", asyncio.Event()])
    async with running(tmp_path, model) as here:
        await here.send("Go on")
        await here.until(lambda: "Kept so far" in here.screen(), "the text")
        await here.pilot.press("ctrl+q")
        assert isinstance(here.app.screen, Confirm)
        await here.pilot.press("escape")
        assert here.replies.running, "not agreed: it goes on"
        await here.pilot.press("ctrl+q", "ctrl+q")
        await here.until(lambda: not here.replies.running, "the stop")
    async with running(tmp_path) as again:
        chats = await again.library.conversations()
        reply = (await again.library.open(chats[0].id)).messages[-1]
        assert (reply.text, reply.state) == ("Kept so far", "interrupted")


async def test_after_a_restart_everything_is_there(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["An answer."])) as here:
        await here.ask("A question")
        conversation = here.app.chat.presenter.conversation
    async with running(tmp_path, conversation=conversation) as again:
        await again.until(lambda: "An answer." in again.screen(), "the answer")
        assert "A question" in again.text_of(again.app.chat.layout_view.chat_list)


async def test_the_banner_stands_until_it_is_clicked_away(tmp_path: Path) -> None:
    async with running(tmp_path, banner="Nothing is saved: [red]the folder[/red] cannot be written.") as here:
        assert "[red]the folder[/red] cannot be written" in here.screen()
        await here.pilot.click("NoticeLine")
        await here.pilot.pause()
        assert "cannot be written" not in here.screen()


@pytest.mark.parametrize("key", ["ctrl+c"])
async def test_ctrl_c_stops_a_reply_and_clears_an_idle_draft(tmp_path: Path, key: str) -> None:
    model = ScriptedModel(["Some", asyncio.Event()])
    async with running(tmp_path, model) as here:
        await here.send("Go")
        await here.until(lambda: "Some" in here.screen(), "the text")
        await here.pilot.press(key)
        await here.settled()
        await here.type("a draft")
        await here.pilot.press(key)
        assert here.composer.text == ""
        await here.pilot.press("up")
        assert here.composer.text == "a draft"


async def test_an_answer_that_was_cut_off_says_so_and_why(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["To be cont", Finish("length")])) as here:
        await here.ask("Tell me all")
        assert "! Cut off  at the longest answer allowed" in here.screen()


async def test_a_prompt_that_is_not_taken_comes_back_into_the_composer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as here:

        async def refuse(conversation: object) -> None:
            raise ChinwagError("The prompt was not taken.", "Try again.")

        monkeypatch.setattr(here.library, "current_branch", refuse)
        await here.send("Do not lose this")
        await here.until(lambda: "was not taken" in here.screen(), "the words")
        assert here.composer.text == "Do not lose this"
        monkeypatch.undo()
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.prompts == ("Do not lose this",), "the prompt")
        await here.settled()


async def test_a_bug_behind_the_screen_is_said_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _home: Path
) -> None:
    async with running(tmp_path) as here:

        async def break_down(**_: object) -> None:
            raise ZeroDivisionError("a bug of ours")

        monkeypatch.setattr(here.library.unsent_prompts, "chats", break_down)
        here.app.chat.read_list()
        await here.until(lambda: "went wrong inside Chinwag" in here.screen(), "the words")
        report = next((_home / "state").glob("crash-*.log")).read_text()
        assert "a bug of ours" in report
        monkeypatch.undo()
        await here.ask("Still there?")
        assert "Hello." in here.screen()


async def test_the_question_about_leaving_says_when_the_reply_has_ended(tmp_path: Path) -> None:
    gate, never = asyncio.Event(), asyncio.Event()
    async with running(tmp_path, ScriptedModel(["Half", gate], ["More", never])) as here:
        await here.send("Tell me")
        await here.until(lambda: "Half" in here.screen(), "the half")
        await here.pilot.press("ctrl+q")
        await here.until(lambda: "still coming in" in here.screen(), "the question")
        gate.set()
        await here.until(lambda: "The reply has ended" in here.screen(), "another question")
        assert "still coming in" not in here.screen()
        await here.pilot.press("escape")
        await here.send("And on")
        await here.until(lambda: "More" in here.screen(), "the next one")
        await here.pilot.press("ctrl+q")
        await here.until(lambda: "still coming in" in here.screen(), "the question again")
