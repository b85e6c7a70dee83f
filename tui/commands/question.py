"""What is asked and where: the words with what is piped in, the files that go along, and the conversation."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.agent.fenced import fence_for
from tui.chat.settings import ChatSettings
from tui.errors import StoreError, UsageError
from tui.model_id import ModelId
from tui.streams import print_note
from tui.text import clean_line

if TYPE_CHECKING:
    from argparse import Namespace

    from tui.bootstrap import Services
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.prompt import PromptAttachment
    from tui.store.records import Conversation


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


async def attached(places: Sequence[str]) -> "tuple[PromptAttachment, ...]":
    """What `-a` names: files, folders and web addresses.

    Raises:
        AttachmentError: one of them cannot be taken.
    """
    if not places:
        return ()
    from tui.chat.attachments import attach_path, attach_url, is_web_address

    found: list[PromptAttachment] = []
    for place in places:
        found += [await attach_url(place)] if is_web_address(place) else await attach_path(Path(place))
    return tuple(found)


async def known_model(catalog: "Catalog", name: str) -> str:
    """Id of a model that was named; the providers are asked what they have before it is said that there is none.

    Raises:
        UsageError: nobody offers it, or more than one is meant perhaps.
    """
    try:
        return catalog.find(name).id
    except UsageError:
        await catalog.refresh()
        return catalog.meant(name).id


async def named_model(catalog: "Catalog", name: str) -> str:
    """As `known_model`; what a name is short for is said in a line.

    Raises:
        UsageError: as there.
    """
    model = await known_model(catalog, name)
    if ModelId.parse(model).name != ModelId.parse(name).name and name not in catalog.aliases:
        print_note(f"“{clean_line(name, 40)}” is {clean_line(model)}.", prefix="")
    return model


async def conversation(arguments: "Namespace", services: "Services", *, with_draft: bool = False) -> "Conversation":
    """The conversation to go on with, or a new one, with the model that was asked for.

    Args:
        arguments: what was asked for.
        services: where to find it.
        with_draft: a new one may be that in which something was written and not sent, if nothing else was asked for.
    """
    from tui.chat.catalog.info import DEMO

    model = DEMO if arguments.demo else arguments.model
    library, catalog = services.library, services.catalog
    if model:
        model = await named_model(catalog, model)
    as_ever = not (arguments.resume or model) and arguments.settings == ChatSettings()
    if with_draft and as_ever and (blank := await library.blank_chats.all()):
        return blank[0]
    if not arguments.resume:
        return library.new(catalog.default(model, None, services.state.last_model), arguments.settings)
    from tui.commands.choosing import chosen_chat

    chat = await chosen_chat(library, "last" if arguments.resume is True else arguments.resume)
    if arguments.settings != ChatSettings():
        settings = arguments.settings.over(ChatSettings.from_json(chat.settings))
        chat = await library.set_settings(chat.id, settings)
    if model:
        return await library.set_model(chat.id, model)
    return _with_model(chat, services)


def _with_model(chat: "Conversation", services: "Services") -> "Conversation":
    """A chat for which no model was chosen, as one of another program, with that of new chats."""
    return replace(chat, model=services.catalog.default(None, chat.model, services.state.last_model))


async def first_shown(
    arguments: "Namespace", services: "Services", prompt: str, files: "tuple[PromptAttachment, ...]"
) -> "Conversation":
    """What a chat opens with: where one left off, if that is wanted and nothing else is asked for."""
    last_chat = services.state.last_chat
    asked = prompt or arguments.attach or arguments.system or arguments.model or arguments.demo or arguments.resume
    if services.preferences.values.value("open_last") and last_chat and not asked:
        with suppress(UsageError, StoreError):  # it was deleted, or cannot be read: the list says so
            return _with_model(await services.library.find(last_chat), services)
    return await conversation(arguments, services, with_draft=not (prompt or files))


async def remarks(files: "tuple[PromptAttachment, ...]", services: "Services", model: str, settings: str) -> list[str]:
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
