"""Prompts of the library, behind "#" anywhere and beside the commands behind "/". Read when they are asked for."""

import re
import time
from asyncio import Event
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.completion.paths import Run
from tui.app.completion.suggestions import Suggestion, Suggestions, Typed
from tui.app.fuzzy import fuzzy_name
from tui.chat.tools.server_content import ServerPrompt
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.prompt_library.folders import PromptListing
    from tui.chat.prompt_library.template import PromptTemplate

_WORD = re.compile(r"(?<!\S)#([\w.:-]*)$")
_FRESH_S = 2.0


class PromptSource:
    """Finds prompts by their names.

    Args:
        read: reads the library.
        start: runs a coroutine function beside everything else.
        use: makes the message that uses a prompt, by its name.
        offered: the prompts of servers, as they are known now.
    """

    SIGN = "#"

    def __init__(
        self,
        read: "Callable[[], Awaitable[PromptListing]]",
        start: Run,
        use: Callable[[str], Message],
        offered: "Callable[[], Sequence[ServerPrompt]]" = tuple,
    ) -> None:
        self._read_library = read
        self._start = start
        self._use = use
        self._offered = offered
        self._templates: tuple[PromptTemplate, ...] = ()
        self._asked_at = 0.0
        self._more: Event | None = None

    def find(self, typed: Typed) -> Suggestions | None:
        """The prompts for the word behind "#"."""
        match = _WORD.search(typed.before)
        return None if match is None else self.suggest(match[1], "#", match.start())

    def suggest(self, query: str, sign: str, start: int) -> Suggestions:
        """The prompts for a name that was begun behind a sign, the best first."""
        now = time.monotonic()
        if self._more is None and now - self._asked_at > _FRESH_S:
            self._more = Event()
            self._start(self._read)
        self._asked_at = now
        known: Sequence[PromptTemplate | ServerPrompt] = (*self._templates, *self._offered())
        scored = [(fuzzy_name(query, template.name) if query else 1.0, template) for template in known]
        found = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
        rows = [self._row(template, sign) for _, template in found]
        return Suggestions(start, rows, f"{sign}{query}", more=self._more)

    def _row(self, template: "PromptTemplate | ServerPrompt", sign: str) -> Suggestion:
        if isinstance(template, ServerPrompt):
            about, right = clean_line(template.description, 120), "server"
        else:
            about = clean_line(template.description or template.text, 120)
            right = "prompt" if template.own else "this folder"
        return Suggestion(f"{sign}{template.name}", about, right, message=lambda: self._use(template.name))

    async def _read(self) -> None:
        more = self._more
        try:
            listing = await self._read_library()
            by_name = {template.name: template for template in reversed(listing.of_kind("prompt"))}
            self._templates = tuple(by_name[name] for name in sorted(by_name))
        finally:
            self._more = None
            self._asked_at = time.monotonic()
            if more is not None:
                more.set()
