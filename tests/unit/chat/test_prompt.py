"""A prompt keeps its files from the composer to the engine and the library, and an empty one is never sent."""

from tui.agent.messages import UnknownPart
from tui.chat.prompt import Prompt, PromptAttachment

PICTURE = PromptAttachment("cat.png", "image/png", b"png")


def test_words_alone_stay_a_text() -> None:
    assert Prompt("hi").content() == "hi"


def test_references_go_before_the_words_and_stand_alone_without_them() -> None:
    """The library has the bytes: a chat of ten photos must not hold them twice, nor parse them when it is opened."""
    reference = UnknownPart(
        {"kind": "attachment", "hash": PICTURE.hash, "name": "cat.png", "media_type": "image/png", "size_bytes": 3}
    )
    assert Prompt("what is it?", (PICTURE,)).content() == [reference, "what is it?"]
    assert Prompt("", (PICTURE,)).content() == [reference]


def test_a_prompt_that_comes_back_joins_what_was_written_since_and_keeps_all_files() -> None:
    other = PromptAttachment("a.txt", "text/plain", b"a")
    assert Prompt("one", (PICTURE,)).joined(Prompt("two", (other,))) == Prompt("one\ntwo", (PICTURE, other))
    assert Prompt("").joined(Prompt("two")) == Prompt("two")


def test_blank_words_are_nothing_to_send_but_a_file_is() -> None:
    assert not Prompt(" \n")
    assert Prompt(" ", (PICTURE,))


def test_the_same_content_is_kept_once_under_its_hash() -> None:
    rows = Prompt("", (PICTURE, PromptAttachment("copy.png", "image/png", b"png"))).rows("m1")
    assert [row.name for row in rows] == ["cat.png", "copy.png"]
    assert len({row.hash for row in rows}) == 1 and {row.message_id for row in rows} == {"m1"}
