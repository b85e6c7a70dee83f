"""Single widgets and dialogs in an app that has nothing but our themes and roles, and the messages that they post."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from typing_extensions import override

from tests.support.waiting import wait_until_at_rest
from tui.app import app as product
from tui.app.styles import STYLE_CLASSES
from tui.app.theming import DARK, install_themes

M = TypeVar("M", bound=Message)

wait_until_at_rest()


class _Board(Screen[None]):
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)

    def __init__(self, widgets: tuple[Widget, ...]) -> None:
        super().__init__()
        self._widgets = widgets

    @override
    def compose(self) -> ComposeResult:
        yield from self._widgets


class _StageApp(App[None]):
    CSS_PATH = Path(product.__file__).with_name("app.tcss")
    HORIZONTAL_BREAKPOINTS = product.ChatApp.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = product.ChatApp.VERTICAL_BREAKPOINTS

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        install_themes(self)
        self.theme = DARK
        self._board = _Board(widgets)

    @override
    def get_default_screen(self) -> Screen[None]:
        return self._board


def screen_of(app: App[Any]) -> str:
    """Everything that an app has on the terminal, as text."""
    width, _ = app.size
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text[:width].rstrip() for strip in strips)


@dataclass
class Stage:
    """The app that runs, every message that any of its widgets got, and whether a test has looked at it."""

    app: App[None]
    pilot: Pilot[None]
    messages: list[Message] = field(default_factory=list)
    looked: bool = False

    def posted(self, kind: type[M]) -> list[M]:
        """The messages of one kind, the oldest first, each once however far it bubbled."""
        found = {id(message): message for message in self.messages if isinstance(message, kind)}
        return list(found.values())

    def screen(self) -> str:
        """Everything that is on the terminal, as text."""
        self.looked = True
        return screen_of(self.app)


@asynccontextmanager
async def on_stage(*widgets: Widget, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Stage]:
    """Show widgets one below the other."""
    app = _StageApp(*widgets)
    messages: list[Message] = []
    async with app.run_test(size=size, message_hook=messages.append) as pilot:
        stage = Stage(app, pilot, messages)
        yield stage
        if not stage.looked:
            stage.screen()
