"""Which function tools there are at one step of a run, and what the model is told about them.

Tools may come and go between requests: what is offered with one request is what may be called in its answer.
"""

import asyncio
from collections.abc import Iterable, Mapping
from copy import copy
from inspect import isawaitable
from typing import Any

from tui.agent._run.state import ApproveToolCall, RunState
from tui.agent._run.validation import ResultSchema
from tui.agent.definitions import ToolDefinition
from tui.agent.exceptions import UserError
from tui.agent.tools import Tool

__all__ = ["cancel_all", "checked_tool", "prepare_tools"]


def checked_tool(
    tool: Tool[Any],
    others: Mapping[str, Tool[Any]],
    *,
    schema: ResultSchema,
    retries: int,
    approve: ApproveToolCall | None,
) -> Tool[Any]:
    """The tool as a run has it, with its own number of retries or the agent's.

    Raises:
        UserError: another one has its name, or nobody is there to ask for its approval.
    """
    if tool.requires_approval and approve is None:
        raise UserError(f"Tool requires approval, but the agent has no `approve_tool_call`: {tool.name!r}")
    if tool.name in others:
        raise UserError(f"Tool name conflicts with existing tool: {tool.name!r}")
    if tool.name in schema.tools:
        raise UserError(f"Tool name conflicts with result schema name: {tool.name!r}")
    if tool.max_retries is None:
        tool = copy(tool)
        tool.max_retries = retries
    return tool


async def prepare_tools(state: RunState) -> list[ToolDefinition]:
    """What the model is told about the function tools at this step; the state has those that it may call."""
    tools = dict(state.plan.tools)
    for toolset in state.plan.toolsets:
        given = toolset(state.context())
        for tool in await given if isawaitable(given) else given:
            tools[tool.name] = checked_tool(
                tool, tools, schema=state.plan.schema, retries=state.plan.retries, approve=state.plan.approve
            )
    definitions = await _prepared(state, tools)
    prepare = state.plan.prepare_tools
    if prepare is not None:
        offered = prepare(state.context(), list(definitions))
        definitions = list((await offered if isawaitable(offered) else offered) or ())
        names = {definition.name for definition in definitions}
        if not names <= tools.keys():
            raise UserError(f"`prepare_tools` has added or renamed a tool: {min(names - tools.keys())!r}")
        tools = {name: tool for name, tool in tools.items() if name in names}
    state.offer(tools)
    return definitions


async def _prepared(state: RunState, tools: Mapping[str, Tool[Any]]) -> list[ToolDefinition]:
    """What the tools say about themselves, in their order; their `prepare` functions run at the same time."""
    known = {name: tool.tool_def for name, tool in tools.items() if not tool.prepares}
    tasks = {
        name: asyncio.create_task(tool.prepare_tool_def(state.tool_context(name)))
        for name, tool in tools.items()
        if tool.prepares
    }
    try:
        if tasks:
            await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_EXCEPTION)
        elif tools:
            await asyncio.sleep(0)  # a handler sees the tools' results before the answer to them
        for task in tasks.values():
            if task.done():
                task.result()
        prepared = {name: task.result() for name, task in tasks.items()} | known
        return [definition for name in tools if (definition := prepared[name]) is not None]
    finally:
        await cancel_all(tasks.values())


async def cancel_all(tasks: "Iterable[asyncio.Task[Any]]") -> None:
    """Cancel the tasks that still run, and wait until they have ended."""
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running)
