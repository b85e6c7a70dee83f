"""The pane of the model and its settings: beside the column on a wide screen, over it on a small one."""

from typing import TYPE_CHECKING, Optional

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from typing_extensions import override

from tui.app.keymap.keymap import Keymap
from tui.app.styles import StyledText, spread, styled
from tui.app.widgets.model_pane import ModelPane
from tui.app.widgets.resizable import ResizablePane
from tui.app.widgets.settings_pane import SettingsPane, ToolsShown
from tui.app.widgets.usage_pane import UsagePane
from tui.chat.catalog.offers import SettingOffer
from tui.chat.cost_split import CostSplit
from tui.chat.replies.meter import MeterReading
from tui.chat.settings import ChatSettings

if TYPE_CHECKING:
    from tui.chat.catalog.info import ModelInfo


class InspectorTitle(StyledText):
    """What the pane holds, and the key that shows and hides it."""

    DEFAULT_CSS = "InspectorTitle { height: 1; padding: 0 2; }"

    keymap: reactive[Keymap] = reactive(Keymap)

    @override
    def render(self) -> Content:
        key = styled(self.keymap.shown("layout.inspector"), "key")
        return spread(styled("Model and settings", "strong"), key, self.content_size.width)


class Inspector(ResizablePane, VerticalScroll, can_focus=False):
    """Model, settings and figures of the conversation that is shown."""

    EDGE = "left"

    DEFAULT_CSS = """
    Inspector {
        scrollbar-size-vertical: 1;
        &:ansi, &:nocolor { border-left: solid $foreground 20%; }
        & > InspectorTitle, & > ModelPane, & > SettingsPane { margin-bottom: 1; }
    }
    """

    model: reactive[Optional["ModelInfo"]] = reactive(None)
    settings: reactive[ChatSettings] = reactive(ChatSettings())
    offer: reactive[SettingOffer] = reactive(SettingOffer())
    tools: reactive[ToolsShown] = reactive(ToolsShown())
    reading: reactive[MeterReading] = reactive(MeterReading(), repaint=False)
    keymap: reactive[Keymap] = reactive(Keymap)

    def __init__(self) -> None:
        super().__init__()
        self._title = InspectorTitle()
        self.model_pane = ModelPane()
        self.settings_pane = SettingsPane()
        self.usage_pane = UsagePane()
        self._cost, self._focused = CostSplit(), False

    @override
    def compose(self) -> ComposeResult:
        yield self._title
        yield self.model_pane
        yield self.settings_pane
        yield self.usage_pane

    def watch_model(self, model: Optional["ModelInfo"]) -> None:
        """Hand the model on."""
        self.model_pane.model = model

    def watch_settings(self, settings: ChatSettings) -> None:
        """Hand the settings on."""
        self.settings_pane.settings = settings

    def watch_offer(self, offer: SettingOffer) -> None:
        """Hand on which settings the model takes."""
        self.settings_pane.offer = offer

    def watch_tools(self, tools: ToolsShown) -> None:
        """Hand on what of the tools is on."""
        self.settings_pane.tools = tools

    def watch_reading(self, reading: MeterReading) -> None:
        """Hand the figures on."""
        self._show_figures()

    def show_cost(self, cost: CostSplit, *, focused: bool) -> None:
        """Show what the reply that has the focus cost, or the last one."""
        self._cost, self._focused = cost, focused
        self._show_figures()

    def on_show(self) -> None:
        """What went on meanwhile was not drawn."""
        self._show_figures()

    def _show_figures(self) -> None:
        if self.display:  # of a change that nobody sees Textual arranges all widgets anew
            pane = self.usage_pane
            pane.reading, pane.cost, pane.focused = self.reading, self._cost, self._focused

    def watch_keymap(self, keymap: Keymap) -> None:
        """Hand the keys on."""
        self._title.keymap = self.model_pane.keymap = keymap

    def focus_settings(self) -> None:
        """Put the keys where a setting can be changed."""
        self.settings_pane.rows.focus()
