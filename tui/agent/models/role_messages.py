"""A history as messages of alternating roles, for the APIs that insist on them: Anthropic, Gemini, Bedrock, Ollama.

Takes what `fit` gives, and knows no dialect.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    UserPromptPart,
)


@dataclass
class RoleMessage:
    """Neighbouring messages of one role, put together.

    Attributes:
        request_parts: of a user's message, results of tools first; empty for the model's.
        response_parts: of the model's message; empty for a user's.
    """

    role: Literal["user", "model"]
    request_parts: list[ModelRequestPart] = field(default_factory=list)
    response_parts: list[ModelResponsePart] = field(default_factory=list)


def role_messages(messages: Sequence[ModelMessage]) -> tuple[str, list[RoleMessage]]:
    """The system prompt, and messages whose roles alternate, a user's first.

    System prompts that come later in the history become text of the user in tags, for there is only one place for them.
    """
    instructions = next((m.instructions for m in reversed(messages) if isinstance(m, ModelRequest)), None)
    system = [instructions] if instructions else []
    merged: list[RoleMessage] = []
    for message in messages:
        if isinstance(message, ModelResponse):
            if not merged:
                merged.append(RoleMessage("user", [UserPromptPart("(continued)")]))
            _last_of(merged, "model").response_parts += message.parts
            continue
        for part in message.parts:
            if not isinstance(part, SystemPromptPart):
                _last_of(merged, "user").request_parts.append(part)
            elif any(one.role == "model" for one in merged):
                _last_of(merged, "user").request_parts.append(UserPromptPart(f"<system>{part.content}</system>"))
            else:
                system.append(part.content)
    return "\n\n".join(system), merged


def _last_of(merged: list[RoleMessage], role: Literal["user", "model"]) -> RoleMessage:
    if not merged or merged[-1].role != role:
        merged.append(RoleMessage(role))
    return merged[-1]
