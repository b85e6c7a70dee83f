"""What is set, and from where: each value with its origin, the strongest one holding. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from tui.config.settings import SETTINGS, Setting, Value
from tui.dataclass import dataclass
from tui.text import clean_line
from tui.toml_source import TomlSource

Origin = Literal["command line", "environment", "app", "config.toml", "default"]
_STRENGTH: tuple[Origin, ...] = ("command line", "environment", "app", "config.toml")


@dataclass(frozen=True, slots=True)
class SetValue:
    """A setting's value in one place.

    Attributes:
        key: the setting's, such as "chat.temperature".
        place: where in its origin: "FILE:LINE", the variable's name, the option; "" for a default.
    """

    key: str
    value: Value
    origin: Origin
    place: str = ""


@dataclass(frozen=True, slots=True)
class SettingValues:
    """All that is set anywhere, in no order: one value per setting and origin."""

    found: tuple[SetValue, ...] = ()

    def holding(self, key: str) -> SetValue | None:
        """The value that holds, with its origin; None while the default does."""
        of_key = [one for one in self.found if one.key == key]
        return min(of_key, key=lambda one: _STRENGTH.index(one.origin), default=None)

    def value(self, key: str) -> Value | None:
        """The value that holds, the default's included; None when there is none."""
        holding = self.holding(key)
        return SETTINGS[key].default if holding is None else holding.value

    def text(self, key: str) -> str | None:
        """The value of a setting that is text or a choice."""
        value = self.value(key)
        return value if isinstance(value, str) else None

    def whole(self, key: str) -> int:
        """The value of a setting that is a whole number; 0 when it has none."""
        value = self.value(key)
        return value if isinstance(value, int) else 0

    def set(self, *values: SetValue) -> "SettingValues":
        """With these in the place of what their settings had in their origins."""
        places = {(one.key, one.origin) for one in values}
        return SettingValues((*(one for one in self.found if (one.key, one.origin) not in places), *values))

    def without(self, key: str, origin: Origin) -> "SettingValues":
        """Without what a setting has in an origin."""
        return SettingValues(tuple(one for one in self.found if (one.key, one.origin) != (key, origin)))


def read_values(
    source: TomlSource, table: Mapping[str, Any], settings: Iterable[Setting], origin: Origin
) -> tuple[SetValue, ...]:
    """The settings that a file has.

    Raises:
        ConfigError: a value that makes no sense, with file and line.
    """
    found = []
    for setting in settings:
        where, inner = setting.path, table
        for depth in range(1, len(where)):
            inner = source.get(where[:depth], inner, dict) or {}
        value = inner.get(setting.name)
        if value is None:
            continue
        if setting.kind == "text":
            value = source.get(where, inner, str)
        if not setting.accepts(value):
            raise source.error(where, f'"{setting.name}" must be {setting.rule}, not {clean_line(repr(value), 40)}')
        found.append(SetValue(setting.key, value, origin, source.place(where)))
    return tuple(found)
