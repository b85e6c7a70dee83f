"""Turns anywhere in the tree of a chat: every change is a sibling, and what was there stays."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.chat.library import Library
from tui.chat.limits import Limits
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.events import ChatEvent, PromptSaved
from tui.chat.replies.meter import resting
from tui.chat.replies.options import NEXT_TURN, TurnOptions
from tui.chat.replies.rows import turn_rows
from tui.chat.replies.turn import Turn
from tui.chat.settings import ChatSettings
from tui.config.amounts import Amount
from tui.errors import MessageGoneError, StoreError
from tui.store.records import Conversation, UsageScope

CATALOG = ScriptedCatalog(
    {"fake:one": ScriptedModel(), "fake:two": ScriptedModel(["two says"])}, token_price=Decimal("0.01")
)


async def turn(
    library: Library, chat: Conversation, text: str | None, options: TurnOptions = NEXT_TURN, *files: PromptAttachment
) -> list[ChatEvent]:
    prompt = None if text is None else Prompt(text, files)
    return [event async for event in Turn(chat, library, CATALOG, prompt, options).events()]


async def shown(library: Library, chat: Conversation) -> list[str]:
    return [message.text for message in (await library.open(chat.id)).messages if message.kind == "prompt"]


@pytest.fixture
async def chat(library: Library) -> Conversation:
    """Two turns."""
    conversation = library.new("fake:one")
    await turn(library, conversation, "first")
    await turn(library, conversation, "second")
    return await library.current(conversation)


async def test_an_edited_prompt_stands_beside_the_old_one_with_its_own_answer(
    library: Library, chat: Conversation
) -> None:
    before = await library.open(chat.id)
    first = before.messages[0]
    await turn(library, chat, "edited", TurnOptions(at=first.id), PromptAttachment("a.txt", "text/plain", b"words"))
    assert await shown(library, chat) == ["edited"]
    tree = await library.tree(chat.id)
    assert set(before.messages) <= set(tree) and len(tree) == len(before.messages) + 2
    assert [file.name for file in await library.attachments(chat.id)] == ["a.txt"]
    await library.branches.show(chat.id, first.id)
    assert await shown(library, chat) == ["first", "second"]


async def test_a_prompt_behind_an_earlier_reply_leaves_what_followed_it(library: Library, chat: Conversation) -> None:
    reply = (await library.open(chat.id)).messages[1]
    await turn(library, chat, "instead", TurnOptions(at=reply.id))
    assert await shown(library, chat) == ["first", "instead"]
    assert [
        node.parent_id for node in await library.branches.outline(chat.id) if node.text in ("second", "instead")
    ] == [reply.id] * 2


async def test_an_earlier_prompt_is_answered_again_by_another_model_with_other_settings(
    library: Library, chat: Conversation
) -> None:
    first, old = (await library.open(chat.id)).messages[:2]
    options = TurnOptions("fake:two", ChatSettings(temperature=1.5).to_json(), first.id)
    await turn(library, chat, None, options)
    opened = await library.open(chat.id)
    assert [message.text for message in opened.messages] == ["first", "two says"]
    assert opened.messages[1].parent_id == old.parent_id
    assert ChatSettings.from_json(opened.messages[1].settings).temperature == 1.5
    assert opened.conversation.model == "fake:one"


async def test_a_turn_beside_what_is_shown_moves_nothing(library: Library, chat: Conversation) -> None:
    before = await library.open(chat.id)
    events = await turn(library, chat, None, TurnOptions("fake:two", at=before.messages[2].id, shown=False))
    assert isinstance(events[0], PromptSaved) and events[0].conversation.active_leaf == chat.active_leaf
    assert (await library.open(chat.id)).messages == before.messages
    assert len(await library.tree(chat.id)) == 5


async def test_turns_beside_each_other_stand_each_on_its_own(library: Library, chat: Conversation) -> None:
    prompt = (await library.open(chat.id)).messages[2]
    options = [TurnOptions(model, at=prompt.id, shown=False) for model in ("fake:one", "fake:two") * 2]
    await asyncio.gather(*(turn(library, chat, None, one) for one in options))
    replies = [node for node in await library.branches.outline(chat.id) if node.parent_id == prompt.id]
    assert sorted(node.model for node in replies) == ["fake:one"] * 3 + ["fake:two"] * 2


async def test_a_message_that_was_deleted_meanwhile_takes_no_turn_and_nothing_is_saved(
    library: Library, chat: Conversation
) -> None:
    first = (await library.open(chat.id)).messages[0]
    await library.branches.trash(chat.id, first.id)
    for text, at in ((None, first.id), ("edited", first.id), ("edited", "nothing")):
        with pytest.raises(MessageGoneError):
            await turn(library, chat, text, TurnOptions(at=at))
    assert await library.tree(chat.id) == ()
    await library.branches.restore(chat.id, first.id)
    assert await shown(library, chat) == ["first", "second"]


async def test_what_was_deleted_while_it_streamed_does_not_come_back_with_its_end(library: Library) -> None:
    gate = asyncio.Event()
    chat = library.new("fake:slow")
    events = Turn(chat, library, ScriptedCatalog({"fake:slow": ScriptedModel(["one", gate])}), Prompt("first")).events()
    saved = await anext(events)
    assert isinstance(saved, PromptSaved)
    await library.branches.trash(chat.id, saved.prompt.id)
    gate.set()
    assert [event async for event in events]
    assert (await library.open(chat.id)).messages == ()
    with pytest.raises(MessageGoneError):
        await library.branch_to(chat, saved.reply.id)


async def test_a_prompt_does_not_follow_what_another_window_deletes_meanwhile(library: Library) -> None:
    chat = library.new("fake:one")
    await turn(library, chat, "first")
    opened = await library.open(chat.id)
    rows = turn_rows(opened, Prompt("second"), NEXT_TURN, reply_id="reply")
    await library.branches.trash(chat.id, opened.messages[0].id)
    assert await library.start_turn(rows.conversation, rows.prompt, rows.reply, leaf=rows.leaf) is None
    await turn(library, chat, "second")
    assert await shown(library, chat) == ["second"]


async def test_a_fork_says_what_its_copies_cost_and_nothing_is_paid_twice(library: Library, chat: Conversation) -> None:
    picture = PromptAttachment("a.txt", "text/plain", b"words")
    await turn(library, chat, "with a file", NEXT_TURN, picture)
    original = await library.open(chat.id)
    paid = await library.spent_today()
    assert paid is not None and paid > 0
    library.budgets.limits = Limits({"day": Amount(tokens=9_999)})
    used = (await library.usage.read(UsageScope())).figures.rows
    forked = await library.fork(chat, original.messages[4].id)
    copy = await library.open(forked.id)
    assert [message.text for message in copy.messages] == [message.text for message in original.messages[:5]]
    assert not {message.id for message in copy.messages} & {message.id for message in original.messages}
    assert copy.conversation.title == f"{original.conversation.title} (fork)" and forked.id != chat.id
    assert [message.price for message in copy.messages] == [message.price for message in original.messages[:5]]
    assert await library.spent_in(forked.id) is None and await library.spent_today() == paid
    reading = resting(copy.messages, window=None, free=False, chat=await library.spent_in(forked.id))
    assert reading.message_price == original.messages[3].price and reading.chat_price is None
    assert (await library.usage.read(UsageScope())).figures.rows == used != ()
    at = datetime.now(UTC)
    (standing,) = await library.budgets.standings(chat.id, at, lambda model, usage: None)
    assert standing.spent.tokens == sum((row.input or 0) + (row.output or 0) for row in used) > 0
    assert standing.spent.unpriced == used[0].unpriced
    assert [file.data for file in await library.attachments(forked.id)] == [b"words"]
    await library.folders.delete([chat.id])
    assert len((await library.open(forked.id)).messages) == 5


async def test_a_duplicate_has_the_whole_tree_shows_the_same_branch_and_costs_nothing(
    library: Library, chat: Conversation
) -> None:
    first = (await library.open(chat.id)).messages[0]
    await turn(library, chat, "edited", TurnOptions(at=first.id), PromptAttachment("a.txt", "text/plain", b"words"))
    await library.branches.show(chat.id, first.id)
    await library.set_settings(chat.id, ChatSettings(system_prompt="Be terse."))
    await library.folders.tag([chat.id], ["trip"])
    await library.folders.archive([chat.id])
    paid, tree = await library.spent_today(), await library.tree(chat.id)
    copy = await library.duplicate(chat.id)
    assert copy is not None
    copied = await library.tree(copy.id)
    assert [(row.kind, row.text, row.payload) for row in copied] == [(row.kind, row.text, row.payload) for row in tree]
    assert not {row.id for row in copied} & {row.id for row in tree}
    assert await shown(library, copy) == await shown(library, chat) == ["first", "second"]
    assert [file.data for file in await library.attachments(copy.id)] == [b"words"]
    stored = (await library.open(copy.id)).conversation
    assert (stored.tags, stored.archived, ChatSettings.from_json(stored.settings).system_prompt) == (
        ("trip",), False, "Be terse.",
    )  # fmt: skip
    assert stored.title.endswith(" (copy)") and await library.spent_today() == paid
    assert await library.duplicate(library.new("fake:one").id) is None, "nothing was sent in it"


async def test_what_the_disk_refuses_beside_the_branch_is_kept_beside_it(
    library: Library, chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (await library.open(chat.id)).messages[0]

    def refuse(*args: object, **kwargs: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("tui.store.branches.start_at", refuse)
        patch.setattr("tui.store.conversations.finish_reply", refuse)
        await turn(library, chat, "edited", TurnOptions(at=first.id, shown=False))
        assert await shown(library, chat) == ["first", "second"]
        assert [node.text for node in await library.branches.outline(chat.id) if node.parent_id is None] == [
            "first",
            "edited",
        ]
    await library.flush()
    assert [node.text for node in await library.branches.outline(chat.id) if node.parent_id is None] == [
        "first",
        "edited",
    ]
    assert await shown(library, chat) == ["first", "second"]
