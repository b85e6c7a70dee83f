"""A question whose answer is printed, or those of several models: who is asked, with what, and as what it comes out."""

import sys
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.bootstrap import compose, compose_temporary
from tui.commands.exit_code import ExitCode
from tui.commands.leaving import keep_unsaved
from tui.commands.question import attached, conversation, named_model, remarks
from tui.commands.tool_options import tools_of
from tui.errors import UsageError
from tui.streams import print_note
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.bootstrap import Services
    from tui.chat.prompt import Prompt
    from tui.chat.replies.options import TurnOptions
    from tui.chat.tools.toolbox import ToolSource
    from tui.commands.answer_events import EventLines
    from tui.store.records import Conversation


async def print_asked(arguments: Namespace, prompt: str, lines: "EventLines | None") -> int:
    """Ask, and print what is answered; returns the exit code.

    Args:
        arguments: of the question.
        prompt: what is asked.
        lines: write what happens, where a program reads it; None prints the answer.

    Raises:
        ChinwagError: nothing could be asked.
    """
    from tui.chat.prompt import Prompt
    from tui.chat.questions import NO_ANSWERS, SEND_ANYWAY, HeldError
    from tui.chat.replies.options import TurnOptions

    schema = _schema(arguments)
    async with _composed(arguments) as services:
        print_note(services.notice)
        models = await _compared(arguments, services)
        files = await attached(arguments.attach)
        chat = await conversation(arguments, services)
        for model in models or [chat.model]:
            for remark in await remarks(files, services, model, chat.settings):
                print_note(f"{clean_line(model)}: {remark}" if models else remark)
        if models:
            return await _print_answers(arguments, services, chat, Prompt(prompt, files), models, schema, lines)
        library, code = services.library, int(ExitCode.FAILED)
        options = TurnOptions(answers=SEND_ANYWAY if arguments.anyway else NO_ANSWERS, schema=schema)
        asked = Prompt(prompt, files)
        tools = tools_of(arguments, services)
        try:
            try:
                code = await _answered(services, chat, asked, options, tools, lines)
            except HeldError as held:
                if not held.question.automatic:
                    raise
                code = await _sum_up(services, chat, replace(options, schema=""))
                if code == ExitCode.OK:
                    options = replace(options, answers=replace(options.answers, compacted=True))
                    code = await _answered(services, chat, asked, options, tools, lines)
        finally:
            if library.unsaved or code == ExitCode.FAILED:  # what was printed need not be kept where nothing is
                await keep_unsaved(library)
        return code


@asynccontextmanager
async def _composed(arguments: Namespace) -> "AsyncIterator[Services]":
    """What the answer stands on, in memory where nothing is to be saved."""
    async with compose(arguments.config) as services:
        if not arguments.temp:
            yield services
            return
        async with compose_temporary(services) as temporary:
            yield temporary


async def _answered(
    services: "Services",
    conversation: "Conversation",
    prompt: "Prompt",
    options: "TurnOptions",
    tools: "ToolSource | None",
    lines: "EventLines | None",
) -> int:
    from tui.chat.replies.turn import Turn
    from tui.commands.answer import print_answer
    from tui.commands.answer_events import print_events

    library = services.library
    turn = Turn(conversation, library, services.catalog, prompt, options, guard=services.guard, tools=tools)
    if lines is not None:
        return await print_events(turn.events(), turn.stop, lines)
    by_schema = bool(options.schema)
    return await print_answer(
        turn.events(), turn.stop, sys.stdout, sys.stderr, saves=library.saves, by_schema=by_schema
    )


async def _sum_up(services: "Services", conversation: "Conversation", options: "TurnOptions") -> int:
    """Have older turns summed up, as the person wants it by themselves; what goes wrong is a line.

    Returns:
        0, or the exit code where that was stopped from outside.
    """
    from tui.chat.replies.events import ReplyFailed
    from tui.chat.replies.options import Compaction
    from tui.chat.replies.turn import Turn
    from tui.commands.answer import stopped_from_outside

    print_note("The chat is long: older turns are summed up first.", prefix="")
    options = replace(options, compaction=Compaction(model=services.guard.summariser))
    turn = Turn(conversation, services.library, services.catalog, None, options, guard=services.guard)
    with stopped_from_outside(turn.stop, sys.stdout) as codes:
        async for event in turn.events():
            if isinstance(event, ReplyFailed):
                print_note(f"It could not be summed up: {event.failure.message}")
    return codes[0] if codes else ExitCode.OK


def _schema(arguments: Namespace) -> str:
    if arguments.schema is None:
        return ""
    from tui.chat.answer_schema.given import given_answer_schema

    return given_answer_schema(arguments.schema)


async def _compared(arguments: Namespace, services: "Services") -> list[str]:
    """Ids of the models that are to answer side by side; [] for one answer.

    Raises:
        UsageError: they cannot be compared.
    """
    if arguments.compare is None:
        return []
    if arguments.model or arguments.demo:
        option = "-m" if arguments.model else "--demo"
        raise UsageError("--compare names the models.", f"Leave {option} out.")
    if arguments.tools or arguments.yes or arguments.folder:
        raise UsageError("Tools are for one answer.", "Leave --tools out, or --compare.")
    from tui.chat.compared_models import check_models

    names = [name.strip() for name in arguments.compare.split(",") if name.strip()]
    models = [await named_model(services.catalog, name) for name in names]
    check_models([(model, "") for model in models])
    if not arguments.resume:  # a new conversation is that of the first one
        arguments.model = models[0]
    return models


async def _print_answers(
    arguments: Namespace,
    services: "Services",
    conversation: "Conversation",
    prompt: "Prompt",
    models: list[str],
    schema: str,
    lines: "EventLines | None",
) -> int:
    from tui.commands.answers import Answers

    library, code = services.library, int(ExitCode.FAILED)
    saves, anyway = library.saves, bool(arguments.anyway)
    answers = Answers(services.replies, conversation, prompt, models, saves=saves, anyway=anyway, schema=schema)
    try:
        if lines is not None:
            code = await answers.print_events(lines)
        elif arguments.json or schema:
            code = await answers.print_json()
        else:
            code = await answers.print_texts(sys.stdout, sys.stderr)
    finally:
        if library.unsaved or code == ExitCode.FAILED:
            await keep_unsaved(library)
    return code
