"""What goes to the model: the first message and those that follow, the history to send, and the tools that are offered.

Knows the run's state, and no stream.
"""

from inspect import isawaitable, signature

from tui.agent._run.prompts import refreshed, system_parts
from tui.agent._run.state import RunState
from tui.agent._run.toolbox import prepare_tools
from tui.agent.messages import ModelMessage, ModelRequest, ModelRequestPart, ToolCallPart, UserPromptPart
from tui.agent.models.base import ModelRequestParameters
from tui.agent.settings import ModelSettings

__all__ = ["first_request", "next_request", "outgoing_messages", "request_parameters", "request_settings"]


async def first_request(state: RunState) -> ModelRequest:
    """The message that opens the run; puts the messages before this run into the state."""
    plan, context = state.plan, state.context()
    parts: list[ModelRequestPart] = [UserPromptPart(plan.prompt)]
    if plan.history:
        state.messages[:] = await refreshed(plan.history, plan.prompts, context)
    else:
        parts = [*await system_parts(plan.prompts, context), *parts]
    return await next_request(state, parts)


async def next_request(state: RunState, parts: list[ModelRequestPart]) -> ModelRequest:
    """A message of these parts, with the instructions of this moment."""
    instructions = None
    if state.plan.instructions is not None:
        instructions = await state.plan.instructions.text(state.context()) or None
    return ModelRequest(parts, instructions=instructions)


async def request_parameters(state: RunState) -> ModelRequestParameters:
    """The tools that this request offers, and whether text may be the result."""
    schema = state.plan.schema
    return ModelRequestParameters(await prepare_tools(state), schema.allow_text, schema.definitions())


def request_settings(state: RunState) -> ModelSettings | None:
    """The settings of this request: a tool has to be called until one was, for else the run would never end."""
    settings = state.plan.model_settings
    if settings is None or settings.get("tool_choice", "auto") in ("auto", "none"):
        return settings
    messages = state.messages[len(state.plan.history) :]
    if not any(isinstance(part, ToolCallPart) for message in messages for part in message.parts):
        return settings
    return {**settings, "tool_choice": "auto"}


async def outgoing_messages(state: RunState) -> list[ModelMessage]:
    """The messages to send of those in the history, which is not changed."""
    messages: list[ModelMessage] = list(state.messages)
    process = state.plan.history_processor
    if process is not None:
        takes_context = len(signature(process).parameters) > 1
        processed = process(state.context(), messages) if takes_context else process(messages)
        messages = await processed if isawaitable(processed) else processed
    if state.plan.model.target() is not None:
        return messages  # the model fits them by itself, as it has to when it is asked directly
    from tui.agent.models.fit import fit  # such models have loaded it; here it is first needed

    return fit(messages).messages
