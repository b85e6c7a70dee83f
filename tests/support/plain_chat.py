"""A plain chat in this process: typed lines from a list, models by a script, and all that is written as text."""

import io
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.scripted import ScriptedCatalog
from tests.support.services import services_of
from tui.agent.models import Model
from tui.bootstrap import Services
from tui.chat.catalog.catalog import Catalog
from tui.chat.catalog.remembered import RememberedModels
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.commands.plain.asking import Asker
from tui.commands.plain.chats import Chats
from tui.commands.plain.page import Page
from tui.commands.plain.remembering import remember
from tui.commands.plain.session import Session
from tui.config import Config, State
from tui.store.database import Database
from tui.store.records import Conversation

Step = str | list[str] | Exception | Callable[[], object]
"""A line, lines that come at once, what is raised instead, or something to be done before the next step."""


@dataclass
class TypedLines:
    """Gives the steps one after the other, and then ctrl+d.

    Attributes:
        asked: the prompts of all that was read.
    """

    steps: list[Step]
    asked: list[str] = field(default_factory=list)

    async def read(self, prompt: str, *, answer: bool = False) -> list[str]:
        self.asked.append(prompt)
        while self.steps:
            match self.steps.pop(0):
                case str() as line:
                    return [line]
                case list() as lines:
                    return lines
                case Exception() as error:
                    raise error
                case do:
                    do()
        raise EOFError


@dataclass
class Talked:
    """A plain chat.

    Attributes:
        session: to run, and to stop.
    """

    session: Session
    services: Services
    lines: TypedLines
    chats: Chats
    out: io.StringIO

    async def run(self, first: str = "", *, send: bool = False) -> str:
        """Talk to the end; returns what was written, in which nothing steers a terminal."""
        await self.session.run(Prompt(first), send=send)
        text = self.out.getvalue()
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
        return text


@asynccontextmanager
async def talking(
    home: Path,
    models: dict[str, Model],
    steps: Sequence[Step],
    *,
    catalog: Catalog | None = None,
    chat: Conversation | None = None,
    config: Config | None = None,
) -> AsyncIterator[Talked]:
    """A plain chat with models by their ids over the library of `home`, and what is typed in it."""
    database = Database(home / "chats.db")
    await database.open()
    found = catalog or ScriptedCatalog(models)
    library = Library(database)
    services = services_of(config or Config(home / "config.toml"), State(), found, library)
    out, lines = io.StringIO(), TypedLines(list(steps))
    page = Page(out)
    try:
        async with AsyncExitStack() as open_things:
            begun = chat or library.new(next(iter(models)))
            asked = RememberedModels(services.state, remember).asked
            chats = Chats(services, begun, page, Asker(page, lines), asked, open_things)
            yield Talked(Session(services, chats, page, lines), services, lines, chats, out)
    finally:
        await services.titles.aclose()
        await services.pulls.aclose()
        await found.aclose()
        await database.close()
