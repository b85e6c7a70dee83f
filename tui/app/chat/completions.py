"""What completes a prompt of the chat screen. A new kind of word is one more source in this list."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING

from tui.app.completion.arguments import (
    ChatChoices,
    Choices,
    ExportChoices,
    ModelChoices,
    PathChoices,
    effort_choices,
)
from tui.app.completion.commands import CommandSource
from tui.app.completion.completer import Completer
from tui.app.completion.paths import PathSource
from tui.app.completion.prompts import PromptSource
from tui.app.theming import theme_kinds
from tui.app.widgets.composer import Composer
from tui.chat.prompt_library.folders import PromptLibrary
from tui.formats import FORMATS

if TYPE_CHECKING:
    from textual.worker import Worker

    from tui.app.chat.screen import ChatScreen
    from tui.bootstrap import Services


def make_completer(screen: "ChatScreen", services: "Services") -> Completer:
    """The sources of one chat screen, in the order in which they are asked."""

    def start(read: Callable[[], Coroutine[None, None, None]]) -> "Worker[None]":
        return screen.run_worker(read, group="paths", exit_on_error=False)

    paths = PathSource(Path(), start, Composer.AttachRequested)
    prompts = PromptSource(lambda: PromptLibrary().read(), start, Composer.PromptRequested)
    call = Composer.Called
    commands = CommandSource(
        lambda: [command for _, command in screen.dispatch.usable()],
        {
            "model": ModelChoices(services.catalog.models, lambda: screen.presenter.model, call),
            "effort": Choices(effort_choices, call),
            "chat": ChatChoices(lambda: screen.layout_view.chat_list.conversations, call),
            "theme": Choices(lambda: theme_kinds(screen.app.available_themes), call),
            "export": ExportChoices(FORMATS, paths, call),
            "path": PathChoices(paths),
        },
        call,
        prompts,
        lambda command: screen.layout_view.keymap.shown(f"{command.scope}.{command.id}"),
    )
    return Completer([commands, paths, prompts])
