"""What completes a prompt of the chat screen. A new kind of word is one more source in this list."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.app.completion.arguments import (
    ChatChoices,
    Choices,
    ExportChoices,
    PathChoices,
    effort_choices,
)
from tui.app.completion.commands import CommandSource
from tui.app.completion.completer import Completer
from tui.app.completion.models import KnownModels, ModelChoices, ModelSource, SeveralModelChoices
from tui.app.completion.paths import PathSource
from tui.app.completion.prompts import PromptSource
from tui.app.completion.resources import ResourceSource
from tui.app.slash import BY_SLASH, SlashCall
from tui.app.theming import theme_kinds
from tui.app.widgets.composer import Composer
from tui.chat.compared_models import MOST
from tui.chat.prompt_library.folders import PromptLibrary
from tui.chat.tools.server_content import server_prompts
from tui.formats import FORMATS

if TYPE_CHECKING:
    from textual.message import Message
    from textual.worker import Worker

    from tui.app.chat.dispatch import CommandDispatch
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.presenter import ChatPresenter
    from tui.bootstrap import Services

Read = Callable[[], Coroutine[Any, Any, None]]


def make_completer(
    services: "Services",
    dispatch: "CommandDispatch",
    presenter: "ChatPresenter",
    layout: "ChatLayout",
    begin: "Callable[[Read, str], Worker[None]]",
) -> Completer:
    """The sources of one chat screen, in the order in which they are asked; `begin` runs a worker in its group."""

    def start(read: Read) -> object:
        return begin(read, "paths")

    paths = PathSource(Path(), start, Composer.AttachRequested)
    servers = services.tools.servers
    resources = ResourceSource(servers, paths, Composer.ResourceRequested)
    prompts = PromptSource(
        lambda: PromptLibrary().read(), start, Composer.PromptRequested, lambda: server_prompts(servers)
    )

    def import_path(path: str) -> "Message":
        return Composer.Called(SlashCall("import", path, BY_SLASH["import"]))

    known = KnownModels(services.catalog.models, lambda: presenter.model, services.catalog.aliases)
    call = Composer.Called

    def model_words() -> set[str]:
        return {*services.catalog.aliases, *(word for one in services.catalog.models() for word in (one.id, one.name))}

    commands = CommandSource(
        lambda: [command for _, command in dispatch.usable()],
        {
            "model": ModelChoices(known, call),
            "models": SeveralModelChoices(known, model_words, MOST),
            "effort": Choices(effort_choices, call),
            "chat": ChatChoices(lambda: layout.chat_list.recent, call),
            "theme": Choices(lambda: theme_kinds(layout.app.available_themes, auto=True), call),
            "export": ExportChoices(FORMATS, paths, call),
            "path": PathChoices(paths),
            "import": PathChoices(PathSource(Path(), start, import_path)),
        },
        call,
        prompts,
        lambda command: layout.keymap.shown(f"{command.scope}.{command.id}"),
    )
    return Completer([commands, ModelSource(known), resources, prompts])
