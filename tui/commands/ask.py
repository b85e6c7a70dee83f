"""`chinwag [QUESTION]`, the command without a name: opens the app; with `-p`, or into a pipe, prints one answer."""

import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from tui.bootstrap import compose
from tui.chat.settings import ChatSettings
from tui.collector import wake_collector
from tui.commands.leaving import keep_unsaved
from tui.commands.question import attached, first_shown, named_model, with_piped
from tui.errors import UsageError
from tui.streams import is_lines_only, is_shown, read_piped, require_line_terminal, require_terminal

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tui.bootstrap import Services
    from tui.commands.answer_events import EventLines


_ATTACH_HELP = "a file, a folder or a web address that goes along; may be given more than once"
_VALUE_HELP = "a value for a variable of it; KEY=TEXT in front of the question will do, too"
_SCHEMA_HELP = "print JSON that fits a schema: a FILE with a JSON schema, or its fields in short: {}"
_JSONL_HELP = (
    "print what happens as JSON lines: start, thinking, text, tool_call, usage, notice, end, and exit as the last"
)


def add_arguments(parser: "ArgumentParser") -> None:
    """The question, who answers it, and where."""
    from tui.chat.answer_schema.short_form import RULE
    from tui.commands.choosing import CHAT_HELP, named_chat
    from tui.commands.tool_options import add_tool_arguments

    add = parser.add_argument
    add("question", nargs="*", metavar="QUESTION", help="opens the app and asks; with -p prints the answer instead")
    add("-p", "--print", action="store_true", help="print the answer and end; what is piped in goes along")
    add("-m", "--model", metavar="MODEL", help="who answers, such as openai:gpt-5.6 (see: chinwag models)")
    add("-c", "--continue", dest="resume", action="store_true", help="go on with the last conversation")
    add("--chat", dest="resume", metavar="CHAT", type=named_chat, help=f"go on with another one: {CHAT_HELP}")
    add("-a", "--attach", action="append", default=[], metavar="FILE", help=_ATTACH_HELP)
    add("--temp", action="store_true", help="a temporary chat: nothing of it is saved, but what it used and cost")
    add("--demo", action="store_true", help="talk to the built-in offline guide, whatever is configured")
    add("--plain", action="store_true", help="chat line by line: for screen readers, dumb terminals, serial lines")
    add("--no-mouse", action="store_true", help="leave the mouse to the terminal, which selects and copies with it")
    parser.set_defaults(settings=ChatSettings())
    add = parser.add_argument_group("prompts of the library").add_argument
    add("-t", "--prompt", metavar="PROMPT", help="fill one in, and ask it (see: chinwag prompts)")
    add("--system", metavar="PROMPT", help="a system prompt; the conversation keeps it")
    add("-v", "--value", action="append", default=[], metavar="KEY=TEXT", help=_VALUE_HELP)
    add = parser.add_argument_group("with -p").add_argument
    add("--schema", metavar="FILE|FIELDS", help=_SCHEMA_HELP.format(RULE))
    add("--jsonl", action="store_true", help=_JSONL_HELP)
    add("--compare", metavar="MODEL,MODEL", help="ask two to four models at once, and print what each answers")
    add("--json", action="store_true", help="with --compare: print all answers as one JSON object")
    add("--anyway", action="store_true", help="send also what is dear or too long")
    add_tool_arguments(parser.add_argument_group("tools, with -p"))


def unsaid() -> "Namespace":
    """What the parser makes of no argument at all."""
    said = SimpleNamespace(
        config=None, question=[], print=False, model=None, resume=False, attach=[], temp=False, demo=False, plain=False,
        no_mouse=False, settings=ChatSettings(), prompt=None, system=None, value=[], schema=None, jsonl=False,
        compare=None, json=False, anyway=False, tools=[], yes=[], folder=None,
    )  # fmt: skip
    return cast("Namespace", said)


async def run(arguments: "Namespace") -> int:
    """Print one answer, or open the app."""
    if not arguments.jsonl:
        return await _run(arguments, None)
    from tui.commands.answer_events import EventLines

    lines = EventLines(sys.stdout)
    return await lines.ending(_run(arguments, lines))


async def _run(arguments: "Namespace", lines: "EventLines | None") -> int:
    if arguments.temp and arguments.resume:
        raise UsageError("A temporary chat begins anew.", "Leave --temp out, or what it would go on with.")
    if arguments.plain:
        if arguments.print:
            raise UsageError("--plain is a chat, -p prints one answer.", "Leave one of them out.")
        require_line_terminal()
    piped = read_piped()
    if arguments.prompt or arguments.system or arguments.value:
        from tui.commands.prompt_options import fill_in

        prompt, arguments.settings = await fill_in(arguments, piped)
    else:
        prompt = with_piped(" ".join(arguments.question), piped)
    if arguments.print or ((prompt or arguments.attach) and not is_shown()):
        if not prompt and not arguments.attach:
            raise UsageError("There is nothing to ask.", 'Give a question: chinwag -p "…", or pipe one in.')
        _refuse_formats(arguments)
        from tui.commands.printed import print_asked

        wake_collector()
        return await print_asked(arguments, prompt, lines)
    _refuse_without_print(arguments)
    send = bool(arguments.question and not arguments.prompt)
    if arguments.plain or is_lines_only():
        return _open_plain(arguments, prompt, send=send)
    require_terminal()
    return await _open_app(arguments, prompt, send=send)


def _refuse_formats(arguments: "Namespace") -> None:
    if arguments.json and arguments.jsonl:
        raise UsageError("--json and --jsonl are two forms of the same.", "Leave one of them out.")
    if arguments.json and arguments.compare is None:
        raise UsageError("--json goes with --compare.", 'Such as: chinwag -p "…" --compare MODEL,MODEL --json')


def _refuse_without_print(arguments: "Namespace") -> None:
    _refuse_formats(arguments)
    if arguments.compare is not None:
        raise UsageError("--compare prints its answers.", "Say -p, too; in the app it is /compare.")
    if arguments.tools or arguments.yes or arguments.folder:
        raise UsageError("Tools are for an answer that is printed.", "Ask with -p.")
    if option := "--schema" if arguments.schema is not None else "--jsonl" if arguments.jsonl else "":
        raise UsageError(f"{option} is for an answer that is printed.", "Ask with -p.")


def _open_plain(arguments: "Namespace", prompt: str, *, send: bool) -> int:
    """Chat line by line. Nothing else runs on the loop of this thread, which is left to the reading of lines."""
    require_line_terminal()
    from tui.commands.plain.run import run_plain

    wake_collector()
    said = "" if arguments.plain else f"This terminal (TERM={os.environ['TERM']}) can do no more than lines."
    return run_plain(arguments, prompt, send=send, said=said)


async def _open_app(arguments: "Namespace", prompt: str, *, send: bool) -> int:
    if not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)  # set but empty means colours (no-color.org); Textual takes it for none
    from tui.chat.catalog.info import DEMO

    try:
        async with compose(arguments.config) as services:
            from tui.app.app import ChatApp

            if option := "--demo" if arguments.demo else "-m" if arguments.model else "":
                arguments.model = DEMO if arguments.demo else await named_model(services.catalog, arguments.model)
                services.preferences.override("model", arguments.model, option)
            if arguments.no_mouse:
                services.preferences.override("mouse", False, "--no-mouse")
            files = await attached(arguments.attach)
            temporary = None
            if arguments.temp:  # the chat beside it, among those that are saved, is one as ever
                temporary, arguments.settings = arguments.settings, ChatSettings()
            app = ChatApp(
                services,
                conversation=await first_shown(arguments, services, prompt, files),
                banner=services.notice,
                prompt=prompt,
                attachments=files,
                send=send,
                first_run=await _nothing_chosen(arguments, services),
                temporary=temporary,
            )
            try:
                await app.run_async(mouse=app.look.mouse)
            finally:
                await keep_unsaved(services.library)
            return app.return_code or 0
    finally:
        wake_collector()


async def _nothing_chosen(arguments: "Namespace", services: "Services") -> bool:
    """Whether no model was ever chosen: no option, no setting, no model used before, no conversation."""
    chosen = arguments.model or arguments.demo or arguments.resume or services.config.model or services.state.last_model
    return not chosen and not await services.library.conversations(limit=1)
