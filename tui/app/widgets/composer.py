"""Where you write: grows with what you write, sends on Enter, remembers what you sent, and never waits for a reply."""

from dataclasses import dataclass
from typing import TypeAlias

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import StyledText, styled
from tui.app.widgets.completing_area import CompletingArea
from tui.app.widgets.completion_keys import CompletionKeys
from tui.app.widgets.prompt_area import PromptArea
from tui.chat.prompt import Prompt


class ComposerGutter(StyledText):
    """The bar that says "yours", and the sign that says whether the keys go here."""

    DEFAULT_CSS = "ComposerGutter { dock: left; width: 4; height: 100%; }"

    active: reactive[bool] = reactive(False)

    @override
    def render(self) -> Content:
        bar = styled("▌", "bar-you" if self.active else "bar-idle")
        first = Content.assemble(bar, " ", styled("❯", "key") if self.active else styled("›", "muted"))
        return Content("\n").join([first, *[bar] * (self.size.height - 1)])


class Composer(CompletionKeys, Horizontal):
    """Gutter and text area, on the surface that sent messages will have."""

    DEFAULT_CSS = """
    Composer {
        height: auto;
        & > PromptArea { margin-right: 2; }
    }
    """

    Sent: TypeAlias = PromptArea.Sent
    Interrupted: TypeAlias = PromptArea.Interrupted
    QuitRequested: TypeAlias = PromptArea.QuitRequested
    Paged: TypeAlias = PromptArea.Paged
    AttachRequested: TypeAlias = PromptArea.AttachRequested
    Called: TypeAlias = CompletingArea.Called
    Completing: TypeAlias = CompletingArea.Completing

    @dataclass
    class Resized(Message):
        """The composer has another height, in rows."""

        height: int

    def __init__(self) -> None:
        super().__init__()
        self.area = CompletingArea()
        self.area.list_action = self.list_action
        self._gutter = ComposerGutter()

    @override
    def compose(self) -> ComposeResult:
        yield self._gutter
        yield self.area

    @property
    def prompt(self) -> Prompt:
        """What is written and not sent; setting it puts the cursor at its end."""
        return self.area.prompt

    @prompt.setter
    def prompt(self, prompt: Prompt) -> None:
        self.area.prompt = prompt

    @property
    def text(self) -> str:
        """The text of the prompt alone, with the content of pastes; setting it leaves its files."""
        return self.area.prompt.text

    @text.setter
    def text(self, text: str) -> None:
        self.area.prompt = Prompt(text, self.area.attachments)

    def clear(self) -> None:
        """Empty the composer; the text can be had back with the arrow up."""
        self.area.clear_prompt()

    def set_rows(self, least: int, most: int) -> None:
        """How many rows the composer has when it is empty, and at most."""
        self.styles.min_height = least
        self.area.styles.max_height = most

    def on_resize(self, event: events.Resize) -> None:
        """Report the height."""
        self.post_message(self.Resized(event.size.height))

    def on_descendant_focus(self) -> None:
        """The keys come here."""
        self._gutter.active = True

    def on_descendant_blur(self) -> None:
        """The keys go elsewhere."""
        self._gutter.active = False
