"""A walk through the whole app, past everything that shows words from outside, where all of them are hostile."""

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from textual import events

from tests.battery.result import Result
from tests.support.app import Running, running
from tests.support.calling import calling
from tests.support.dialogs import dialogs
from tests.support.drawn import Drawn, drawing_noted, links_and_actions
from tests.support.foreign_chats import simple_chatgpt
from tests.support.hostile import MARK, arrived
from tests.support.hostile_home import configure, fill, hostile_servers
from tests.support.scripted import ScriptedCatalog, ScriptedModel, Thought
from tests.support.stage import on_stage
from tui.agent.exceptions import ModelHTTPError
from tui.app.chat.compare.screen import CompareScreen
from tui.app.dialogs.added_provider import StatusLine
from tui.app.dialogs.base import Dialog
from tui.app.first_run.found_list import FoundList
from tui.app.first_run.start_bar import StartBar
from tui.app.widgets.completion import CompletionRows
from tui.chat.catalog.discovery import Finding
from tui.chat.prompt import Prompt, PromptAttachment
from tui.config import State
from tui.text import storable


def without_own_copies(written: str) -> str:
    """Without what we send to the clipboard ourselves (OSC 52), which has to be clean, too."""

    def checked(copy: re.Match[str]) -> str:
        return "" if MARK in (text := base64.b64decode(copy[1]).decode()) and not arrived(text) else copy[0]

    return re.sub("\x1b\\]52;c;([A-Za-z0-9+/=]*)\x07", checked, written)


class Walk:
    """The steps, each a trial of its own: nothing breaks down, drives the terminal, is parsed, or can be clicked on."""

    def __init__(self, result: Result, name: str, words: str) -> None:
        self._result, self._name, self.words = result, name, words
        self.drawn = Drawn()
        self._gate = asyncio.Event()

    async def go(self, home: Path) -> set[str]:
        """Go all the way; returns the modules that had to draw hostile words."""
        chat = await fill(home / "chats.db", self.words)
        with drawing_noted() as self.drawn:
            async with running(
                home, catalog=self._catalog(), servers=hostile_servers(self.words), config=configure(self.words, home),
                state=State(last_model="fake:one", favourites=(f"fake:{self.words}",)), banner=self.words,
                size=(120, 40),
            ) as here:  # fmt: skip
                await self._step(here, "the list of chats", here.pilot.pause)
                here.app.chat.chats.open(chat)
                for what, step in self._steps(here, home).items():
                    await self._step(here, what, step)
                for kind, build in dialogs(self.words).items():
                    await self._step(here, f"dialog {kind.__name__}", partial(self._open, here, build))
            with self._result.trial("app: a first start", self._name):
                await self._first_start()
                found = arrived(self.drawn.take())
                assert not found and not self.drawn.parsed, found
        return self.drawn.reached

    async def _first_start(self) -> None:
        """What a first start finds, of providers that are as hostile."""
        found = Finding(self.words, "server", self.words, self.words, "unknown", self.words, self.words, 3)
        model = ScriptedCatalog({f"fake:{self.words}": ScriptedModel()}).models()[0]
        rows, bar = FoundList(), StartBar()
        async with on_stage(rows, bar) as stage:
            rows.fill([found, replace(found, state="refused", kind="key")], at=None)
            for item in (found, replace(found, state="refused")):
                bar.show(item, model)
                await stage.pilot.pause()

    def _catalog(self) -> ScriptedCatalog:
        return ScriptedCatalog(
            {
                "fake:one": ScriptedModel(
                    [Thought(self.words), *self.words, f"\n\n```{self.words}\n{self.words}\n```"]
                ),
                "fake:two": calling([self.words, ("bad_look", {self.words: self.words})]),
                "fake:bad": ScriptedModel(opening=[ModelHTTPError(500, self.words, message=self.words, kind="server")]),
                "fake:slow": ScriptedModel([self._gate, "done"], ["done"]),
                f"fake:{storable(self.words)}": ScriptedModel([self.words]),
            },
            window=100_000,
        )

    async def _step(self, here: Running, what: str, step: Callable[[], Awaitable[object]]) -> None:
        with self._result.trial(f"app: {what}", self._name):
            try:
                await step()
                await here.pilot.pause()
                found = arrived(without_own_copies(self.drawn.take()))
                assert not found, found
                assert not self.drawn.parsed, f"parsed as markup: {self.drawn.parsed[:3]!a}"
                hot = links_and_actions(here.app)
                assert not hot, hot
            finally:
                self.drawn.take()
                self.drawn.parsed.clear()
                await self._home(here)

    async def _home(self, here: Running) -> None:
        """Back to the chat, whatever is open, with nothing written."""
        while len(here.app.screen_stack) > 1 and here.app.screen is not here.app.chat:
            here.app.pop_screen()
            await here.pilot.pause()
        while here.transcript.approvals:
            await here.pilot.press("alt+w", "escape")
        await here.pilot.press("escape", "escape")
        await here.until(lambda: not here.replies.running, "the end of all replies")
        here.composer.prompt = Prompt("")
        here.composer.area.focus()
        await here.pilot.pause()

    async def _open(self, here: Running, build: Callable[[], Dialog[Any]]) -> None:
        await self._dialog(here, build())

    async def _dialog(self, here: Running, dialog: Dialog[Any]) -> None:
        here.app.push_screen(dialog)
        await here.until(lambda: here.app.screen is dialog, "the dialog")
        await here.pilot.press("down", "tab")
        for line in dialog.query(StatusLine):
            line.show("✗", "wrong", self.words)

    async def _keys(self, here: Running, *keys: str) -> None:
        await here.pilot.press(*keys)

    async def _typed(self, here: Running, text: str, sees: str = "") -> None:
        await here.type(text)
        if sees:  # in the list, not only in what was typed
            await here.until(
                lambda: any(sees in here.text_of(one) for one in self._listed(here)), f"{sees} in the list"
            )

    def _listed(self, here: Running) -> list[CompletionRows]:
        return [one for one in here.app.screen.query(CompletionRows) if one.region]

    def _steps(self, here: Running, home: Path) -> dict[str, Callable[[], Awaitable[object]]]:
        words = self.words
        foreign = home / "export.json"
        foreign.write_text(json.dumps([simple_chatgpt(words, words, words)]))

        async def paste(text: str) -> None:
            area = here.app.focused
            assert area is not None
            area.post_message(events.Paste(text))
            await here.pilot.pause()

        async def send(model: str) -> None:
            await here.send(f"/model {model}")
            await here.send(f"{words} go")
            await here.until(lambda: not here.replies.running or here.transcript.approvals, "the end")

        async def fork() -> None:
            await here.send("/fork")
            await here.until(lambda: "tui/app/chat/screen.py" in self.drawn.reached, "what was done")

        async def usage() -> None:
            await self._keys(here, "f8", "right", "right")
            await here.until(lambda: "ZQX" in here.screen(), "figures")
            await self._keys(here, "down", "enter")
            await here.until(lambda: "tui/app/dialogs/usage.py" in self.drawn.reached, "one model's")
            await self._keys(here, *["tab"] * 6)

        async def export() -> None:
            await self._keys(here, "escape", "x")
            await here.until(lambda: "tui/app/dialogs/export.py" in self.drawn.reached, "how it begins")

        async def attach() -> None:
            file = PromptAttachment(f"{words}.txt", "text/plain", words.encode("utf-8", "replace"))
            here.composer.prompt = Prompt("", (file,))
            await here.pilot.press("backspace")

        async def search() -> None:
            await self._keys(here, "ctrl+s", "slash", "Z", "Q", "X")
            await here.until(lambda: "tui/app/widgets/found_chats.py" in self.drawn.reached, "what was said")

        async def wait_in_line() -> None:
            await here.send("/model fake:slow")
            await here.send("go")
            await here.until(lambda: here.replies.running, "the reply")
            await here.send(words)
            await here.until(lambda: "queued" in here.screen(), "the queue")
            self._gate.set()
            await here.until(lambda: not here.replies.running, "the end")

        async def compare() -> None:
            await here.send(f"/compare fake:one fake:two -- {words.splitlines()[0]}")
            await here.until(lambda: isinstance(here.app.screen, CompareScreen), "the columns")
            screen = here.app.screen
            assert isinstance(screen, CompareScreen)
            await here.until(lambda: screen.comparison.turns and not screen.comparison.running, "the end of all")

        return {
            "a search in all chats": search,
            "a question before sending": lambda: here.send("x " * 200_000),
            "messages, opened one by one": lambda: self._keys(here, "escape", *["space", "up"] * 8),
            "the tree": lambda: self._keys(here, "escape", "T", "down", "down"),
            "openables": lambda: self._keys(here, "escape", "up", "o", "enter"),
            "the inspector": lambda: self._keys(here, "f4", "tab", "down", "f4"),
            "the settings": lambda: self._keys(here, "alt+comma", "down"),
            "usage": usage,
            "tools": lambda: self._keys(here, "alt+o", *["down"] * 12),
            "models": lambda: self._keys(here, "ctrl+l", *["down"] * 6, "i"),
            "the menu": lambda: self._keys(here, "ctrl+p", "x"),
            "files": lambda: self._keys(here, "ctrl+g", "down"),
            "the archive": lambda: here.send("/archived"),
            "the trash": lambda: here.send("/trash"),
            "a search in the chat": lambda: self._keys(here, "ctrl+f", "Z", "Q", "X", "enter", "escape"),
            "earlier prompts": lambda: self._keys(here, "ctrl+r", "Z", "Q", "down"),
            "names of files": lambda: self._typed(here, f"@{home}/Z", "ZQX"),
            "names of models": lambda: self._typed(here, "/model fake:", "fake"),
            "prompts": lambda: self._typed(here, "/prompts Z"),
            "titles": lambda: self._typed(here, "/chats Z"),
            "what is pasted": lambda: paste(words),
            "what is pasted, folded": lambda: paste(f"{words}\n" * 20),
            "attached files": attach,
            "an answer": lambda: send("fake:one"),
            "a comparison": compare,
            "prompts that wait": wait_in_line,
            "what servers have": lambda: self._typed(here, "@bad:", "ZQX"),
            "an edit": lambda: self._keys(here, "escape", "home", "e"),
            "a tool's call": lambda: send("fake:two"),
            "a failure": lambda: send("fake:bad"),
            "an export": export,
            "what is not there": lambda: here.send(f"/attach /{words.splitlines()[0]}"),
            "a copy": lambda: self._keys(here, "escape", "y", "Y"),
            "an import": lambda: here.send(f"/import {foreign}"),
            "a fork": fork,
            "a title of its own": lambda: here.send(f"/rename {words.splitlines()[0]}"),
        }
