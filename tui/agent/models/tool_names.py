"""Names of tools as they go over the wire: those that a provider would refuse get another one. Pure; knows no dialect.

The history and the run know the real names only.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from tui.agent.definitions import ToolDefinition
from tui.agent.messages import ModelMessage, RetryPromptPart, ToolCallPart, ToolReturnPart
from tui.agent.models.base import ModelRequestParameters
from tui.agent.settings import ModelSettings

_FIT = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}")
"""What every provider takes: OpenAI, Anthropic and Amazon no other signs, Google no digit at the start."""


class ToolNames:
    """The names of one request's tools, and of those in its history."""

    def __init__(self, names: Iterable[str]) -> None:
        """Find names for those that need one.

        Args:
            names: real ones, the most important first; of two that look alike, the first gets the plainer name.
        """
        known = dict.fromkeys(names)
        taken = {name for name in known if _FIT.fullmatch(name)}
        self._sent: dict[str, str] = {}
        for name in known:
            if name in taken:
                continue
            stem = re.sub(r"[^a-zA-Z0-9_-]", "_", name)
            stem = stem[:64] if _FIT.fullmatch(stem[:64]) else f"_{stem}"[:64]
            number, new = 2, stem
            while new in taken:
                number, new = number + 1, f"{stem[:57]}_{number}"
            taken.add(new)
            self._sent[name] = new

    @classmethod
    def of(cls, parameters: ModelRequestParameters, messages: Sequence[ModelMessage]) -> "ToolNames":
        """The names of what a request offers, and of what its history calls."""
        offered = [tool.name for tool in (*parameters.function_tools, *parameters.result_tools)]
        parts = (part for message in messages for part in message.parts)
        return cls([*offered, *(part.tool_name for part in parts if isinstance(part, ToolCallPart))])

    @property
    def real(self) -> Mapping[str, str]:
        """The real names by those that were sent in their place."""
        return {sent: name for name, sent in self._sent.items()}

    def parameters(self, parameters: ModelRequestParameters) -> ModelRequestParameters:
        """The same tools by the names that are sent."""
        if not self._sent:
            return parameters
        return replace(
            parameters,
            function_tools=[self._tool(tool) for tool in parameters.function_tools],
            result_tools=[self._tool(tool) for tool in parameters.result_tools],
        )

    def settings(self, settings: ModelSettings) -> ModelSettings:
        """The same settings; tools that are chosen by name by the names that are sent."""
        choice = settings.get("tool_choice")
        if not self._sent or not isinstance(choice, list):
            return settings
        return {**settings, "tool_choice": [self._sent.get(name, name) for name in choice]}

    def messages(self, messages: list[ModelMessage]) -> list[ModelMessage]:
        """The same history by the names that are sent; nothing is changed in place."""
        return [self._message(message) for message in messages] if self._sent else messages

    def _tool(self, tool: ToolDefinition) -> ToolDefinition:
        return replace(tool, name=self._sent[tool.name]) if tool.name in self._sent else tool

    def _message(self, message: ModelMessage) -> ModelMessage:
        changed = copy(message)
        changed.parts = [self._part(part) for part in message.parts]
        return changed

    def _part(self, part: Any) -> Any:
        named = isinstance(part, ToolCallPart | ToolReturnPart | RetryPromptPart)
        return replace(part, tool_name=self._sent[part.tool_name]) if named and part.tool_name in self._sent else part
