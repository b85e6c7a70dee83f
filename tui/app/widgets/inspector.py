"""The pane of the model and its settings: beside the column on a wide screen, over it on a small one."""

from typing import TYPE_CHECKING, Optional

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive

from tui.app.widgets.edge import Pane
from tui.app.widgets.ink import Inked, ink, spread
from tui.app.widgets.model_pane import ModelPane, UsagePane
from tui.app.widgets.settings_pane import SettingsPane
from tui.chat.replies.meter import MeterReading
from tui.chat.settings import ChatSettings

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import ModelInfo


class _Head(Inked):
    def render(self) -> Content:
        return spread(ink("Model and settings", "strong"), ink("F4", "key"), self.content_size.width)


class Inspector(Pane, VerticalScroll, can_focus=False):
    """Model, settings and figures of the conversation that is shown."""

    EDGE = "left"

    DEFAULT_CSS = """
    Inspector {
        scrollbar-size-vertical: 1;
        &:ansi, &:nocolor { border-left: solid $foreground 20%; }
        & > _Head { height: 1; padding: 0 2; margin-bottom: 1; }
        & > ModelPane, & > SettingsPane { margin-bottom: 1; }
    }
    """

    model: reactive[Optional["ModelInfo"]] = reactive(None)
    settings: reactive[ChatSettings] = reactive(ChatSettings())
    reading: reactive[MeterReading] = reactive(MeterReading())

    def __init__(self) -> None:
        super().__init__()
        self._model = ModelPane()
        self.settings_pane = SettingsPane()
        self._usage = UsagePane()

    def compose(self) -> ComposeResult:
        """Head, model, settings, figures."""
        yield _Head()
        yield self._model
        yield self.settings_pane
        yield self._usage

    def watch_model(self, model: Optional["ModelInfo"]) -> None:
        """Hand the model on."""
        self._model.model = model

    def watch_settings(self, settings: ChatSettings) -> None:
        """Hand the settings on."""
        self.settings_pane.settings = settings

    def watch_reading(self, reading: MeterReading) -> None:
        """Hand the figures on."""
        self._usage.reading = reading

    def focus_settings(self) -> None:
        """Put the keys where a setting can be changed."""
        self.settings_pane.rows.focus()
