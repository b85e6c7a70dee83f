"""How a run is made to answer with JSON by a schema, and how such an answer stands in the chat afterwards.

The engine holds a model to it: by the call of a tool that takes the value, or, where a model is known to call none, in
its text. Knows no rows and no screen.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.dataclass import dataclass
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.agent.json_type import JsonType
    from tui.agent.messages import ModelMessage, RetryPromptPart
    from tui.agent.settings import ModelSettings

RETRIES = 3
"""How often a model is told what was wrong with its answer."""

_LONGEST_PROBLEM = 300


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The JSON that a run has to end with.

    Attributes:
        schema: JSON schema as JSON text.
        type: values that fit it.
        called: the model gives it by calling a tool; else its text is it.
    """

    schema: str
    type: "type[JsonType]"
    called: bool

    @classmethod
    def of(cls, schema: str, *, called: bool) -> "AnswerForm":
        """The form of a schema that was found to be checkable."""
        from tui.agent.json_type import json_type

        return cls(schema, json_type(json.loads(schema)), called)

    def instructions(self, others: str) -> str:
        """What the model is told before it answers: `others`, and how, where no tool says that."""
        from tui.agent.json_type import WANTED

        return others if self.called else "\n\n".join(filter(None, (others, f"{WANTED}\n\n{self.schema}")))

    def settings(self, others: "ModelSettings") -> "ModelSettings":
        """The settings of the run: `others`, and the schema where the server may hold the text to it."""
        return others if self.called else {**others, "text_schema": json.loads(self.schema)}


def reason_of(part: "RetryPromptPart") -> str:
    """Why an answer was not taken, in a line."""
    from tui.agent.json_type import problems_in_words

    text = part.content.split("\n")[0] if isinstance(part.content, str) else problems_in_words(part.content)
    return clean_line(text, _LONGEST_PROBLEM)


def raw_answer(messages: Sequence["ModelMessage"], told: "RetryPromptPart") -> str:
    """What a model had given as its answer when it was told `told`, as it came."""
    from tui.agent.messages import ModelRequest, ModelResponse, TextPart, ToolCallPart

    end = len(messages)  # of what it was told last there is no message
    for number, message in enumerate(messages):
        if isinstance(message, ModelRequest) and any(part is told for part in message.parts):
            end = number
    response = next((one for one in reversed(messages[:end]) if isinstance(one, ModelResponse)), None)
    parts = response.parts if response is not None else []
    calls = [part.args_as_json_str() for part in parts if isinstance(part, ToolCallPart)]
    return "\n".join(calls or [part.content for part in parts if isinstance(part, TextPart)])


def with_answer(messages: Sequence["ModelMessage"], value: Any) -> "list[ModelMessage]":
    """The messages of a run that ended with a value, which stands in them as a text that a person can read.

    So it does for the model that goes on with the chat: the tool by which it came is not there any more.
    """
    from tui.agent.messages import ModelResponse, TextPart, ToolCallPart

    last = max(number for number, message in enumerate(messages) if isinstance(message, ModelResponse))
    response = messages[last]
    assert isinstance(response, ModelResponse)
    called = any(isinstance(part, ToolCallPart) for part in response.parts)
    gone = ToolCallPart if called else TextPart  # some models write what they should call the tool with
    parts = [part for part in response.parts if not isinstance(part, gone)]
    return [*messages[:last], replace(response, parts=[*parts, TextPart(in_words(value))])]


def in_words(value: Any) -> str:
    """A value as Markdown."""
    return f"```json\n{json.dumps(value, ensure_ascii=False, indent=2)}\n```"
