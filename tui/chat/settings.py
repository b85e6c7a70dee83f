"""What a person can set for one conversation. Unset means: the provider's default."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from tui.bounds import json_object, number, whole_number
from tui.config import EFFORTS, SETTINGS, Effort, Setting, SettingValues, Value
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.agent.settings import ModelSettings, ServiceTier, Verbosity

CHAT_SETTINGS: dict[str, Setting] = {one.name: one for one in SETTINGS.values() if one.path[0] == "chat"}
"""The rows of the table that are the fields of `ChatSettings`, by field."""


_TEXTS = ("tools", "folder", "system_prompt")


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """Settings of one conversation, sent with every turn.

    Attributes:
        temperature: 0 to 2; providers with a smaller range clamp it.
        max_tokens: the longest answer, in tokens.
        top_p: 0 to 1.
        effort: how long a reasoning model may think.
        web_search: the provider may search the web; None is no.
        verbosity: how much the model writes.
        service_tier: how soon, and at what price, the provider answers.
        tools: what the model may call, as `tui.chat.tools.rules` reads it; "" for nothing.
        folder: whose text files tools may read; "" for none.
        system_prompt: standing instructions; "" for none.
    """

    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    effort: Effort | None = None
    web_search: bool | None = None
    verbosity: "Verbosity | None" = None
    service_tier: "ServiceTier | None" = None
    tools: str = ""
    folder: str = ""
    system_prompt: str = ""

    @classmethod
    def for_new_chats(cls, values: SettingValues) -> "ChatSettings":
        """What is set for every new chat."""
        chosen = cls()
        for name, setting in CHAT_SETTINGS.items():
            chosen = chosen.with_value(name, values.value(setting.key))
        return chosen

    def value(self, name: str) -> Value | None:
        """A field of `CHAT_SETTINGS`; None when it is not set."""
        value: Value | None = getattr(self, name)
        return None if value == "" else value

    def with_value(self, name: str, value: Value | None) -> "ChatSettings":
        """With one value changed, which its `Setting` accepts; None gives it back to the provider."""
        if value is None and name in _TEXTS:
            value = ""
        return replace(self, **{name: value})  # type: ignore[arg-type]  # the setting has checked it

    def stepped(self, name: str, step: int) -> "ChatSettings":
        """With one value moved up or down by a step."""
        return self.with_value(name, CHAT_SETTINGS[name].stepped(self.value(name), step))

    def over(self, others: "ChatSettings") -> "ChatSettings":
        """These settings, and those of `others` where these are not set."""
        return replace(others, **self._set())

    def _set(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value not in (None, "")}

    def to_json(self) -> str:
        """Only what is set, as JSON text; `"{}"` for the defaults."""
        return json.dumps(self._set())

    @classmethod
    def from_json(cls, text: str) -> "ChatSettings":
        """Read what `to_json` wrote; what another version or a damaged row holds is as if it were not set."""
        values = json_object(text)
        texts = {name: value for name, value in values.items() if name in _TEXTS and isinstance(value, str)}
        return cls(
            temperature=number(values.get("temperature"), most=2),
            max_tokens=whole_number(values.get("max_tokens")) or None,
            top_p=number(values.get("top_p"), most=1),
            effort=next((effort for effort in EFFORTS if effort == values.get("effort")), None),
            web_search=values["web_search"] if isinstance(values.get("web_search"), bool) else None,
            verbosity=_choice(values, "verbosity"),
            service_tier=_choice(values, "service_tier"),
            **texts,
        )

    def for_model(self) -> "ModelSettings":
        """What of it the engine sends beside the messages; the system prompt goes with the agent."""
        settings: ModelSettings = {}
        if self.temperature is not None:
            settings["temperature"] = self.temperature
        if self.max_tokens is not None:
            settings["max_tokens"] = self.max_tokens
        if self.top_p is not None:
            settings["top_p"] = self.top_p
        if self.effort is not None:
            settings["thinking"] = self.effort
        if self.web_search:
            settings["web_search"] = True
        if self.verbosity is not None:
            settings["verbosity"] = self.verbosity
        if self.service_tier is not None:
            settings["service_tier"] = self.service_tier
        return settings


def _choice(values: Mapping[str, Any], name: str) -> Any:
    """A value of the JSON, if it is one of the choices of that setting; else None."""
    value = values.get(name)
    return value if isinstance(value, str) and value in CHAT_SETTINGS[name].choices else None
