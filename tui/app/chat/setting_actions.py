"""The settings screen of a chat: its own settings, those of every new chat, and the program's, each changed at once."""

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

from tui.chat.settings import CHAT_SETTINGS, ChatSettings
from tui.config import SETTINGS, Value

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.presenter import ChatPresenter
    from tui.app.dialogs.settings import SettingEntry
    from tui.chat.preferences import Preferences

_THIS = "this "
_TOOL_EXAMPLES = {"tools": "Such as: fetch, now=allow, time:*", "folder": "Such as: ~/notes"}
_EXAMPLE = "Such as: You are terse. Answer in British English."


class SettingActions:
    """What the settings screen shows and does.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        set_chat: saves and shows the settings of this chat.
        choose: asks for the value of a setting that has a dialog of its own, by its key: themes and models.
        show_tools: shows the tools of this chat, with the folder that they may read.
    """

    def __init__(
        self,
        presenter: "ChatPresenter",
        preferences: "Preferences",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        set_chat: Callable[[ChatSettings], Awaitable[None]],
        choose: Callable[[str], Awaitable[str | None]],
        show_tools: Callable[[], Awaitable[object]],
    ) -> None:
        self._presenter = presenter
        self._preferences = preferences
        self._ask = ask
        self._set_chat = set_chat
        self._choose = choose
        self._show_tools = show_tools

    async def open(self) -> None:
        """Show the settings until the person has seen enough; what takes a dialog of its own gets it in between."""
        from tui.app.dialogs.settings import SettingsDialog

        at: str | None = ""
        while at is not None:
            at = await self._ask(SettingsDialog(lambda: list(self.entries()), self.change, at))
            if at:
                await self._edit(next(one for one in self.entries() if one.key == at))

    def entries(self) -> Iterator["SettingEntry"]:
        """Every setting as it is now, first those of this chat."""
        from tui.app.dialogs.settings import SettingEntry

        chat, preferences, offer = self._presenter.settings, self._preferences, self._presenter.offer
        unused = offer.unused(chat)
        for name in filter(lambda name: offer.shows(name, chat), CHAT_SETTINGS):
            value, setting = chat.value(name), offer.setting(name)
            shown = f"{setting.write(value)} · not used by {offer.label}" if name in unused else ""
            follows = not self._presenter.prompts and value == preferences.values.value(setting.key)
            origin = "" if value is None else "as every new chat" if follows else "this chat"
            yield SettingEntry(f"{_THIS}{setting.key}", "This chat", setting, value, shown, origin, value is not None)
        for key, setting in SETTINGS.items():
            shown = preferences.by_hand(setting) if setting.kind == "by hand" else ""
            origin = "config.toml" if shown else preferences.origin(key)
            value = preferences.values.value(key)
            yield SettingEntry(key, setting.group, setting, value, shown, origin, preferences.is_ours(key))

    async def change(self, entry: "SettingEntry", value: Value | None) -> str:
        """Set something for this chat, or for later; an empty chat follows what is set for new ones."""
        name, chat = entry.setting.name, self._presenter.settings
        if entry.key.startswith(_THIS):
            await self._set_chat(chat.with_value(name, value))
            return ""
        before = self._preferences.values.value(entry.key)
        try:
            return await self._preferences.change(entry.key, value)
        finally:
            now = self._preferences.values.value(entry.key)
            if entry.setting.path[0] == "chat" and not self._presenter.prompts and chat.value(name) == before:
                await self._set_chat(chat.with_value(name, now))

    async def _edit(self, entry: "SettingEntry") -> None:
        """Ask for a text."""
        if entry.setting.name == "system_prompt":
            from tui.app.dialogs.text_editor import TextEditor

            title = "System prompt of this chat" if entry.key.startswith(_THIS) else "System prompt of new chats"
            text = await self._ask(TextEditor(title, str(entry.value or ""), _EXAMPLE))
        elif entry.setting.name in ("tools", "folder"):
            if entry.key.startswith(_THIS):
                await self._show_tools()
                return
            from tui.app.dialogs.text_editor import TextEditor

            title = f"The {entry.setting.label} of new chats"
            text = await self._ask(TextEditor(title, str(entry.value or ""), _TOOL_EXAMPLES[entry.setting.name]))
            text = " ".join(text.split()) if text is not None else None
        else:
            text = await self._choose(entry.key)
        if text is not None and text != entry.value:
            await self.change(entry, text or None)
