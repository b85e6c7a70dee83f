"""A stored prompt refers to its files; what goes to the model has them, under their names and in their places."""

from collections.abc import Collection

import pytest

from tests.support.files import png
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.agent.messages import BinaryContent, ModelMessage, ModelRequest, NamedContent, UnknownPart, UserPromptPart
from tui.chat.attachments.references import with_files
from tui.chat.library import Library
from tui.chat.message_parts import AttachmentContent, TextContent
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.turn import Turn
from tui.chat.stored_parts import stored_parts
from tui.errors import StoreError
from tui.store.records import Conversation

CAT = PromptAttachment("pets/cat.png", "image/png", png())
NOTES = PromptAttachment("notes.md", "text/markdown", b"Milk.")
FOLDER = PromptAttachment("src/", "text/markdown", b"Attached file `a`:\n\n```\nx\n```")


async def sent(*prompts: Prompt) -> list[object]:
    """What the model gets of prompts that were stored."""
    files = {file.hash: file.data for prompt in prompts for file in prompt.attachments}

    async def contents(hashes: Collection[str]) -> dict[str, bytes]:
        return {hash: files[hash] for hash in hashes}

    turns: list[list[ModelMessage]] = [[ModelRequest([UserPromptPart(prompt.content())])] for prompt in prompts]
    parts = [part for turn in await with_files(turns, contents) for message in turn for part in message.parts]
    return [part.content for part in parts if isinstance(part, UserPromptPart)]


async def test_an_image_comes_back_under_its_name() -> None:
    assert await sent(Prompt("What?", (CAT,))) == [[NamedContent(CAT.data, "image/png", name="cat.png"), "What?"]]


async def test_of_several_files_each_is_named_where_it_stands() -> None:
    (content,) = await sent(Prompt("Which?", (CAT, PromptAttachment("dog.png", "image/png", png(9, 9)))))
    assert isinstance(content, list)
    assert [item for item in content if isinstance(item, str)] == [
        "Attached file `pets/cat.png`:",
        "Attached file `dog.png`:",
        "Which?",
    ]
    assert [type(item) for item in content] == [str, NamedContent, str, NamedContent, str]


async def test_texts_are_one_text_that_every_server_takes() -> None:
    (content,) = await sent(Prompt("Why?", (NOTES, FOLDER)))
    assert content == (
        "Attached file `notes.md`:\n\n```\nMilk.\n```\n\n"
        "The folder `src/`:\n\nAttached file `a`:\n\n```\nx\n```\n\n"
        "Why?"
    )


async def test_what_is_no_reference_stays_as_it_is() -> None:
    other, data = UnknownPart({"kind": "video", "hash": "00"}), BinaryContent(b"old", "image/png")
    turn: list[ModelMessage] = [ModelRequest([UserPromptPart([other, data, "x"]), UserPromptPart("y")])]

    async def nothing(hashes: Collection[str]) -> dict[str, bytes]:
        raise AssertionError("there is nothing to read")

    assert await with_files([turn], nothing) == [turn]


async def ask(library: Library, model: ScriptedModel, chat: Conversation, prompt: Prompt | None) -> None:
    async for _ in Turn(chat, library, ScriptedCatalog({"fake:one": model}), prompt).events():
        pass


async def test_every_turn_and_retry_sends_the_files_again_and_the_screen_shows_them(library: Library) -> None:
    model, chat = ScriptedModel(["Fine."]), library.new("fake:one")
    for prompt in (Prompt("What?", (CAT, NOTES)), Prompt("Sure?"), None):
        await ask(library, model, chat, prompt)
    first = model.asked[0].prompts[0]
    assert isinstance(first, list) and NamedContent(CAT.data, "image/png", name="cat.png") in first
    assert [request.prompts for request in model.asked] == [[first], [first, "Sure?"], [first, "Sure?"]]
    opened = await library.open(chat.id)
    assert stored_parts(opened.messages[0]) == (
        AttachmentContent("pets/cat.png", "image/png", len(CAT.data), CAT.hash),
        AttachmentContent("notes.md", "text/markdown", 5, NOTES.hash),
        TextContent("What?"),
    )
    assert await library.contents([CAT.hash, "00"]) == {CAT.hash: CAT.data}


async def test_files_without_a_word_give_the_chat_its_name(library: Library) -> None:
    chat = library.new("fake:one")
    await ask(library, ScriptedModel(["A cat."]), chat, Prompt("", (CAT, NOTES)))
    assert (await library.open(chat.id)).conversation.title == "pets/cat.png, notes.md"


async def test_what_the_disk_refused_is_sent_from_memory(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr("tui.store.database.Database.run", refuse)
    model, chat = ScriptedModel(["Fine."]), library.new("fake:one")
    await ask(library, model, chat, Prompt("What?", (CAT,)))
    assert model.asked[0].prompts == [[NamedContent(CAT.data, "image/png", name="cat.png"), "What?"]]
