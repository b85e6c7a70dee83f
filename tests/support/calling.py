"""Models that call tools by a script, tools that note what they were called with, and a person who is asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from tui.agent.messages import ModelMessage, ModelResponse, ToolReturnPart, UserPromptPart
from tui.agent.models.function import AgentInfo, DeltaToolCall, DeltaToolCalls, FunctionModel
from tui.chat.library import Library
from tui.chat.settings import ChatSettings
from tui.chat.tools.agreements import Agreements
from tui.chat.tools.offer import ToolOffer, ToolOutput
from tui.chat.tools.questions import ToolAnswer, ToolQuestion
from tui.chat.tools.rules import ToolRules
from tui.chat.tools.toolbox import Toolbox, ToolHost, ToolSource

Call = tuple[str, Mapping[str, Any] | str]
"""The name of a tool, and its arguments, or the JSON that they are."""


def calling(*rounds: Sequence[Call | str]) -> FunctionModel:
    """A model that answers each prompt with these, round by round: words, and calls of tools behind them.

    In the end it says what came of the last ones.
    """

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str | DeltaToolCalls]:
        asked = max(n for n, one in enumerate(messages) if isinstance(one.parts[-1], UserPromptPart))
        number = sum(isinstance(message, ModelResponse) for message in messages[asked:])
        if number < len(rounds):
            for words in (one for one in rounds[number] if isinstance(one, str)):
                yield words
            calls = [one for one in rounds[number] if not isinstance(one, str)]
            yield {
                place: DeltaToolCall(
                    name, given if isinstance(given, str) else json.dumps(given), f"call-{number}-{place}"
                )
                for place, (name, given) in enumerate(calls, 1)
            }
            return
        returned = [part for part in messages[-1].parts if isinstance(part, ToolReturnPart)]
        yield " | ".join(str(part.content) for part in returned) or "nothing"

    return FunctionModel(stream_function=stream)


class PlayedTools:
    """Tools of a server "files" that a person is asked about: `edit` sends nothing, `post` does.

    Attributes:
        ran: the tools that ran, in order, with their arguments.
        output: what they return.
        gate: they wait for it.
    """

    def __init__(self, library: Library) -> None:
        self.ran: list[tuple[str, dict[str, Any]]] = []
        self.output: str | ToolOutput = "done"
        self.gate = asyncio.Event()
        self.gate.set()
        self._library = library

    def offers(self) -> list[ToolOffer]:
        """What there is."""
        schema = {"type": "object", "additionalProperties": True}
        edit = ToolOffer("files", "edit", "Change a file.\nIn place.", self._tool("edit"), schema, target=_path)
        post = ToolOffer("files", "post", "Send a text.", self._tool("post"), schema, sends=True, target=_host)
        read = ToolOffer("files", "read", "Read it.", self._tool("read"), schema, foreign=True, private=True)
        return [edit, post, read]

    def _tool(self, name: str) -> Any:
        async def run(**named: Any) -> str | ToolOutput:
            self.ran.append((name, named))
            await self.gate.wait()
            return self.output

        return run

    async def toolbox(self, conversation_id: str, settings: ChatSettings, host: ToolHost) -> Toolbox:
        """All of them; `read` is allowed."""
        rules = ToolRules({"files:*": "ask", "files:read": "allow"})
        agreements = await Agreements(self._library.database, conversation_id).load()
        return Toolbox(self.offers, rules, host, agreements)


def _path(arguments: Mapping[str, Any]) -> str:
    return str(arguments.get("path", ""))


def _host(arguments: Mapping[str, Any]) -> str:
    return str(arguments.get("host", ""))


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
