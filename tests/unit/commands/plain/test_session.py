"""Who hears a chat instead of seeing it can do all of it by typing, loses nothing, and agrees to nothing by Enter."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.calling import calling
from tests.support.foreign_chats import simple_chatgpt, write
from tests.support.plain_chat import Step, talking
from tests.support.scripted import ScriptedCatalog, ScriptedModel, Thought
from tui.agent.models import Model
from tui.chat.importing import run
from tui.commands.plain.keyboard import InterruptedLineError
from tui.commands.plain.session import completions
from tui.commands.plain.table import COMMANDS
from tui.config import Config, SettingValues, SetValue
from tui.errors import UsageError

NASTY = "He\x1b[2J\x1b]0;title\x07llo\rover\b\b\x9b31m &#27;[31m\u202e."


async def talked(home: Path, steps: Sequence[Step], *models: Model, **more: Any) -> str:
    named = dict(zip(("fake:one", "fake:two"), models or (ScriptedModel(["Hello there."]),), strict=False))
    async with talking(home, named, steps, **more) as here:
        return await here.run()


async def test_a_prompt_is_answered_announced_and_ended(tmp_path: Path) -> None:
    text = await talked(tmp_path, ["Why?"], ScriptedModel([Thought("Hm."), "Be", "cause **so**", "."]))
    assert "\none answers:\nThinking.\n\nBecause so.\nEnd, tokens: " in text


@pytest.mark.parametrize("answer", [NASTY, "```\n" + NASTY + "\n```", "| a |\n|---|\n| " + NASTY + " |\n", "x" * 5_000])
async def test_nothing_that_a_model_says_steers_the_terminal(tmp_path: Path, answer: str) -> None:
    # `run` looks for every control sign in all that was written.
    await talked(tmp_path, ["Go", "/chats", "/open last"], ScriptedModel([*answer], [answer]))


async def test_lines_that_were_pasted_are_one_prompt_and_blocks_too(tmp_path: Path) -> None:
    model = ScriptedModel(["Yes."])
    await talked(tmp_path, [["one", "two"], '"""', "three", "/quit", '"""'], model)
    assert model.asked[-1].prompts == ["one\ntwo", "three\n/quit"]


async def test_ctrl_c_stops_a_reply_and_what_came_is_kept(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["So far ", gate, "never"])
    async with talking(tmp_path, {"fake:one": model}, ["Go"]) as here:
        run = asyncio.create_task(here.run())
        await model.reached.wait()
        here.session.stop()
        text = await run
        (chat,) = await here.services.library.conversations()
        (_, reply) = (await here.services.library.open(chat.id)).messages
    assert "So far \nStopped, " in text and "is saved" in text and "never" not in text
    assert (reply.state, reply.text) == ("interrupted", "So far ")


async def test_a_chat_of_another_program_goes_on_with_the_model_at_hand(tmp_path: Path) -> None:
    model = ScriptedModel(["Yes."])
    async with talking(tmp_path, {"fake:one": model}, ["/open last", "/rename Ours", "And then?"]) as here:
        await run(here.services.library, [write(tmp_path / "x.json", [simple_chatgpt("c", "Why?", "Because.")])])
        text = await here.run()
        (chat,) = await here.services.library.conversations()
    assert "2 messages, with one." in text and "one answers:" in text and chat.model == "fake:one"


async def test_a_line_that_is_dropped_by_ctrl_c_is_not_sent(tmp_path: Path) -> None:
    model = ScriptedModel(["Yes."])
    await talked(tmp_path, ["half \\", InterruptedLineError(), "whole"], model)
    assert model.asked[0].prompts == ["whole"]


async def test_what_could_not_be_sent_is_kept_and_sent_again(tmp_path: Path) -> None:
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["Yes."])})
    async with talking(tmp_path, {"fake:one": ScriptedModel()}, ["@@nobody Why?"], catalog=catalog) as here:
        assert "There is no model" in await here.run()
    model = ScriptedModel(["Yes."])
    async with talking(tmp_path, {"fake:one": model}, ["/retry"]) as here:
        blank = await here.services.library.blank_chats.all()
        here.chats.talk.go_to(blank[0])
        text = await here.run()
    assert "Written here and not sent:\n@@nobody Why?" in text


async def test_a_block_that_was_not_ended_is_a_draft_the_next_time(tmp_path: Path) -> None:
    assert "is kept" in await talked(tmp_path, ['"""', "a long letter"])
    model = ScriptedModel(["Yes."])
    async with talking(tmp_path, {"fake:one": model}, ["/retry"]) as here:
        here.chats.talk.go_to((await here.services.library.blank_chats.all())[0])
        text = await here.run()
        assert await here.services.library.blank_chats.all() == ()
    assert "Written here and not sent:\na long letter" in text
    assert model.asked[0].prompts == ["a long letter"]


async def test_another_prompt_leaves_alone_what_is_kept(tmp_path: Path) -> None:
    model = ScriptedModel(["Yes."])
    await talked(tmp_path, ["@@nobody kept", "sent", "/model two", "/retry"], model, ScriptedModel(["No."]))
    assert [asked.prompts[-1] for asked in model.asked] == ["sent"]


async def test_a_failure_is_said_and_the_prompt_is_answered_again(tmp_path: Path) -> None:
    model = ScriptedModel([UsageError("The line is down.", "Mend it.")], ["Up again."])
    text = await talked(tmp_path, ["Go", "/retry"], model)
    assert text.index("The line is down.") < text.index("Up again.")
    assert [asked.prompts for asked in model.asked] == [["Go"], ["Go"]]


async def test_a_command_that_there_is_not_is_said_and_not_sent(tmp_path: Path) -> None:
    model = ScriptedModel(["Yes."])
    text = await talked(tmp_path, ["/mdoel x", "/help me", "/help", "/stop", "", "   "], model)
    assert "Did you mean /model?" in text and "/help takes nothing" in text and "/attach path or address: " in text
    assert model.asked == []


async def test_models_are_listed_and_switched(tmp_path: Path) -> None:
    two = ScriptedModel(["It is two."], name="two")
    steps = ["/model", "/model fake:two", "Go", "@@fake:one And you?", "/retry-with fake:two", "/model nobody"]
    text = await talked(tmp_path, steps, ScriptedModel(["It is one."]), two)
    assert "fake:one\nfake:two\n" in text and "fake:two answers from now on." in text
    assert text.index("It is two.") < text.index("It is one.")
    assert 'There is no model "nobody"' in text
    assert len(two.asked) == 2


async def test_files_go_along_once(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("the notes")
    model = ScriptedModel(["Yes."])
    text = await talked(
        tmp_path, [f"/attach {tmp_path}/notes.txt", "Read", "/attach", f"/attach {tmp_path}/none"], model
    )
    assert "Goes along: notes.txt" in text and "Nothing goes along" in text and "none" in text
    assert "the notes" in str(model.asked[0].prompts)


async def test_chats_are_listed_opened_named_and_written(tmp_path: Path) -> None:
    steps = [
        "What is a quince?", "/rename Fruit", "/new", "/retry", "/export", "/open fruit", f"/export text {tmp_path}/q",
        "/chats", "/usage", "/open nowhere",
    ]  # fmt: skip
    text = await talked(tmp_path, steps, ScriptedModel(["A **fruit**."]))
    assert text.count("Nothing was sent in this chat yet.") == 2
    assert "“Fruit”, 2 messages, with one." in text and "You wrote:\nWhat is a quince?" in text
    assert "one answered:\nA fruit.\n" in text
    assert "This chat: 1 reply, " in text and 'no conversation "nowhere"' in text
    assert "quince" in (tmp_path / "q").read_text()


async def test_a_temporary_chat_leaves_nothing_unless_it_is_kept(tmp_path: Path) -> None:
    steps = ["/new temp", "secret", "/temp", "/temp", "/keep", "/keep"]
    async with talking(tmp_path, {"fake:one": ScriptedModel(["Yes."])}, steps[:3]) as here:
        assert "nothing of it is saved" in await here.run()
        assert await here.services.library.conversations() == []
    async with talking(tmp_path, {"fake:one": ScriptedModel(["Yes."])}, steps) as here:
        assert "This chat is saved." in await here.run()
        assert [chat.title for chat in await here.services.library.conversations()] == ["secret"]


async def test_settings_hold_for_the_next_turn(tmp_path: Path) -> None:
    model = ScriptedModel(["Yes."])
    text = await talked(tmp_path, ["/system Speak Latin.", "/think high", "/think much", "Go"], model)
    assert "Speak Latin." in str(model.asked[0].instructions) and "one of" in text
    assert (model.asked[0].settings or {}).get("thinking") == "high"


@pytest.mark.parametrize(
    ("typed", "came"),
    [
        (["yes"], "Tool calculate has answered"),
        (["", "y", "YES"], "Tool calculate has answered"),
        (["this chat"], "Tool calculate has answered"),
        (["no"], "Tool calculate was not allowed."),
        (["no, not now"], "Tool calculate was not allowed."),
        ([InterruptedLineError()], "Stopped, "),
        ([EOFError()], "Stopped, "),
    ],
)
async def test_a_tool_runs_only_by_a_typed_yes(tmp_path: Path, typed: list[Step], came: str) -> None:
    model = calling([("calculate", {"expression": "6*7"})])
    text = await talked(tmp_path, ["/tools calculate", "Go", *typed], model)
    assert "calculate: you are asked" in text and '{"expression": "6*7"}' in text
    assert came in text
    assert ("42" in text) is ("has answered" in came)
    assert text.count("That is none of the 3 answers.") == (2 if len(typed) == 3 else 0)


async def test_no_is_told_to_the_model_with_its_reason(tmp_path: Path) -> None:
    model = calling([("calculate", {"expression": "6*7"})])
    assert "not now" in await talked(tmp_path, ["/tools calculate", "Go", "no, not now"], model)


@pytest.mark.parametrize(("typed", "sent"), [(["", "send"], True), (["no"], False), ([EOFError()], False)])
async def test_what_is_dear_is_sent_only_by_a_typed_word(tmp_path: Path, typed: list[Step], sent: bool) -> None:
    model = ScriptedModel(["Yes."])
    catalog = ScriptedCatalog({"fake:one": model}, token_price=Decimal(1), window=10_000)
    values = SettingValues(()).set(SetValue("limits.confirm_above", 0.5, "command line", "test"))
    config = Config(tmp_path / "config.toml", settings=values)
    text = await talked(tmp_path, ["Dear words", *typed], model, catalog=catalog, config=config)
    assert "Not sent yet: " in text
    assert bool(model.asked) is sent
    assert ("is kept; " in text) is not sent


@pytest.mark.parametrize("typed", ["leave out 2 messages", "send anyway", "compact", "larger model", "no"])
async def test_what_is_too_long_is_sent_as_was_typed(tmp_path: Path, typed: str) -> None:
    model = ScriptedModel(["w " * 300])
    catalog = ScriptedCatalog({"fake:one": model}, window=500)
    first, long = "a " * 300, "b " * 500
    text = await talked(tmp_path, [first, long, typed], model, catalog=catalog)
    assert "Not sent yet: ≈" in text
    prompts = [asked.prompts for asked in model.asked[1:]]
    match typed:
        case "send anyway":
            assert prompts == [[first, long]]
        case "leave out 2 messages":
            assert prompts == [[long]]
        case "compact":
            assert len(prompts) == 2 and "one sums up:" in text and long in str(prompts[1][-1])
        case _:
            assert prompts == [] and "What you wrote is kept; " in text


async def test_a_summary_that_does_not_come_gives_the_prompt_back(tmp_path: Path) -> None:
    model = ScriptedModel(["w " * 300], [UsageError("The line is down.")], ["Yes."])
    catalog = ScriptedCatalog({"fake:one": model}, window=500)
    steps = ["a " * 300, "b " * 500, "compact", "/retry", "send anyway"]
    text = await talked(tmp_path, steps, model, catalog=catalog)
    assert text.index("The line is down.") < text.index("What you wrote is kept; ")
    assert model.asked[-1].prompts[-1] == "b " * 500


async def test_a_reply_that_was_stopped_goes_on_where_it_stopped(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["Once upon ", gate], ["Once upon a time."])
    async with talking(tmp_path, {"fake:one": model}, ["/continue", "Go", "/continue"]) as here:
        run = asyncio.create_task(here.run())
        await model.reached.wait()
        here.session.stop()
        text = await run
        chat = here.chats.talk.chat
        messages = (await here.services.library.open(chat.id)).messages
    assert "The last reply was not cut off." in text
    assert text.rindex("a time.") > text.index("Stopped, ")
    assert messages[-1].text == "Once upon a time."


def test_the_names_are_those_of_the_app() -> None:
    from tui.app.slash import BY_SLASH

    for command in COMMANDS:
        same = {BY_SLASH[name].id for name in command.names}
        assert len(same) == 1, command.names


async def test_a_call_is_told_when_it_runs_and_asked_about_once(tmp_path: Path) -> None:
    model = calling(["Let me see.", ("calculate", {"expression": "6*7"})])
    asked = await talked(tmp_path, ["/tools calculate", "Go", "yes"], model)
    assert asked.count('{"expression": "6*7"}') == 1
    assert "Let me see.\n" in asked and "\nTool calculate runs.\nTool calculate has answered" in asked
    (tmp_path / "other").mkdir()
    allowed = await talked(tmp_path / "other", ["/tools calculate=allow", "Go"], model)
    assert '\nTool calculate runs: {"expression": "6*7"}\nTool calculate has answered' in allowed


async def test_what_comes_from_the_command_line_is_sent_or_kept(tmp_path: Path) -> None:
    model = ScriptedModel(["Yes."])
    async with talking(tmp_path, {"fake:one": model}, ["/retry"]) as here:
        assert "Filled in\nWhat you wrote is kept" in await here.run("Filled in")
    async with talking(tmp_path, {"fake:one": model}, []) as here:
        await here.run("Asked", send=True)
    assert [asked.prompts for asked in model.asked] == [["Filled in"], ["Asked"]]


async def test_ctrl_c_ends_a_command_that_takes_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.Event()

    async def never() -> None:
        asked.set()
        await asyncio.Event().wait()

    async with talking(tmp_path, {"fake:one": ScriptedModel(["Yes."])}, ["/model", "Go"]) as here:
        monkeypatch.setattr(here.services.catalog, "refresh", never)
        run = asyncio.create_task(here.run())
        await asked.wait()
        here.session.stop()
        text = await run
    assert "Stopped.\n" in text and "Yes." in text


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("/retry", ["/retry", "/retry-with"]),
        ("/model fake:t", ["/model fake:two"]),
        ("/usage fake:t", []),
        ("What is /m", []),
    ],
)
def test_tab_completes_commands_and_models(line: str, found: list[str]) -> None:
    assert completions(line, ["fake:one", "fake:two"]) == found


async def test_what_is_kept_can_be_dropped_for_good(tmp_path: Path) -> None:
    model = ScriptedModel(["Yes."])
    async with talking(
        tmp_path, {"fake:one": model}, ["@@nobody Why?", "/drop-queued", "/drop-queued", "/retry"]
    ) as here:
        text = await here.run()
        assert await here.services.library.blank_chats.all() == ()
    assert "It is dropped." in text and "Nothing is kept." in text and "Nothing was sent in this chat yet." in text
