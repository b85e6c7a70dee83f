"""Branches by key and mouse on a small terminal: every change stands beside what was there, and nothing is lost."""

import asyncio
from pathlib import Path

from tests.support.app import Running, burst, running
from tests.support.scripted import Finish, ScriptedModel
from tui.app.dialogs.compare_texts import CompareTexts
from tui.app.dialogs.confirm import Confirm
from tui.app.dialogs.export import ExportDialog
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.tree import TreeDialog
from tui.app.transcript.view import Transcript
from tui.app.widgets.field import Field
from tui.chat.prompt import Prompt, PromptAttachment

SMALL = (80, 24)
NOTE = PromptAttachment("a.txt", "text/plain", b"words")


async def two_turns(here: Running) -> None:
    """Two turns, the first reply with the focus."""
    await here.ask("first")
    await here.ask("second")
    await here.pilot.press("escape", "k", "k")


def texts(here: Running) -> list[str]:
    return [record.text for record in here.app.chat.presenter.records]


async def shown(here: Running, *wanted: str) -> None:
    await here.until(lambda: texts(here) == list(wanted), f"{wanted}")
    await here.settled()


def model() -> ScriptedModel:
    return ScriptedModel(["one"], ["two"], ["three"], ["four"])


async def test_an_earlier_prompt_is_answered_again_and_brackets_and_clicks_go_from_answer_to_answer(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        await two_turns(here)
        await here.pilot.press("r")
        await shown(here, "first", "three")
        assert "‹2/2›" in here.screen()
        await here.pilot.press("left_square_bracket")
        await shown(here, "first", "one", "second", "two")
        assert "‹1/2›" in here.screen()
        await here.pilot.press("left_square_bracket", "right_square_bracket")
        await shown(here, "first", "three")
        for half, wanted in (("‹", ["first", "one", "second", "two"]), ("›", ["first", "three"])):
            lines = here.text_of(here.transcript).splitlines()
            at = next(number for number, line in enumerate(lines) if "/2›" in line)
            await here.pilot.click(Transcript, offset=(lines[at].index(half), at))
            await shown(here, *wanted)


async def test_another_model_answers_once_and_the_chat_keeps_its_own(tmp_path: Path) -> None:
    async with running(tmp_path, model(), ScriptedModel(["by two"]), size=SMALL) as here:
        await two_turns(here)
        await here.pilot.press("R")
        await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the models")
        await here.type("two")
        await here.pilot.press("enter")
        await shown(here, "first", "by two")
        assert [record.model for record in here.app.chat.presenter.records] == ["", "fake:two"]
        assert here.app.chat.presenter.model == "fake:one"


async def test_an_edited_prompt_goes_beside_the_old_one_and_the_draft_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        here.composer.prompt = Prompt("first", (NOTE,))
        await here.pilot.press("enter")
        await shown(here, "first", "one")
        await here.type("a dra")
        await here.pilot.press("escape", "k", "e")
        await here.until(lambda: here.composer.edited == "first", "the edit")
        assert here.composer.prompt == Prompt("first", (NOTE,)) and "edits “first”  esc not" in here.screen()
        await here.type(" anew")
        await here.pilot.press("enter")
        await shown(here, "first anew", "two")
        assert here.composer.text == "a dra" and not here.composer.edited and "edits" not in here.screen()
        tree = await here.library.tree(here.app.chat.presenter.id)
        assert [message.text for message in tree] == ["first", "one", "first anew", "two"]
        assert len(await here.library.attachments(here.app.chat.presenter.id)) == 2


async def test_a_command_that_fails_in_an_edit_comes_back_there_and_not_into_the_draft(tmp_path: Path) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        await here.ask("first")
        await here.type("a draft")
        await here.pilot.press("escape", "k", "e")
        await here.until(lambda: here.composer.edited == "first", "the edit")
        for _ in range(2):
            await here.send("/think zzz")
            await here.until(lambda: here.composer.text == "/think zzz", "the command, to be mended")
        await here.pilot.press("escape")
        await here.until(lambda: not here.composer.edited, "the end of the edit")
        assert here.composer.text == "a draft"


async def test_what_is_typed_at_once_behind_the_key_is_the_edit(tmp_path: Path) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        await two_turns(here)
        await burst(here, ["k", "e", *" anew", "enter", *"next"])
        await shown(here, "first anew", "three")
        assert here.composer.text == "next"


async def test_the_last_message_that_goes_comes_back_too(tmp_path: Path) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        await here.ask("first")
        await here.pilot.press("escape", "k", "d")
        await shown(here)
        assert "u undoes it" in here.screen() and "R again" not in here.screen()
        await here.pilot.press("u")
        await shown(here, "first", "one")
        await here.pilot.press("home", "k", "d")
        await shown(here)
        here.composer.area.focus()
        await here.send("/undo-message")
        await shown(here, "first", "one")


async def test_an_edit_that_is_given_up_leaves_everything_and_the_arrow_up_has_its_words(tmp_path: Path) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        await two_turns(here)
        await here.pilot.press("k", "e")
        await here.type(" and more")
        await here.pilot.press("escape")
        await here.until(lambda: not here.composer.edited, "the end of the edit")
        assert here.composer.text == "" and texts(here) == ["first", "one", "second", "two"]
        await here.pilot.press("up")
        assert here.composer.text == "first and more"


async def test_an_edit_and_the_draft_below_it_are_both_on_disk(tmp_path: Path) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        await two_turns(here)
        here.composer.text = "a draft"
        await here.pilot.press("k", "e")
        await here.until(lambda: here.composer.edited, "the edit")
        await here.type(" anew")
    async with running(tmp_path, model(), size=SMALL) as here:
        here.app.chat.open_chat((await here.library.find("last")).id)
        await here.until(lambda: "first anew" in here.composer.text and "a draft" in here.composer.text, "both")


async def test_a_cut_answer_goes_on(tmp_path: Path) -> None:
    script = ScriptedModel(["I like app", Finish("length")], ["I like apples."])
    async with running(tmp_path, script, size=SMALL) as here:
        await here.ask("What?")
        assert "C go on" in here.screen()
        await here.pilot.press("escape", "C")
        await shown(here, "What?", "I like apples.")
        assert "‹2/2›" in here.screen() and "C go on" not in here.screen()


async def test_a_message_is_deleted_after_asking_where_more_would_go_and_a_fork_is_a_chat_of_its_own(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        await two_turns(here)
        await here.pilot.press("d")
        await shown(here, "first")
        assert "u undoes it" in here.screen()
        await here.pilot.press("u")
        await shown(here, "first", "one", "second", "two")
        await here.pilot.press("home", "k", "k", "d")
        await here.until(lambda: isinstance(here.app.screen, Confirm), "the question")
        assert "2 prompts" in here.screen()
        await here.pilot.press("n")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert len(texts(here)) == 4
        await here.pilot.press("j")
        before = here.app.chat.presenter.id
        await here.pilot.press("f")
        await here.until(lambda: here.app.chat.presenter.id != before, "the fork")
        await shown(here, "first", "one")
        assert here.app.chat.presenter.conversation is not None
        assert here.app.chat.presenter.conversation.title == "first (fork)"
        assert len((await here.library.open(before)).messages) == 4


async def test_a_reply_that_streams_is_stopped_before_it_goes_and_is_kept_for_undo(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with running(tmp_path, ScriptedModel(["half", gate, "never"]), size=SMALL) as here:
        await here.send("first")
        await here.until(lambda: "half" in here.screen(), "the beginning")
        here.transcript.focus()
        await here.pilot.press("end", "d")
        await shown(here, "first")
        await here.pilot.press("u")
        await here.until(lambda: texts(here) == ["first", "half"], "the half")
        assert here.app.chat.presenter.records[-1].state == "interrupted"


async def test_commands_behind_a_slash_are_for_the_last_message_they_fit(tmp_path: Path) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        await here.ask("first")
        await here.send("/retry")
        await shown(here, "first", "two")
        await here.send("/previous-branch")
        await shown(here, "first", "one")
        await here.send("/edit-message")
        await here.until(lambda: here.composer.text == "first", "the edit")


# The tree.


async def test_the_tree_begins_where_one_reads_and_goes_where_one_wants(tmp_path: Path) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        await two_turns(here)
        await here.pilot.press("r")
        await shown(here, "first", "three")
        await here.pilot.press("T")
        await here.until(lambda: isinstance(here.app.screen, TreeDialog), "the tree")
        drawn = [line.strip("│ ") for line in here.screen().splitlines() if "●" in line or "○" in line]
        assert [line.split("  ")[0] for line in drawn] == ["● you", "├─○ one", "○ you", "○ one", "▌ └─● one"]
        await here.pilot.press("up", "enter")
        await shown(here, "first", "one", "second", "two")
        assert here.transcript.focused_id == here.app.chat.presenter.records[-1].id


async def test_the_tree_compares_deletes_finds_and_forks(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["one small fish"], ["one big fish"]), size=SMALL) as here:
        await here.ask("first")
        await here.pilot.press("escape", "r")
        await shown(here, "first", "one big fish")
        await here.pilot.press("T", "equals_sign", "up", "equals_sign")
        await here.until(lambda: isinstance(here.app.screen, CompareTexts), "the two")
        await here.until(lambda: "one [-big-]{+small+} fish" in here.screen(), "the words")
        await here.pilot.press("escape")
        await here.until(lambda: isinstance(here.app.screen, TreeDialog), "the tree")
        await here.pilot.press("d")
        await here.until(lambda: "2 messages" in here.screen(), "one less")
        await here.pilot.press("u")
        await here.until(lambda: "3 messages" in here.screen(), "all of them")
        await here.pilot.press("slash")
        await here.type("big")
        await here.until(lambda: "first" not in here.text_of(here.app.screen.query_one("TreeRows")), "what was found")
        await here.pilot.press("enter", "f")
        await here.until(lambda: texts(here) == ["first", "one big fish"] and here.app.screen is here.app.chat, "it")
        assert len(await here.library.branches.links(here.app.chat.presenter.id)) == 2


async def test_first_words_of_any_kind_stay_words_in_the_tree(tmp_path: Path) -> None:
    async with running(
        tmp_path, ScriptedModel(["[bold]x[/] \x1b[31mred\u202e\ttab\nnext " + "界" * 90]), size=SMALL
    ) as here:
        await here.ask("first")
        await here.pilot.press("escape", "T")
        await here.until(lambda: isinstance(here.app.screen, TreeDialog), "the tree")
        (line,) = [line for line in here.screen().splitlines() if "[bold]x[/]" in line]
        assert "\x1b" not in line and "\u202e" not in line and line.rstrip().endswith("│")


async def test_the_export_offers_all_branches_where_there_are_some(tmp_path: Path) -> None:
    async with running(tmp_path, model(), size=SMALL) as here:
        await two_turns(here)
        await here.pilot.press("r")
        await shown(here, "first", "three")
        place = tmp_path / "chat.md"
        await here.pilot.press("x")
        await here.until(lambda: isinstance(here.app.screen, ExportDialog), "the dialog")
        assert "this branch only" in here.screen()
        await here.pilot.press("alt+a")
        assert "all branches" in here.screen()
        here.app.screen.query_one(Field).value = str(place)
        await here.pilot.press("enter")
        await here.until(place.exists, "the file")
        assert "# Branch 2" in place.read_text() and "second" in place.read_text()
