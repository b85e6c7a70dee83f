"""`chinwag [QUESTION]`, the command without a name: opens the app; with `-p`, or into a pipe, prints one answer."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.agent.fenced import fence_for
from tui.bootstrap import compose, compose_temporary
from tui.chat.settings import ChatSettings
from tui.commands.exit_code import ExitCode
from tui.commands.leaving import keep_unsaved
from tui.commands.prompt_options import fill_in
from tui.commands.tool_options import add_tool_arguments, tools_of
from tui.errors import StoreError, UsageError
from tui.streams import print_note, read_piped, require_terminal
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.bootstrap import Services
    from tui.chat.prompt import Prompt, PromptAttachment
    from tui.chat.replies.options import TurnOptions
    from tui.chat.tools.toolbox import ToolSource
    from tui.store.records import Conversation


_ATTACH_HELP = "a file, a folder or a web address that goes along; may be given more than once"


def add_arguments(parser: ArgumentParser) -> None:
    """The question, who answers it, and where."""
    add = parser.add_argument
    add("question", nargs="*", metavar="QUESTION", help="opens the app and asks; with -p prints the answer instead")
    add("-p", "--print", action="store_true", help="print the answer and end; what is piped in goes along")
    add("-m", "--model", metavar="MODEL", help="who answers, such as openai:gpt-5.6 (see: chinwag models)")
    add("-c", "--continue", dest="resume", action="store_true", help="go on with the last conversation")
    add("-a", "--attach", action="append", default=[], metavar="FILE", help=_ATTACH_HELP)
    add("--prompt", metavar="NAME", help="fill in a prompt of the library, and ask it (see: chinwag prompts)")
    add("--system", metavar="NAME", help="a system prompt of the library; the conversation keeps it")
    parser.set_defaults(settings=ChatSettings())
    add("--compare", metavar="MODEL,MODEL", help="with -p: ask two to four models at once, and print what each answers")
    add("--json", action="store_true", help="with --compare: print all answers as one JSON object")
    add("-v", "--value", action="append", default=[], metavar="KEY=TEXT", help="a value for a variable of either")
    add("--anyway", action="store_true", help="with -p: send also what is dear or too long")
    add_tool_arguments(parser)
    add("--temp", action="store_true", help="a temporary chat: nothing of it is saved, but what it used and cost")
    add("--demo", action="store_true", help="talk to the built-in offline guide, whatever is configured")


async def run(arguments: Namespace) -> int:
    """Print one answer, or open the app."""
    if arguments.temp and arguments.resume:
        raise UsageError("A temporary chat begins anew.", "Leave --temp out, or -c.")
    question = " ".join(arguments.question)
    prompt = with_piped(question, read_piped())
    if arguments.prompt or arguments.system or arguments.value:
        prompt, arguments.settings = await fill_in(arguments, prompt)
    if arguments.print or ((prompt or arguments.attach) and not sys.stdout.isatty()):
        if not prompt and not arguments.attach:
            raise UsageError("There is nothing to ask.", 'Give a question: chinwag -p "…", or pipe one in.')
        return await _print_answer(arguments, prompt)
    _refuse_without_print(arguments)
    if arguments.tools or arguments.yes or arguments.folder:
        raise UsageError("Tools are for an answer that is printed.", "Ask with -p.")
    require_terminal()
    return await _open_app(arguments, prompt, send=bool(question and not arguments.prompt))


def _refuse_without_print(arguments: Namespace) -> None:
    if arguments.compare is not None:
        raise UsageError("--compare prints its answers.", "Say -p, too; in the app it is /compare.")
    if arguments.json:
        raise UsageError("--json goes with --compare.", 'Such as: chinwag -p "…" --compare MODEL,MODEL --json')


async def attached(places: Sequence[str]) -> "tuple[PromptAttachment, ...]":
    """What `-a` names: files, folders and web addresses.

    Raises:
        AttachmentError: one of them cannot be taken.
    """
    from tui.chat.attachments import attach_path, attach_url, is_web_address

    found: list[PromptAttachment] = []
    for place in places:
        found += [await attach_url(place)] if is_web_address(place) else await attach_path(Path(place))
    return tuple(found)


def with_piped(question: str, piped: str) -> str:
    """One prompt of the question on the command line and the text piped in.

    The question comes first, because it says what to do with the text, and a chat is named after its first line; the
    text follows as a block of its own, fenced by more backticks than it holds.
    """
    text = piped.strip("\n")
    if not text.strip():
        return question
    if not question.strip():
        return text
    fence = fence_for(text)
    return f"{question}\n\n{fence}\n{text}\n{fence}"


async def _print_answer(arguments: Namespace, prompt: str) -> int:
    from tui.chat.prompt import Prompt
    from tui.chat.questions import NO_ANSWERS, SEND_ANYWAY, HeldError
    from tui.chat.replies.options import TurnOptions

    async with _composed(arguments) as services:
        print_note(services.notice)
        models = _compared(arguments, services)
        files = await attached(arguments.attach)
        conversation = await _conversation(arguments, services)
        for model in models or [conversation.model]:
            for remark in await _remarks(files, services, model, conversation.settings):
                print_note(f"{clean_line(model)}: {remark}" if models else remark)
        if models:
            return await _print_answers(arguments, services, conversation, Prompt(prompt, files), models)
        library, code = services.library, int(ExitCode.FAILED)
        options = TurnOptions(answers=SEND_ANYWAY if arguments.anyway else NO_ANSWERS)
        asked = Prompt(prompt, files)
        tools = tools_of(arguments, services)
        try:
            try:
                code = await _answered(services, conversation, asked, options, tools)
            except HeldError as held:
                if not held.question.automatic:
                    raise
                await _sum_up(services, conversation, options)
                options = replace(options, answers=replace(options.answers, compacted=True))
                code = await _answered(services, conversation, asked, options, tools)
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
) -> int:
    from tui.chat.replies.turn import Turn
    from tui.commands.answer import print_answer

    library = services.library
    turn = Turn(conversation, library, services.catalog, prompt, options, guard=services.guard, tools=tools)
    return await print_answer(turn.events(), turn.stop, sys.stdout, sys.stderr, saves=library.saves)


async def _sum_up(services: "Services", conversation: "Conversation", options: "TurnOptions") -> None:
    """Have older turns summed up, as the person wants it by themselves; what goes wrong is a line."""
    from tui.chat.replies.events import ReplyFailed
    from tui.chat.replies.options import Compaction
    from tui.chat.replies.turn import Turn

    print_note("The chat is long: older turns are summed up first.", prefix="")
    options = replace(options, compaction=Compaction(model=services.guard.summariser))
    turn = Turn(conversation, services.library, services.catalog, None, options, guard=services.guard)
    async for event in turn.events():
        if isinstance(event, ReplyFailed):
            print_note(f"It could not be summed up: {event.failure.message}")


def _compared(arguments: Namespace, services: "Services") -> list[str]:
    """Ids of the models that are to answer side by side; [] for one answer.

    Raises:
        UsageError: they cannot be compared.
    """
    if arguments.compare is None:
        if arguments.json:
            _refuse_without_print(arguments)
        return []
    if arguments.model or arguments.demo:
        option = "-m" if arguments.model else "--demo"
        raise UsageError("--compare names the models.", f"Leave {option} out.")
    if arguments.tools or arguments.yes or arguments.folder:
        raise UsageError("Tools are for one answer.", "Leave --tools out, or --compare.")
    from tui.chat.compared_models import check_models

    names = [name.strip() for name in arguments.compare.split(",") if name.strip()]
    models = [services.catalog.find(name).id for name in names]
    check_models([(model, "") for model in models])
    if not arguments.resume:  # a new conversation is that of the first one
        arguments.model = models[0]
    return models


async def _print_answers(
    arguments: Namespace, services: "Services", conversation: "Conversation", prompt: "Prompt", models: list[str]
) -> int:
    from tui.commands.answers import Answers

    library, code = services.library, int(ExitCode.FAILED)
    saves, anyway = library.saves, bool(arguments.anyway)
    answers = Answers(services.replies, conversation, prompt, models, saves=saves, anyway=anyway)
    try:
        if arguments.json:
            code = await answers.print_json()
        else:
            code = await answers.print_texts(sys.stdout, sys.stderr)
    finally:
        if library.unsaved or code == ExitCode.FAILED:
            await keep_unsaved(library)
    return code


async def _remarks(files: "tuple[PromptAttachment, ...]", services: "Services", model: str, settings: str) -> list[str]:
    """What is left out of files, and what the model does not get of them."""
    from tui.chat.attachments import how_all_sent

    asked_with = ChatSettings.from_json(settings).for_model()
    sendings = await how_all_sent(files, services.catalog, model, asked_with) if files else ()
    return [
        f"{clean_line(file.name)}: {remark}"
        for file, sending in zip(files, sendings, strict=True)
        for remark in (file.note, sending.sentence)
        if remark
    ]


async def _open_app(arguments: Namespace, prompt: str, *, send: bool) -> int:
    if not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)  # set but empty means colours (no-color.org); Textual takes it for none
    from tui.app.warmup import rest_collector, wake_collector
    from tui.chat.catalog.info import DEMO

    rest_collector()  # until the app has warmed up
    try:
        async with compose(arguments.config) as services:
            from tui.app.app import ChatApp

            if option := "--demo" if arguments.demo else "-m" if arguments.model else "":
                services.preferences.override("model", DEMO if arguments.demo else arguments.model, option)
            files = await attached(arguments.attach)
            app = ChatApp(
                services,
                conversation=await _first_shown(arguments, services, prompt, files),
                banner=services.notice,
                prompt=prompt,
                attachments=files,
                send=send,
                first_run=await _nothing_chosen(arguments, services),
                temporary=arguments.temp,
            )
            try:
                await app.run_async()
            finally:
                await keep_unsaved(services.library)
            return app.return_code or 0
    finally:
        wake_collector()


async def _first_shown(
    arguments: Namespace, services: "Services", prompt: str, files: "tuple[PromptAttachment, ...]"
) -> "Conversation":
    """What the app opens with: where one left off, if that is wanted and nothing else is asked for."""
    last_chat = services.state.last_chat
    asked = prompt or arguments.attach or arguments.system or arguments.model or arguments.demo or arguments.resume
    if services.preferences.values.value("open_last") and last_chat and not asked:
        with suppress(UsageError, StoreError):  # it was deleted, or cannot be read: the list says so
            return await services.library.find(last_chat)
    return await _conversation(arguments, services, with_draft=not (prompt or files))


async def _conversation(arguments: Namespace, services: "Services", *, with_draft: bool = False) -> "Conversation":
    """The conversation to go on with, or a new one, with the model that was asked for.

    Args:
        arguments: what was asked for.
        services: where to find it.
        with_draft: a new one may be that in which something was written and not sent, if nothing else was asked for.
    """
    from tui.chat.catalog.info import DEMO

    model = DEMO if arguments.demo else arguments.model
    library, catalog = services.library, services.catalog
    as_ever = not (arguments.resume or model) and arguments.settings == ChatSettings()
    if with_draft and as_ever and (blank := await library.blank_chats()):
        return blank[0]
    if not arguments.resume:
        return library.new(catalog.default(model, None, services.state.last_model), arguments.settings)
    last = await library.find("last")
    if arguments.settings != ChatSettings():
        settings = arguments.settings.over(ChatSettings.from_json(last.settings))
        last = await library.set_settings(last.id, settings)
    return await library.set_model(last.id, catalog.find(model).id) if model else last


async def _nothing_chosen(arguments: Namespace, services: "Services") -> bool:
    """Whether no model was ever chosen: no option, no setting, no model used before, no conversation."""
    chosen = arguments.model or arguments.demo or arguments.resume or services.config.model or services.state.last_model
    return not chosen and not await services.library.conversations(limit=1)
