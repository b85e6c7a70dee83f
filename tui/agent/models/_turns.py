"""A history as alternating turns, for the APIs that insist on them: Anthropic, Gemini, Bedrock.

Takes what `sendable` gives, and knows no dialect.
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
class Turn:
    """What one side said without being interrupted.

    Attributes:
        asked: parts of a user's turn, results of tools first; empty for the model's turn.
        answered: parts of the model's turn; empty for a user's.
    """

    role: Literal["user", "model"]
    asked: list[ModelRequestPart] = field(default_factory=list)
    answered: list[ModelResponsePart] = field(default_factory=list)


def turns_of(messages: Sequence[ModelMessage]) -> tuple[str, list[Turn]]:
    """The system prompt, and turns that alternate and begin with the user's.

    System prompts that come later in the history become text of the user in tags, for there is only one place for them.
    """
    instructions = next((m.instructions for m in reversed(messages) if isinstance(m, ModelRequest)), None)
    system = [instructions] if instructions else []
    turns: list[Turn] = []
    for message in messages:
        if isinstance(message, ModelResponse):
            if not turns:
                turns.append(Turn("user", [UserPromptPart("(continued)")]))
            _turn(turns, "model").answered += message.parts
            continue
        for part in message.parts:
            if not isinstance(part, SystemPromptPart):
                _turn(turns, "user").asked.append(part)
            elif any(turn.role == "model" for turn in turns):
                _turn(turns, "user").asked.append(UserPromptPart(f"<system>{part.content}</system>"))
            else:
                system.append(part.content)
    return "\n\n".join(system), turns


def _turn(turns: list[Turn], role: Literal["user", "model"]) -> Turn:
    if not turns or turns[-1].role != role:
        turns.append(Turn(role))
    return turns[-1]
