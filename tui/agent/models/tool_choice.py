"""Which tools a request offers, and whether one of them has to be called. Pure; knows no dialect."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tui.agent.definitions import ToolDefinition
from tui.agent.models.base import ModelRequestParameters
from tui.agent.settings import ModelSettings


@dataclass(frozen=True, slots=True)
class RequestTools:
    """What a request says about tools.

    Attributes:
        tools: those that are offered.
        mode: the model calls one or not as it likes ("auto"), must not ("none"), or has to ("any").
        only: the one that it has to call, "" for any of them.
    """

    tools: Sequence[ToolDefinition]
    mode: Literal["auto", "none", "any"]
    only: str = ""


def request_tools(parameters: ModelRequestParameters, settings: ModelSettings) -> RequestTools:
    """What a request offers, by its parameters and the setting `tool_choice`.

    Of tools that are chosen by name only those are offered: not every provider can be told which of many to call. Names
    of tools that are not there count for nothing. Where text is no result a tool is called, whatever the setting.
    """
    every = [*parameters.function_tools, *parameters.result_tools]
    choice = settings.get("tool_choice")
    if isinstance(choice, list):
        chosen = [tool for tool in every if tool.name in choice]
        if chosen:
            return RequestTools(chosen, "any", chosen[0].name if len(chosen) == 1 else "")
    if choice == "none":
        return (
            RequestTools(every, "none")
            if parameters.allow_text_result
            else RequestTools(parameters.result_tools, "any")
        )
    return RequestTools(every, "any" if choice == "required" or not parameters.allow_text_result else "auto")


def with_shorter_descriptions(body: Mapping[str, Any], problem: str) -> dict[str, Any] | None:
    """The body of an OpenAI API with descriptions as long as a model takes, if it has said so; else None.

    Some of its models take 1,024 characters, others more; Azure and gateways have limits of their own.
    """
    found = re.search(r"tools\W{0,2}\d+\W.{0,20}description\W.{0,100}?maximum length (\d+)", problem)
    longest = int(found[1]) if found else 0

    def cut(tool: Any) -> Any:
        described = tool.get("function") or tool
        text = described.get("description")
        if not isinstance(text, str) or len(text) <= longest:
            return tool
        shorter = {**described, "description": f"{text[: longest - 1]}…"}
        return {**tool, "function": shorter} if "function" in tool else shorter

    tools = [cut(tool) for tool in body.get("tools", ())] if longest > 1 else []
    return {**body, "tools": tools} if tools and tools != body["tools"] else None
