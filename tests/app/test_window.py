"""Who looks elsewhere while a long reply comes in is told of its end; whoever looks on is left alone."""

import asyncio
from pathlib import Path

import pytest
from textual import events

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.agent.exceptions import ModelAPIError
from tui.app.app import ChatApp
from tui.app.tty.window import Notification, notification_sequence, notification_way, title_sequence
from tui.chat.message_parts import ToolCallContent
from tui.chat.replies.events import ToolChanged
from tui.chat.tools.questions import ToolQuestion
from tui.config import Config, SettingValues, SetValue, load_state

HOSTILE = "A\x1b]0;gone\x07 title\x9c; \u202ewith\nlines\x1b\\"
XTERM = {"TERM": "xterm-256color"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the terminal is told; every reply is a long one."""
    sequences: list[str] = []
    monkeypatch.setattr(ChatApp, "tell_terminal", lambda app, sequence: sequences.append(sequence))
    monkeypatch.setattr("tui.app.window.UNSEEN_S", 0.0)
    for name in ("TMUX", "STY", "ZELLIJ", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return sequences


def asking(tmp_path: Path, way: str = "osc777") -> Config:
    chosen = SetValue("notifications", way, "config.toml")
    return Config(tmp_path / "config.toml", settings=SettingValues((chosen,)))


async def look_away(here: Running) -> None:
    here.app.post_message(events.AppBlur())
    await here.until(lambda: not here.app.app_focus, "the other window")


async def test_a_reply_that_ends_while_nobody_looks_is_told(tmp_path: Path, told: list[str]) -> None:
    async with running(tmp_path, config=asking(tmp_path)) as here:
        await here.ask("Seen by me")
        assert told == []
        await look_away(here)
        conversation = here.app.chat.presenter.conversation
        assert conversation is not None
        here.replies.answer_again(conversation)
        await here.settled()
        assert told == ["\x1b]777;notify;Chinwag;“Seen by me” has its answer\x1b\\"]


async def test_so_is_one_in_a_chat_behind_and_one_that_failed(tmp_path: Path, told: list[str]) -> None:
    gate = asyncio.Event()
    model = ScriptedModel([gate, ModelAPIError("one", "Down.", kind="quota")])
    async with running(tmp_path, model, config=asking(tmp_path, "bell")) as here:
        await here.send("Behind")
        await model.reached.wait()
        other = here.library.new("fake:one")
        here.app.chat.open_chat(other.id)
        await here.until(lambda: here.app.chat.presenter.id == other.id, "the other chat")
        gate.set()
        await here.settled()
        assert told == ["\a"]


async def test_so_is_a_tool_that_waits(tmp_path: Path, told: list[str]) -> None:
    question = ToolQuestion("1", "fetch", "chinwag", "Read a page.", "{}")
    waits = ToolChanged("r", 0, ToolCallContent("1", "fetch", "{}", state="asking", question=question))
    async with running(tmp_path, config=asking(tmp_path)) as here:
        here.app._window.receive(here.app.chat.presenter.id, waits)
        assert told == [], "it is seen"
        here.app._window.receive("another chat", waits)
        assert told == ["\x1b]777;notify;Chinwag;A tool waits for your yes or no\x1b\\"]


async def test_who_stopped_it_knows(tmp_path: Path, told: list[str]) -> None:
    model = ScriptedModel([asyncio.Event()])
    async with running(tmp_path, model, config=asking(tmp_path)) as here:
        await here.send("Stop")
        await model.reached.wait()
        await look_away(here)
        here.app.chat.action_command("stop")
        await here.settled()
        assert told == []


async def test_a_short_reply_is_not_worth_a_word(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.app.window.UNSEEN_S", 60.0)
    async with running(tmp_path, config=asking(tmp_path)) as here:
        await look_away(here)
        conversation = here.app.chat.presenter.conversation
        assert conversation is not None
        here.app.chat.layout_view.composer.text = "Quick"
        here.app.chat.layout_view.composer.area.action_send()
        await here.until(lambda: here.app.chat.presenter.prompts, "the prompt")
        await here.settled()
        assert told == []


async def test_the_chat_that_was_shown_last_is_remembered_and_an_empty_one_is_none(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("Where I left off")
        chat = here.app.chat.presenter.id
        await here.app.save_before_exit()
        assert load_state().last_chat == chat
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != chat, "the empty chat")
        await here.app.save_before_exit()
        assert load_state().last_chat is None


@pytest.mark.parametrize(
    ("setting", "environ", "way"),
    [
        ("auto", XTERM, "bell"),
        ("auto", {**XTERM, "TERM_PROGRAM": "iTerm.app"}, "osc9"),
        ("auto", {**XTERM, "TERM_PROGRAM": "ghostty"}, "osc777"),
        ("auto", {"TERM": "xterm-kitty"}, "osc9"),
        ("auto", {"TERM": "foot"}, "osc777"),
        ("auto", {"TERM": "foot", "TMUX": "/tmp/tmux,1,0"}, "bell"),  # it may swallow all but the bell
        ("osc9", {"TERM": "foot", "TMUX": "/tmp/tmux,1,0"}, "osc9"),
        ("off", {**XTERM, "TERM_PROGRAM": "ghostty"}, "off"),
        ("bell", {"TERM": "foot"}, "bell"),
    ],
)
def test_each_terminal_is_told_in_its_own_way(setting: str, environ: dict[str, str], way: str) -> None:
    assert notification_way(setting, environ) == way


@pytest.mark.parametrize("way", ["osc9", "osc777"])
def test_no_text_ends_a_sequence_or_begins_another(way: Notification) -> None:
    notification = notification_sequence(way, HOSTILE, HOSTILE, XTERM)
    title = title_sequence(HOSTILE, XTERM)
    for sequence in (notification, title):
        inside = sequence.removeprefix("\x1b]").removesuffix("\x1b\\")
        assert len(inside) == len(sequence) - 4 and inside.isprintable()
    assert way != "osc777" or notification.split(";", 3)[2].count(";") == 0


def test_a_multiplexer_hands_it_on() -> None:
    tmux = notification_sequence("osc9", "Chinwag", "done", {"TMUX": "x"})
    assert tmux == "\x1bPtmux;\x1b\x1b]9;Chinwag: done\x1b\x1b\\\x1b\\"
    screen = notification_sequence("osc9", "Chinwag", "done", {"STY": "x"})
    assert screen == "\x1bP\x1b]9;Chinwag: done\a\x1b\\"
    assert notification_sequence("bell", "Chinwag", "done", {"TMUX": "x"}) == "\a"
    assert notification_sequence("off", "Chinwag", "done", {}) == ""


def test_a_console_has_no_title() -> None:
    assert title_sequence("Chinwag", {"TERM": "linux"}) == ""
