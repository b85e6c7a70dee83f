"""The tools of a chat: switched, allowed, found, kept for new chats; hostile servers are drawn and change nothing."""

import re
from dataclasses import replace
from pathlib import Path

from textual import events

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tests.support.servers import PlayedServer, PlayedServers
from tui.app.dialogs.source_view import SourceView
from tui.app.dialogs.tools import ToolsDialog
from tui.chat.settings import ChatSettings
from tui.chat.tools.tools import Tools
from tui.mcp.values import McpTool

TIME = McpTool("time", "now_in", "", "The time in a zone.", {"type": "object"}, read_only=True)
NOISE = McpTool("time", "sl\x1b[2Jeep", "", "[red]Bold\x1b[31m\u202e\u200b " + "long " * 500, {"type": "object"})


def servers() -> PlayedServers:
    return PlayedServers(
        PlayedServer("time", (TIME, NOISE)), PlayedServer("gone", becomes="failed", problem="No such.")
    )


async def open_tools(here: Running) -> ToolsDialog:
    await here.pilot.press("alt+o")
    await here.until(lambda: isinstance(here.app.screen, ToolsDialog), "the tools")
    await here.pilot.pause()
    dialog = here.app.screen
    assert isinstance(dialog, ToolsDialog)
    return dialog


async def go_to(here: Running, dialog: ToolsDialog, key: str) -> None:
    keys = [row.key for row in dialog.rows.lines if row.key]
    await here.pilot.press("home", *["down"] * keys.index(key))
    assert dialog.rows.key == key


async def test_what_is_switched_holds_for_this_chat_at_once(tmp_path: Path) -> None:
    played = servers()
    async with running(tmp_path, size=(80, 24), servers=played) as here:
        dialog = await open_tools(here)
        assert played.started == ["time", "gone"], "all of them, to see what they have"
        assert "No such." in here.screen() and "nothing is sent of them" in here.screen()
        await go_to(here, dialog, "now")
        await here.pilot.press("space", "right")
        await go_to(here, dialog, "time:now_in")
        await here.pilot.press("space")
        assert "says: read-only" in here.screen()
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        await here.until(lambda: here.app.chat.presenter.settings.tools == "now=allow, time:now_in", "the rules")
        await here.pilot.press("f4")
        assert "2 on" in here.screen()


async def test_who_changes_nothing_takes_nothing_back_that_another_window_has_set(tmp_path: Path) -> None:
    async with running(tmp_path, servers=servers()) as here:
        await open_tools(here)
        chat = here.app.chat
        denied = replace(chat.presenter.settings, tools="now=deny")
        await chat.actions._set_chat(denied)  # as when it is followed
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is chat, "the chat")
        await here.settled()
        assert chat.presenter.settings.tools == "now=deny"


async def test_what_is_set_for_a_chat_is_set_in_no_other_one_that_is_shown_by_then(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["one"], ["two"]), servers=servers()) as here:
        await here.ask("first")
        first = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.ask("second")
        second = here.app.chat.presenter.id
        dialog = await open_tools(here)
        here.app.chat.open_chat(first)  # as when the key comes before the last change was saved
        await here.until(lambda: here.app.chat.presenter.id == first, "the other chat")
        await go_to(here, dialog, "now")
        await here.pilot.press("space", "escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        await here.settled()
        set_ = [ChatSettings.from_json((await here.library.open(id)).conversation.settings) for id in (first, second)]
        assert [one.tools for one in set_] == ["", "now"]


async def test_a_whole_server_goes_on_with_one_key_and_one_tool_of_it_off_again(tmp_path: Path) -> None:
    async with running(tmp_path, servers=servers()) as here:
        dialog = await open_tools(here)
        await go_to(here, dialog, "time:*")
        await here.pilot.press("enter")
        assert dialog.settings.tools == "" and here.app.screen is dialog, "enter shows, and switches nothing"
        assert "space all on" in here.screen()
        await here.pilot.press("space")
        assert dialog.settings.tools == "time:*"
        assert "space all off" in here.screen()
        await go_to(here, dialog, "time:now_in")
        await here.pilot.press("space")
        assert dialog.settings.tools == "time:*, time:now_in=deny"
        await go_to(here, dialog, "time:*")
        await here.pilot.press("space")
        assert dialog.settings.tools == ""
        await go_to(here, dialog, "chinwag:*")
        await here.pilot.press("space")
        assert dialog.settings.tools == "now, calculate, fetch, search_chats"


async def test_hostile_words_of_a_server_are_drawn_and_not_obeyed(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24), servers=servers()) as here:
        dialog = await open_tools(here)
        await go_to(here, dialog, NOISE.server + ":" + NOISE.name)
        screen = here.screen()
        assert "[red]Bold" in screen and "\x1b" not in screen and "\u202e" not in screen
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, SourceView), "its definition")
        assert "\x1b" not in here.screen() and "[red]Bold" in here.screen()
        assert here.screen().count("long") > 100, "all of it is there, wrapped"
        assert "lon\n" not in "\n".join(line.rstrip(" │") for line in here.screen().splitlines()), "between words"


async def test_ten_thousand_tools_are_found_by_typing(tmp_path: Path) -> None:
    many = tuple(replace(TIME, name=f"tool_{number}", description=f"Does thing {number}.") for number in range(10_000))
    async with running(tmp_path, servers=PlayedServers(PlayedServer("time", many))) as here:
        dialog = await open_tools(here)
        await here.until(lambda: len(dialog.rows.lines) > 10_000, "the tools")
        await here.pilot.press("slash")
        await here.type("thing 7777")
        await here.until(lambda: "tool_7777" in here.screen(), "the tool")
        assert "space" not in here.screen() and "↵ to what is found" in here.screen(), "a space is typed here"
        assert [row.key for row in dialog.rows.lines if row.key] == ["time:*", "time:tool_7777"]
        await here.pilot.press("enter")
        assert dialog.rows.key == "time:tool_7777", "the first that was found, not its server"
        await here.pilot.press("space")
        assert dialog.settings.tools == "time:tool_7777"
        await here.pilot.press("up", "space")
        assert dialog.settings.tools == "", "of 10,000 that its server has, the one that is shown"
        await here.pilot.press("slash")
        await here.type("nowhere")
        await here.until(lambda: "No tool has these words" in here.screen(), "the remark")


async def test_a_folder_is_typed_completed_and_opens_the_tools_that_read_files(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    async with running(tmp_path) as here:
        dialog = await open_tools(here)
        assert "chinwag mcp add" in here.screen(), "how to get more"
        await here.pilot.press("f")
        assert dialog.field.value == "~/"
        here.app.post_message(events.Paste(f"{tmp_path}/pap"))
        await here.until(lambda: dialog.field.value == f"{tmp_path}/pap", "the path, without what was offered")
        await here.pilot.press("tab")
        await here.until(lambda: dialog.field.value == f"{tmp_path}/papers/", "the whole name")
        await here.pilot.press("x", "enter")
        await here.until(lambda: "no such folder" in here.screen(), "the refusal")
        await here.pilot.press("backspace", "enter")
        await here.until(lambda: dialog.settings.folder == f"{tmp_path}/papers", "the folder")
        await here.until(lambda: "read_file" in here.screen(), "its tools")
        assert "reads your files" in here.screen()


async def test_new_chats_begin_with_what_was_made_the_default(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        dialog = await open_tools(here)
        await go_to(here, dialog, "fetch")
        await here.pilot.press("space", "D")
        await here.until(lambda: "New chats begin with these tools" in here.screen(), "the word")
        assert here.library.new("fake:one").settings == ChatSettings(tools="fetch").to_json()


async def test_a_server_that_failed_is_started_anew_and_its_log_is_there(tmp_path: Path) -> None:
    played = servers()
    async with running(tmp_path, servers=played) as here:
        here.app._services.requests.log("gone", "error", "line one\nli\x1b[31mne two")
        dialog = await open_tools(here)
        await go_to(here, dialog, "gone:*")
        await here.pilot.press("l")
        await here.until(lambda: "line one" in here.screen(), "the log")
        assert "Log of gone" in here.screen()
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is dialog, "the tools")
        played.played["gone"].becomes, played.played["gone"].problem = "ready", ""
        await here.pilot.press("r")
        await here.until(lambda: played.started == ["time", "gone", "gone"], "the start")
        await here.until(lambda: "No such." not in here.screen(), "the end of its problem")
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert played.listeners == 1, "the chat's alone"


async def test_a_tool_that_is_on_is_offered_in_the_next_turn_and_counted_before_it(tmp_path: Path) -> None:
    model = ScriptedModel()
    offered: list[list[str]] = []
    stream = model.request_stream

    def watched(messages, settings, parameters):  # type: ignore[no-untyped-def]
        offered.append([tool.name for tool in parameters.function_tools])
        return stream(messages, settings, parameters)

    model.request_stream = watched  # type: ignore[method-assign]
    async with running(tmp_path, model, servers=servers()) as here:
        dialog = await open_tools(here)
        await go_to(here, dialog, "time:now_in")
        await here.pilot.press("space", "escape")
        await here.until(lambda: here.app.chat.presenter.settings.tools == "time:now_in", "the rule")
        await here.ask("What time is it?")
        assert offered == [["time_now_in"]]
        await here.pilot.press("f8")
        await here.until(lambda: re.search(r"tools ≈[1-9]", here.screen()), "the context")


def test_the_definitions_of_ten_thousand_tools_are_counted_once(tmp_path: Path) -> None:
    counted: list[str] = []

    class Counting(dict[str, object]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            counted.append("again")
            return super().__iter__()

    played = PlayedServers(PlayedServer("time", (replace(TIME, schema=Counting(type="object")),), state="ready"))
    tools, settings = Tools(None, played), ChatSettings(tools="time:*")  # type: ignore[arg-type]  # reads no library
    first = tools.summary(settings)
    before = len(counted)
    assert tools.summary(settings) == first and (first.count, len(counted)) == (1, before)
    played.played["time"].tools = (TIME, NOISE)
    assert tools.summary(settings).count == 2
