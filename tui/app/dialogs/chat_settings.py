"""The settings with which one model answers, as in the inspector: each change counts at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from typing_extensions import override

from tui.app.dialogs.base import Dialog
from tui.app.widgets.settings_pane import SettingsPane, ToolsShown
from tui.chat.settings import ChatSettings
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.app.dialogs.tools import ToolsHere


class ChatSettingsDialog(Dialog[None]):
    """Always dismissed with None.

    Args:
        title: whose settings they are; cleaned here.
        settings: as they are.
        change: takes them as they are after each change.
        tools: what there is to call.
    """

    DEFAULT_CSS = "ChatSettingsDialog #box { width: 64; }"
    KEYS = (("↑↓", "move"), ("← →", "change"), ("↵", "type"), ("del", "default"))

    def __init__(
        self, title: str, settings: ChatSettings, change: Callable[[ChatSettings], None], tools: "ToolsHere"
    ) -> None:
        super().__init__()
        self.title = clean_line(title, 50)
        self._change = change
        self._pane = SettingsPane()
        self._pane.set_reactive(SettingsPane.settings, settings)
        self._pane.set_reactive(SettingsPane.tools, ToolsShown(tools.summary(settings)))
        self._tools = tools

    @override
    def compose_body(self) -> ComposeResult:
        yield self._pane

    def on_mount(self) -> None:
        """Let the keys change them."""
        self._pane.rows.focus()

    @on(SettingsPane.Changed)
    def _take(self, event: SettingsPane.Changed) -> None:
        event.stop()
        self._change(event.settings)

    @on(SettingsPane.ToolsRequested)
    def _show_tools(self, event: SettingsPane.ToolsRequested) -> None:
        event.stop()
        from tui.app.dialogs.tools import ToolsDialog

        async def keep(settings: ChatSettings) -> None:
            chosen = replace(self._pane.settings, tools=settings.tools, folder=settings.folder)
            self._pane.settings, self._pane.tools = chosen, ToolsShown(self._tools.summary(chosen))
            self._change(chosen)

        self.app.push_screen(ToolsDialog(f"Tools · {self.title}", self._tools, self._pane.settings, keep))

    @on(SettingsPane.SystemPromptRequested)
    def _edit_system_prompt(self, event: SettingsPane.SystemPromptRequested) -> None:
        event.stop()
        from tui.app.dialogs.text_editor import TextEditor

        def keep(text: str | None) -> None:
            if text is not None:
                self._pane.settings = replace(self._pane.settings, system_prompt=text)
                self._change(self._pane.settings)

        hint = "Such as: You are terse. Answer in British English."
        self.app.push_screen(TextEditor("System prompt", self._pane.settings.system_prompt, hint), keep)
