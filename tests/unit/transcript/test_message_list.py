"""The lines between messages: without them nobody sees that the model does not get all that stands there."""

from dataclasses import replace

from tests.support.library import conversation, prompt, reply
from tui.app.chat.message_list import listed
from tui.app.transcript.from_messages import transcript_message
from tui.chat.origin import SUMMARY, Origin
from tui.store.records import Message

CHAT = conversation()
Q1 = prompt(CHAT)
A1 = reply(CHAT, Q1, "One.", model="a:one")
Q2 = prompt(CHAT, parent=A1)
A2 = reply(CHAT, Q2, "Two.", model="a:one")


def summary(**changes: object) -> Message:
    origin = Origin(SUMMARY, until=A1.id).to_json()
    return replace(reply(CHAT, A2, "The gist.", model="b:two"), origin=origin, **changes)  # type: ignore[arg-type]


def kinds(*records: Message, opened: bool = False) -> list[str]:
    return [message.kind for message in listed(records, "a:one", transcript_message, {}, opened=opened)]


def test_what_a_summary_stands_for_is_one_line_until_it_is_opened() -> None:
    branch = (Q1, A1, Q2, A2, summary())
    assert kinds(*branch) == ["folded", "prompt", "reply", "reply"], "and who sums up is no switch"
    assert kinds(*branch, opened=True) == ["folded", "prompt", "reply", "prompt", "reply", "reply"]


def test_a_summary_that_broke_off_folds_nothing() -> None:
    assert kinds(Q1, A1, Q2, A2, summary(state="interrupted")) == ["prompt", "reply", "prompt", "reply", "reply"]
    assert kinds(Q1, A1, Q2, A2, summary(text=" ")) == ["prompt", "reply", "prompt", "reply", "reply"]


def test_the_line_stands_below_what_is_not_sent() -> None:
    shorter = replace(A2, origin=Origin(sent_from=Q2.id).to_json())
    assert kinds(Q1, A1, Q2, shorter) == ["prompt", "reply", "left_out", "prompt", "reply"]
    notes = [one.note for one in listed((Q1, A1, Q2, shorter), "a:one", transcript_message, {}, opened=False)]
    assert "2 earlier messages are not sent" in notes


def test_an_origin_that_names_what_is_not_there_hides_nothing() -> None:
    lost = replace(A2, origin=Origin(sent_from="gone").to_json())
    assert kinds(Q1, A1, Q2, lost) == ["prompt", "reply", "prompt", "reply"]
