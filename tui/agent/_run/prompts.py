"""System prompts and instructions: texts, or functions of the program that give them. Knows no model."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from tui.agent.context import RunContext
from tui.agent.functions import call_function
from tui.agent.messages import ModelMessage, ModelRequest, ModelRequestPart, SystemPromptPart

__all__ = ["SystemPrompt", "refreshed", "system_parts"]


@dataclass(frozen=True, slots=True)
class SystemPrompt:
    """A text, or a function that gives one.

    Attributes:
        source: the text, or a function of nothing or of the `RunContext`.
        dynamic: whether the function is called again when its part is sent anew with a history.
    """

    source: Any
    dynamic: bool = False

    async def text(self, context: RunContext[Any]) -> str | None:
        """The text at this moment; None when the function has none to give."""
        if isinstance(self.source, str):
            return self.source
        arguments = (context,) if inspect.signature(self.source).parameters else ()
        return cast(str | None, await call_function(self.source, *arguments))

    @property
    def reference(self) -> str | None:
        """By which a part in a history is recognised as this prompt's; None unless `dynamic`."""
        return self.source.__qualname__ if self.dynamic else None


async def system_parts(prompts: Sequence[SystemPrompt], context: RunContext[Any]) -> list[ModelRequestPart]:
    """The parts that open a conversation."""
    parts: list[ModelRequestPart] = []
    for prompt in prompts:
        text = await prompt.text(context)
        if text is not None:
            parts.append(SystemPromptPart(text, prompt.reference))
    return parts


async def refreshed(
    history: Sequence[ModelMessage], prompts: Sequence[SystemPrompt], context: RunContext[Any]
) -> list[ModelMessage]:
    """A history in which dynamic system prompts have today's text; the given messages are not changed."""
    known = {prompt.reference: prompt for prompt in prompts if prompt.dynamic}
    if not known:
        return list(history)
    return [
        await _refreshed_request(message, known, context) if isinstance(message, ModelRequest) else message
        for message in history
    ]


async def _refreshed_request(
    request: ModelRequest, known: dict[str | None, SystemPrompt], context: RunContext[Any]
) -> ModelRequest:
    if not any(isinstance(part, SystemPromptPart) and part.dynamic_ref in known for part in request.parts):
        return request
    parts: list[ModelRequestPart] = []
    for part in request.parts:
        if isinstance(part, SystemPromptPart) and part.dynamic_ref in known:
            text = await known[part.dynamic_ref].text(context)
            parts.append(replace(part, content=text or ""))
        else:
            parts.append(part)
    return replace(request, parts=parts)
