"""Turns with tools: a model that calls what it is told to, and a person who answers what they are asked."""

import json
from collections.abc import AsyncIterator
from typing import Any

from tui.agent.messages import ModelMessage, ModelResponse, ToolReturnPart, UserPromptPart
from tui.agent.models.function import AgentInfo, DeltaToolCall, DeltaToolCalls, FunctionModel
from tui.chat.settings import ChatSettings
from tui.chat.tools.questions import ToolAnswer, ToolQuestion
from tui.chat.tools.toolbox import Toolbox, ToolSource

Call = tuple[str, dict[str, Any]]


class Person:
    """Answers what it is asked, and remembers it; says no when nothing else was given."""

    def __init__(self, *answers: ToolAnswer) -> None:
        self.asked: list[ToolQuestion] = []
        self._answers = list(answers)

    async def answer(self, question: ToolQuestion) -> ToolAnswer:
        self.asked.append(question)
        return self._answers.pop(0) if self._answers else ToolAnswer("no")

    def before(self, tools: ToolSource, settings: ChatSettings | None = None) -> "AnsweredTools":
        """Tools whose questions this person answers; `settings` for those of the chat."""
        return AnsweredTools(tools, self, settings)


class AnsweredTools:
    """A source of tools with somebody in front of it."""

    def __init__(self, tools: ToolSource, person: Person, settings: ChatSettings | None) -> None:
        self._tools, self._person, self._settings = tools, person, settings

    async def toolbox(self, conversation_id: str, settings: ChatSettings, host: Any) -> Toolbox | None:
        host.ask = self._person.answer
        return await self._tools.toolbox(conversation_id, self._settings or settings, host)


def calling(*rounds: list[Call]) -> FunctionModel:
    """A model that calls these tools in answer to each prompt, round by round, and then says what came of the last."""

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str | DeltaToolCalls]:
        asked = max(n for n, one in enumerate(messages) if isinstance(one.parts[-1], UserPromptPart))
        number = sum(isinstance(message, ModelResponse) for message in messages[asked:])
        if number < len(rounds):
            yield {
                place: DeltaToolCall(name, json.dumps(arguments), f"call-{number}-{place}")
                for place, (name, arguments) in enumerate(rounds[number])
            }
            return
        returned = [part for part in messages[-1].parts if isinstance(part, ToolReturnPart)]
        yield " | ".join(str(part.content) for part in returned) or "nothing"

    return FunctionModel(stream_function=stream)
