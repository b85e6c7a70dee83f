"""How a run is made to answer with JSON by a schema, and how such an answer stands in the chat afterwards.

The engine holds a model to it: by the call of a tool that takes the value, or, where a model is known to call none, in
its text. Knows no rows and no screen.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tui.text import clean_line

if TYPE_CHECKING:
    from tui.agent.json_type import JsonType
    from tui.agent.messages import ModelMessage, RetryPromptPart

RETRIES = 3
"""How often a model is told what was wrong with its answer."""

_FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_MOST_PROBLEMS = 3
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
        told = f"Answer with one JSON value that fits this JSON schema, and with nothing else:\n\n{self.schema}"
        return others if self.called else "\n\n".join(filter(None, (others, told)))

    def value_in(self, text: str) -> Any:
        """The value that a text holds, be it in a code block or among words.

        Raises:
            ModelRetry: there is none, or it does not fit.
        """
        import pydantic

        from tui.agent.exceptions import ModelRetry

        problem = ""
        for candidate in _candidates(text):
            try:
                return self.type.check_json(candidate)
            except pydantic.ValidationError as error:
                problem = problem or problems_of(error.errors(include_url=False))
        raise ModelRetry(f"{problem}\n\nAnswer with the JSON value only.")


def _candidates(text: str) -> Iterable[str]:
    """What of a text may be the JSON, the likeliest first."""
    blocks = [match[1] for match in _FENCED.finditer(text)]
    yield from [blocks[-1]] if blocks else [text.strip()]
    for start in re.finditer(r"[\[{]", text):
        try:
            _, end = json.JSONDecoder().raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        yield text[start.start() : end]
        return


def problems_of(errors: Sequence[Any]) -> str:
    """Pydantic's errors in a line, such as "age: Input should be a valid integer"."""
    lines = []
    for error in errors[:_MOST_PROBLEMS]:
        place = ".".join(str(step) for step in error["loc"] if step != "response")
        lines.append(f"{place}: {error['msg']}" if place else str(error["msg"]))
    more = [f"and {len(errors) - _MOST_PROBLEMS} more"] if len(errors) > _MOST_PROBLEMS else []
    return clean_line("; ".join([*lines, *more]), _LONGEST_PROBLEM)


def reason_of(part: "RetryPromptPart") -> str:
    """Why an answer was not taken, in a line."""
    if not isinstance(part.content, str):
        return problems_of(part.content)
    return clean_line(part.content.split("\n")[0], _LONGEST_PROBLEM)


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


def with_answer(messages: Sequence["ModelMessage"], form: AnswerForm, value: Any) -> "list[ModelMessage]":
    """The messages of a run that ended with a value, which stands in them as a text that a person can read.

    So it does for the model that goes on with the chat: the tool by which it came is not there any more.
    """
    from tui.agent.messages import ModelResponse, TextPart, ToolCallPart

    last = max(number for number, message in enumerate(messages) if isinstance(message, ModelResponse))
    response = messages[last]
    assert isinstance(response, ModelResponse)
    gone = ToolCallPart if form.called else TextPart
    parts = [part for part in response.parts if not isinstance(part, gone)]
    return [*messages[:last], replace(response, parts=[*parts, TextPart(in_words(value))])]


def in_words(value: Any) -> str:
    """A value as Markdown."""
    return f"```json\n{json.dumps(value, ensure_ascii=False, indent=2)}\n```"
