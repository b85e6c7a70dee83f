"""What functions of the program learn about the run that calls them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic

from typing_extensions import TypeVar

from tui.agent.messages import ModelMessage, UserContent
from tui.agent.usage import Usage

if TYPE_CHECKING:
    from tui.agent.models.base import Model

__all__ = ["AgentDepsT", "RunContext"]

AgentDepsT = TypeVar("AgentDepsT", default=None, contravariant=True)
"""The type of the dependencies that a program hands to its tools, prompts and validators."""


@dataclass
class RunContext(Generic[AgentDepsT]):
    """What functions of the program learn about the run that calls them.

    Attributes:
        deps: the object that the program gave to the run.
        model: the model of this run.
        usage: what the run has used so far; the live object, to be shared with runs that a tool starts.
        prompt: the prompt of the run.
        messages: the history so far; the live list.
        tool_call_id: the call that this is about, if it is about one.
        tool_name: the tool that this is about, if it is about one.
        retry: how often this tool, or this result, has been tried again in a row.
        run_step: the number of the request, from 1; 0 before the first.
    """

    deps: AgentDepsT
    model: "Model"
    usage: Usage
    prompt: str | Sequence[UserContent]
    messages: list[ModelMessage] = field(default_factory=list)
    tool_call_id: str | None = None
    tool_name: str | None = None
    retry: int = 0
    run_step: int = 0
