"""A reply that was cut off goes on: one text without a seam, whether the model was given its beginning or asked."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.scripted import Finish, ScriptedCatalog, ScriptedModel, Thought
from tests.support.scripted import Turn as Turned
from tui.agent.messages import (
    Citation,
    ModelRequest,
    ModelResponse,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
)
from tui.chat.library import Library
from tui.chat.origin import Origin, with_ids
from tui.chat.prompt import Prompt
from tui.chat.replies.continuing import Seam, begun_text, joined_messages, last_words
from tui.chat.replies.events import ChatEvent
from tui.chat.replies.messages import dump, messages_of, text_of
from tui.chat.replies.options import NEXT_TURN, TurnOptions
from tui.chat.replies.turn import Turn
from tui.store.records import Conversation, Message

LONG = "It was a long day at the lake, and the pelican had eaten nothing but one small fish since the morn"


def joined(begun: str, *pieces: str, asked: bool = True) -> str:
    seam = Seam(begun, lambda: asked)
    return seam.base + "".join([seam.take(piece) for piece in pieces]) + seam.end()


@pytest.mark.parametrize(
    ("begun", "said", "whole"),
    [
        ("I like app", "I like apples and pears.", "I like apples and pears."),
        ("I like", "I like apples", "I like apples"),
        ("- one\n- two\n", "- one\n- two\n- three", "- one\n- two\n- three"),
        (LONG, f"{LONG[-30:]}ing.", f"{LONG}ing."),  # fewer words than it was asked for
        ("the cat", "cat food", "the cat cat food"),
        (LONG, f"{last_words(LONG)}ing.", f"{LONG}ing."),
        (LONG, f"{LONG}ing.", f"{LONG}ing."),
        (LONG, f"\n {last_words(LONG)}ing.", f"{LONG}ing."),
        ("def f():\n    return ", "def f():\n    return 1\n", "def f():\n    return 1\n"),
        ("a\n\n", "a\n\nb", "a\n\nb"),
        ("the end.", "Then more.", "the end. Then more."),
        ("the", "cat", "the cat"),
        ("the ", "cat", "the cat"),
        ("the ", " cat", "the cat"),
        ("the", " cat", "the cat"),
        ("a paragraph.\n\n", "Another.", "a paragraph.\n\nAnother."),
        ("x", ", y", "x, y"),
    ],
)
def test_a_model_that_was_asked_leaves_no_seam(begun: str, said: str, whole: str) -> None:
    for size in (1, 3, 1000):
        pieces = [said[at : at + size] for at in range(0, len(said), size)]
        assert joined(begun, *pieces) == whole


@pytest.mark.parametrize(
    ("begun", "said", "whole"),
    [
        ("I like app", "les", "I like apples"),
        ("I like ", " apples", "I like apples"),
        ("la la la", " la la", "la la la la la"),
        ("Hello", "Hel", "HelloHel"),
        ("I like app", "I like apples", "I like apples"),  # Mistral's answers begin with what it was given
    ],
)
def test_what_comes_behind_a_given_beginning_follows_its_last_letter(begun: str, said: str, whole: str) -> None:
    for size in (1, 1000):
        assert joined(begun, *[said[at : at + size] for at in range(0, len(said), size)], asked=False) == whole


def test_only_the_last_words_are_asked_for_and_whole_ones() -> None:
    assert last_words("short ") == "short"
    assert LONG.endswith(last_words(LONG)) and last_words(LONG)[0] != " " and len(last_words(LONG)) <= 80
    assert len(last_words("x" * 500)) == 80


# A turn.


async def events_of(
    library: Library, chat: Conversation, model: ScriptedModel, text: str | None, options: TurnOptions = NEXT_TURN
) -> list[ChatEvent]:
    catalog = ScriptedCatalog({"fake:one": model}, token_price=Decimal("0.01"))
    prompt = None if text is None else Prompt(text)
    return [event async for event in Turn(chat, library, catalog, prompt, options).events()]


async def continued(
    library: Library, *pieces: str | Thought | Turned | Finish
) -> tuple[Message, Message, ScriptedModel]:
    """A reply that was cut off at "I like app", the one that goes on with it by these pieces, and who was asked."""
    chat = library.new("fake:one")
    await events_of(library, chat, ScriptedModel([Thought("hm"), "I like app", Finish("length")]), "What do you like?")
    old = (await library.open(chat.id)).messages[-1]
    model = ScriptedModel(pieces)
    await events_of(library, chat, model, None, TurnOptions(at=old.id, goes_on=True))
    return old, (await library.open(chat.id)).messages[-1], model


async def test_a_cut_reply_goes_on_in_a_reply_beside_it(library: Library) -> None:
    old, new, model = await continued(library, Thought("more"), "I like ", "apples.", Finish("stop"))
    assert (new.text, new.parent_id, new.state, new.finish_reason) == ("I like apples.", old.parent_id, "done", "stop")
    assert json.loads(new.origin) == {"kind": "continued", "of": [old.id]}
    assert "hm" in new.thinking and "more" in new.thinking
    response = json.loads(new.payload)[-1]
    assert [part["part_kind"] for part in response["parts"]] == ["thinking", "thinking", "text"]
    asked = model.asked[0].messages
    assert isinstance(asked[-2], ModelResponse) and isinstance(asked[-1], ModelRequest)
    assert "I like app" in str(asked[-1].parts) and old.text == "I like app"


async def test_words_that_turn_out_to_be_thoughts_are_no_part_of_the_answer(library: Library) -> None:
    _, new, _ = await continued(library, "Well, go on", Turned(" with apples."), "I like apples.")
    assert new.text == "I like apples." and "Well, go on with apples." in new.thinking


async def test_a_copy_of_the_chat_knows_its_own_messages(library: Library) -> None:
    old, new, _ = await continued(library, "I like apples.")
    chat = (await library.open(new.conversation_id)).conversation
    copy = (await library.open((await library.fork(chat, new.id)).id)).messages[-1]
    assert json.loads(copy.origin) == {"kind": "continued", "of": [old.id]}, "of what is not copied"
    until = with_ids(json.dumps({"kind": "summary", "until": old.id, "edited": True}), {old.id: "copy"})
    assert Origin.from_json(until) == Origin("summary", until="copy", edited=True)


async def test_what_was_there_stays_when_nothing_more_comes(library: Library) -> None:
    _, new, _ = await continued(library, Thought("nothing to say"))
    assert new.text == "I like app" and new.state in ("done", "failed")


async def test_the_next_turn_sees_one_answer(library: Library) -> None:
    old, new, _ = await continued(library, "I like apples.")
    model = ScriptedModel(["Fine."])
    await events_of(library, await library.current(library.new("fake:one")), model, "unrelated")
    chat = (await library.open(new.conversation_id)).conversation
    await events_of(library, chat, model, "And you?")
    texts = [part for message in model.asked[-1].messages for part in message.parts if isinstance(part, TextPart)]
    assert [part.content for part in texts] == ["I like apples."] and old.id != new.id


def test_what_a_tool_did_in_between_is_kept() -> None:
    begun = [ModelResponse([ThinkingPart("hm"), TextPart("I like app ")])]
    call, result = ModelResponse([ToolCallPart("look", {}, "c1")]), ModelRequest([ToolReturnPart("look", "x", "c1")])
    end = ModelResponse([ThinkingPart("ah"), TextPart("anything")])
    first, *rest = joined_messages(begun, [call, result, end], "les.")
    assert [part.content for part in first.parts if isinstance(part, TextPart)] == ["I like apples."]
    assert rest[:2] == [call, result] and [part.part_kind for part in rest[2].parts] == ["thinking"]
    assert joined_messages(begun, [call, result], "") == [*begun, call, result]


def citing(text: str, url: str, words: str) -> TextPart:
    start = text.index(words)
    return TextPart(text, citations=[Citation(url, "", start, start + len(words))])


def test_pages_that_both_halves_cite_keep_their_places() -> None:
    begun = [ModelResponse([citing("I like app ", "https://a.test", "like")])]
    for came, added in (("les and pears.", "les and pears."), ("like apples and pears.", "les and pears.")):
        (whole,) = joined_messages(begun, [ModelResponse([citing(came, "https://b.test", "pears")])], added)
        (text,) = (part for part in whole.parts if isinstance(part, TextPart))
        assert text.content == "I like apples and pears."
        cited = [(one.url, text.content[one.start : one.end]) for one in text.citations or ()]
        assert cited == [("https://a.test", "like"), ("https://b.test", "pears")]


async def test_a_cut_reply_that_cites_goes_on_behind_its_words_and_not_behind_its_sources(library: Library) -> None:
    old, _, _ = await continued(library, "I like apples.")
    payload = dump([ModelResponse([citing("I like app", "https://a.test", "like")])])
    row = replace(old, payload=payload, text=text_of(messages_of(replace(old, payload=payload))))
    assert "Sources" in row.text and begun_text(row) == "I like app"
