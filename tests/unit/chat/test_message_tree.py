"""The tree of a chat as text is how a person in a shell finds the answer that is on no shown branch."""

from dataclasses import replace

import pytest

from tests.support.library import conversation, prompt, reply
from tui.chat.ids import shortest
from tui.chat.message_tree import branch_through, tree_data, tree_lines
from tui.errors import UsageError
from tui.store.records import Attachment, WholeConversation

OWNER = conversation()
ASKED = prompt(OWNER, "Why?")
FIRST, SECOND = (
    reply(OWNER, ASKED, "## **first** \x1b[31m"),
    replace(reply(OWNER, ASKED, "second"), state="interrupted"),
)
AGAIN = prompt(OWNER, "And then?", parent=FIRST)
FILE = Attachment("h", AGAIN.id, "a.txt", "text/plain", b"x")
WHOLE = WholeConversation(replace(OWNER, active_leaf=SECOND.id), (ASKED, FIRST, SECOND, AGAIN), (FILE,))


def test_each_message_has_a_line_with_an_id_that_finds_it_again() -> None:
    lines = tree_lines(WHOLE).splitlines()
    assert [line.split(maxsplit=3)[3] for line in lines] == [
        "* You: Why?", "├─gpt-5.6: first ␛[31m", "│ You: And then?", "* └─gpt-5.6 (interrupted): second",
    ]  # fmt: skip
    found = [branch_through(WHOLE, line.split()[0]).messages[-1].text for line in lines]
    assert found == ["second", "And then?", "And then?", "second"]
    assert [one["shown"] for one in tree_data(WHOLE)] == [True, False, True, False]


def test_a_branch_is_shown_to_its_end_with_its_own_files_only() -> None:
    assert branch_through(WHOLE, SECOND.id).attachments == ()
    other = branch_through(WHOLE, FIRST.id)
    assert (other.messages, other.attachments) == ((ASKED, FIRST, AGAIN), (FILE,))
    assert other.conversation.active_leaf == AGAIN.id
    for wanted in ("nope", ASKED.id[:3]):
        with pytest.raises(UsageError, match="message of this chat"):
            branch_through(WHOLE, wanted)


def test_ids_of_the_same_moment_are_told_apart() -> None:
    ids = [f"01a22955-c7fb-7eef-a572-{number:012}" for number in range(3)]
    assert len(set(shortest(ids).values())) == 3
    assert shortest(ids[:1]) == {ids[0]: "01a22955-c7fb"}
    assert shortest([]) == {}
