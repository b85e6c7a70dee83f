"""Opens a plain chat on the terminal: what it stands on, where it begins, and what is saved when it ends."""

import sys
from argparse import Namespace
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from tui.bootstrap import compose
from tui.chat.catalog.info import DEMO
from tui.chat.catalog.remembered import RememberedModels
from tui.chat.prompt import Prompt
from tui.commands.exit_code import ExitCode
from tui.commands.leaving import keep_unsaved
from tui.commands.plain.asking import Asker
from tui.commands.plain.chats import Chats
from tui.commands.plain.keyboard import Keyboard
from tui.commands.plain.page import Page
from tui.commands.plain.remembering import remember
from tui.commands.plain.session import Session, completions
from tui.commands.plain.threads import MainThreadLines
from tui.commands.question import attached, first_shown, named_model
from tui.streams import is_lines_only

if TYPE_CHECKING:
    from tui.bootstrap import Services


def run_plain(arguments: Namespace, prompt: str, *, send: bool, said: str) -> int:
    """Talk until the person leaves; returns the exit code. Called in the main thread, which it blocks.

    Args:
        arguments: of the command line.
        prompt: what was asked there.
        send: send it at once; else it is kept.
        said: what is said first, such as why lines are all that there is; "" for nothing.
    """
    page = Page(sys.stdout)
    page.say(said)
    keyboard = Keyboard(sys.stdin.fileno(), sys.stdout, edits=not is_lines_only())
    lines = MainThreadLines(keyboard)

    async def talk() -> int:
        async with compose(arguments.config) as services, AsyncExitStack() as open_things:
            if option := "--demo" if arguments.demo else "-m" if arguments.model else "":
                arguments.model = DEMO if arguments.demo else await named_model(services.catalog, arguments.model)
                services.preferences.override("model", arguments.model, option)
            files = await attached(arguments.attach)
            chat = await first_shown(arguments, services, prompt, files)
            asked = RememberedModels(services.state, remember).asked
            await services.sharing.start(lambda: None)
            chats = Chats(services, chat, page, Asker(page, lines), asked, open_things)
            if arguments.temp:
                await chats.switch_temporary("")
            await _help_typing(keyboard, services)
            session = Session(services, chats, page, lines)
            lines.interrupt = session.stop
            try:
                await session.run(Prompt(prompt, files), send=send)
            finally:
                remember(last_chat=chats.last_id)
                await keep_unsaved(services.library)
        return ExitCode.OK

    with keyboard.taken():
        return lines.run(talk)


async def _help_typing(keyboard: Keyboard, services: "Services") -> None:
    """Earlier prompts for the arrow keys, names for Tab."""
    past = await services.library.past_prompts()
    keyboard.remember(one.text for one in reversed(past))
    keyboard.complete_by(lambda line: completions(line, (info.id for info in services.catalog.models())))
