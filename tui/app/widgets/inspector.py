"""The pane of the model and its settings: beside the column on a wide screen, over it on a small one."""

from functools import cached_property
from typing import TYPE_CHECKING, Optional

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Mount
from textual.reactive import reactive
from typing_extensions import override

from tui.app.keymap.keymap import Keymap
from tui.app.styles import StyledText, spread, styled
from tui.app.widgets.resizable import ResizablePane

if TYPE_CHECKING:
    from tui.app.widgets.model_pane import ModelPane
    from tui.app.widgets.settings_pane import SettingsPane
    from tui.app.widgets.usage_pane import UsagePane
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.catalog.offers import SettingOffer
    from tui.chat.cost_split import CostSplit
    from tui.chat.replies.meter import MeterReading
    from tui.chat.settings import ChatSettings
    from tui.chat.tools.summary import ToolsOn


class InspectorTitle(StyledText):
    """What the pane holds, and the key that shows and hides it."""

    DEFAULT_CSS = "InspectorTitle { height: 1; padding: 0 2; }"

    keymap: reactive[Keymap] = reactive(Keymap)

    @override
    def render(self) -> Content:
        key = styled(self.keymap.shown("layout.inspector"), "key")
        return spread(styled("Model and settings", "strong"), key, self.content_size.width)


class Inspector(ResizablePane, VerticalScroll, can_focus=False):
    """Model, settings and figures of the conversation that is shown; its panes are made when it is first shown."""

    EDGE = "left"

    DEFAULT_CSS = """
    Inspector {
        scrollbar-size-vertical: 1;
        &:ansi, &:nocolor { border-left: solid $foreground 20%; }
        & > InspectorTitle, & > ModelPane, & > SettingsPane { margin-bottom: 1; }
    }
    """

    model: reactive[Optional["ModelInfo"]] = reactive(None, repaint=False)
    settings: reactive[Optional["ChatSettings"]] = reactive(None, repaint=False)
    offer: reactive[Optional["SettingOffer"]] = reactive(None, repaint=False)
    tools: reactive[Optional["ToolsOn"]] = reactive(None, repaint=False)
    reading: reactive[Optional["MeterReading"]] = reactive(None, repaint=False)
    cost: reactive[Optional["CostSplit"]] = reactive(None, repaint=False)
    """Of the reply that has the focus, or of the last one."""
    cost_focused: reactive[bool] = reactive(False, repaint=False)
    keymap: reactive[Keymap] = reactive(Keymap, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._filled = False
        self._title = InspectorTitle()

    @cached_property
    def model_pane(self) -> "ModelPane":
        """The facts of the model."""
        from tui.app.widgets.model_pane import ModelPane

        return ModelPane()

    @cached_property
    def settings_pane(self) -> "SettingsPane":
        """The settings, to be changed."""
        from tui.app.widgets.settings_pane import SettingsPane

        return SettingsPane()

    @cached_property
    def usage_pane(self) -> "UsagePane":
        """The figures."""
        from tui.app.widgets.usage_pane import UsagePane

        return UsagePane()

    def fill(self) -> None:
        """Make what it holds, as it is shown now; nothing once that is done."""
        if not self._filled:
            self._filled = True
            if self.is_mounted:
                self.mount(*self.compose())
            self._hand_on()

    @override
    def compose(self) -> ComposeResult:
        if self._filled:
            yield self._title
            yield self.model_pane
            yield self.settings_pane
            yield self.usage_pane

    @on(Mount)
    def _hand_on(self) -> None:
        """Let the panes show what is known here; until they are there, it waits here."""
        if not self._filled:
            return
        self._title.keymap = self.model_pane.keymap = self.keymap
        self.model_pane.model = self.model
        if self.settings is not None:
            self.settings_pane.settings = self.settings
        if self.offer is not None:
            self.settings_pane.offer = self.offer
        if self.tools is not None:
            from tui.app.widgets.settings_pane import ToolsShown

            self.settings_pane.tools = ToolsShown(self.tools, self.model is None or self.model.takes_tools)
        if self.reading is not None:
            self.usage_pane.reading = self.reading
        if self.cost is not None:
            self.usage_pane.cost, self.usage_pane.focused = self.cost, self.cost_focused

    watch_model = watch_settings = watch_offer = watch_tools = watch_keymap = _hand_on
    watch_reading = watch_cost = watch_cost_focused = _hand_on

    def focus_settings(self) -> None:
        """Put the keys where a setting can be changed."""
        self.settings_pane.rows.focus()
