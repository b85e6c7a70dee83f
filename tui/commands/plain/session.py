"""A plain chat from greeting to leaving: reads what is typed, and sends it or does what it says."""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from tui.chat.catalog.info import DEMO
from tui.chat.prompt import Prompt
from tui.chat.slash_line import slash_line
from tui.commands.plain.asking import LineSource
from tui.commands.plain.chats import Chats
from tui.commands.plain.commands import Commands
from tui.commands.plain.keyboard import InterruptedLineError
from tui.commands.plain.page import Page
from tui.commands.plain.table import BY_NAME
from tui.commands.plain.typed import TypedText
from tui.errors import ChinwagError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.bootstrap import Services

PROMPT = "You: "
_MORE = "More: "


class Session:
    """Talks with one person.

    Args:
        services: what the chats stand on.
        chats: holds the one that is talked in.
        page: gets all that is said.
        lines: gives what is typed.
    """

    def __init__(self, services: "Services", chats: Chats, page: Page, lines: LineSource) -> None:
        self._services = services
        self._chats = chats
        self._page = page
        self._lines = lines
        self._commands = Commands(chats, page)
        self._typed = TypedText(is_command)
        self._to_say = ""
        self._doing: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Stop the reply that comes in, or else the command that runs."""
        if not self._chats.talk.stop() and self._doing is not None:
            self._doing.cancel()

    async def run(self, first: Prompt, *, send: bool) -> None:
        """Talk until the person leaves.

        Args:
            first: what was asked on the command line.
            send: send it at once; else it is kept.
        """
        await self._greet()
        backup = asyncio.create_task(self._back_up(), name="daily backup")
        talk = self._chats.talk
        talk.files = first.attachments
        await self._try(self._commands.say_files())
        with suppress(EOFError):
            if send:
                await self._try(self._send(first.text))
            elif first.text:
                self._page.say(first.text)
                await talk.keep(Prompt(first.text))
            while not self._commands.quitting and not self._page.gone:
                await self._read()
        backup.cancel()  # the next start sees to it
        with suppress(asyncio.CancelledError):
            await backup
        if self._typed.open:
            await self._chats.talk.keep(Prompt(self._typed.take()))

    async def _back_up(self) -> None:
        """Copy the library, behind everything else; why it could not be copied is said before the next prompt."""
        self._to_say = await self._services.backups.see_to(date.today())

    async def _greet(self) -> None:
        self._page.say(self._services.notice)
        model = self._chats.talk.chat.model
        self._page.say(f"Chinwag, line by line. {clean_line(model)} answers. /help says what can be typed.")
        if model == DEMO:
            self._page.say("That is the offline guide, no model. /model lists those that are found here.")
        await self._try(self._chats.begin())

    async def _read(self) -> None:
        """Read until a prompt or a command is whole, and do what it says."""
        problem, self._to_say = self._to_say, ""
        self._page.say(problem)
        self._page.gap()
        try:
            lines = await self._lines.read(_MORE if self._typed.open else PROMPT)
        except InterruptedLineError:
            self._page.typed()
            self._typed.take()
            self._page.say("Nothing was sent. Ctrl+d leaves.")
            return
        self._page.typed()
        for text in self._typed.feed(lines):
            if self._commands.quitting:
                await self._chats.talk.keep(Prompt(text))
            else:
                await self._take(text)

    async def _take(self, text: str) -> None:
        command = slash_line(text)
        if command is not None:
            await self._try(self._commands.run(*command))
        elif text.strip():
            await self._try(self._send(text))

    async def _send(self, text: str) -> None:
        await self._chats.talk.send(Prompt(text))

    async def _try(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it; what goes wrong is said."""
        doing = self._doing = asyncio.create_task(work, name="command")
        try:
            await doing
        except ChinwagError as error:
            self._page.say(error.sentence)
        except asyncio.CancelledError:
            if not doing.cancelled():
                raise
            self._page.say("Stopped.")
        finally:
            self._doing = None


def is_command(line: str) -> bool:
    """Whether a line that was pasted, or typed ahead, among others is a command of ours, if a misspelt one."""
    import difflib

    command = slash_line(line)
    return command is not None and bool(difflib.get_close_matches(command[0].casefold(), BY_NAME, n=1, cutoff=0.75))


def completions(line: str, models: Iterable[str]) -> list[str]:
    """What a line that is begun may be meant to be: a command, or a model behind one that takes it."""
    name, blank, word = line.partition(" ")
    if not blank:
        return [f"/{one}" for one in BY_NAME if line.startswith("/") and f"/{one}".startswith(line)]
    if name in ("/model", "/models", "/retry-with"):
        return [f"{name} {id}" for id in models if id.startswith(word)]
    return []
