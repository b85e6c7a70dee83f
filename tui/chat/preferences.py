"""The settings that hold now, each with its origin. A change holds at once, and is written into the file of ours.

Knows no screen: whoever must act on a change listens.
"""

import asyncio
from collections.abc import Callable, Iterable

from tui.chat.library import Library
from tui.chat.limits import Limits
from tui.chat.settings import ChatSettings
from tui.config import Config, Setting, SettingValues, SetValue, State, Value, save_setting
from tui.paths import shortened

Listener = Callable[[str], None]
"""Gets the key of a setting that has another value now."""


class Preferences:
    """What is set for the program and for every new chat.

    Args:
        library: gets the settings of new chats, and the limits of what may be spent.
        state: has the theme that was chosen before settings had a file.
    """

    def __init__(self, config: Config, library: Library, state: State) -> None:
        self.path = config.path
        self._config = config
        self._library = library
        self._values = config.settings
        self._listeners: list[Listener] = []
        if state.theme and not any(one.key == "theme" and one.origin == "app" for one in self._values.found):
            self._values = self._values.set(SetValue("theme", state.theme, "app", "state.toml"))
        self._hand_on()

    @property
    def values(self) -> SettingValues:
        """All of them, from everywhere."""
        return self._values

    def listen(self, listener: Listener) -> None:
        """Call a function after each change."""
        self._listeners.append(listener)

    def override(self, key: str, value: Value, option: str) -> None:
        """Let an option of the command line hold for this run."""
        self._values = self._values.set(SetValue(key, value, "command line", option))
        self._hand_on()

    def by_hand(self, setting: Setting) -> str:
        """What a setting that only a file can have comes to, in words; "" for nothing."""
        config = self._config
        found: dict[str, Iterable[str]] = {
            "providers": (provider.name for provider in config.providers),
            "aliases": config.models.aliases,
            "models": config.models.overrides,
            "library": (config.library.address.shown,) if config.library else (),
            "mcp": (server.name for server in config.servers),
            "local.models": (path.name for path in config.local_models),
        }
        return ", ".join(found[setting.key])

    def origin(self, key: str) -> str:
        """Where the value that holds was set, such as "environment · CHINWAG_THEME"; "" for the default."""
        holding = self._values.holding(key)
        if holding is None:
            return ""
        place = shortened(holding.place)
        return place if holding.origin == "config.toml" else f"{_ORIGINS[holding.origin]} · {place}"

    def is_ours(self, key: str) -> bool:
        """Whether the app has set it, and can take it back."""
        return any(one.key == key and one.origin == "app" for one in self._values.found)

    async def change(self, key: str, value: Value | None) -> str:
        """Set something, or take back what the app has set (None), for now and for later.

        It holds for this run whatever the environment and the command line say, which are named in what is returned.

        Returns:
            What the person must know of the next start; "" for nothing.

        Raises:
            ConfigError: it could not be written; it holds for this run all the same.
        """
        stronger = [one for one in self._values.found if one.key == key and one.origin in _ORIGINS_OF_ONE_RUN]
        for one in stronger:
            self._values = self._values.without(key, one.origin)
        before = self._values.without(key, "app")
        now = before if value is None else before.set(SetValue(key, value, "app", "not saved"))
        try:
            if saved := await asyncio.to_thread(save_setting, self.path, key, value):
                now = before.set(saved)
        finally:
            self._values = now
            self._hand_on()
            for listener in self._listeners:
                listener(key)
        names = " and ".join(one.place for one in stronger if one.origin == "environment")
        return f"{names} sets it again at the next start." if names else ""

    def _hand_on(self) -> None:
        self._library.defaults = ChatSettings.for_new_chats(self._values)
        self._library.budgets.limits = Limits.of(self._values)


_ORIGINS = {"command line": "command line", "environment": "environment", "app": "set in the app"}
_ORIGINS_OF_ONE_RUN = ("command line", "environment")
