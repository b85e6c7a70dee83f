"""The messages that are listed, and the lines between them.

Without the lines nobody sees that the model does not get all that stands there.
"""

from dataclasses import replace

from tests.support.library import conversation, prompt, reply
from tui.app.chat.message_list import END_SWITCH, MessageList, listed
from tui.app.transcript.from_messages import transcript_message
from tui.chat.branches import Siblings
from tui.chat.origin import SUMMARY, Origin
from tui.chat.replies.meter import MeterReading
from tui.chat.replies.turn import LiveReply
from tui.store.records import Message, switch_lines

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


def show(messages: MessageList, *records: Message, model: str = "a:one", live: LiveReply | None = None) -> None:
    messages.show(records, model, Siblings((one.id, one.parent_id) for one in records), live, "")


def test_a_message_is_made_once_until_its_row_is_another() -> None:
    messages = MessageList()
    show(messages, Q1, A1)
    answer = messages.find(A1.id)
    show(messages, Q1, replace(A1, text="Anew."), Q2)
    assert messages.find(A1.id) is answer, "nobody has said that it is another"
    messages.forget([A1.id])
    show(messages, Q1, replace(A1, text="Anew."), Q2)
    assert messages.find(A1.id) is not answer


def test_the_reply_of_this_window_is_the_one_under_way_also_where_another_writes_behind_it() -> None:
    mine, theirs = reply(CHAT, Q1), reply(CHAT, Q2)
    live = LiveReply(CHAT, Q1, mine, (), MeterReading())
    messages = MessageList()
    show(messages, Q1, mine, Q2, theirs, live=live)
    here, there = messages.streaming(live), messages.streaming(None)
    assert here is not None and here.id == mine.id
    assert there is not None and there.id == theirs.id
    show(messages, Q1, A1)
    assert messages.streaming(live) is None and messages.streaming(None) is None


def test_the_note_at_the_end_goes_with_the_line_above_the_prompt_that_is_sent() -> None:
    messages = MessageList()
    show(messages, Q1, A1, model="b:two")
    assert messages.notes_missing
    (line,) = messages.not_noted(switch_lines((Q1, A1), "b:two"))
    noted = messages.note(line, "cache cold")
    assert noted is not None and messages.find(END_SWITCH) is noted and noted.note == "cache cold"
    answer = replace(A2, model="b:two")
    messages.begin_turn(Q2.id)
    show(messages, Q1, A1, Q2, answer, model="b:two")
    assert [one.note for one in messages.shown if one.kind == "switch"] == ["cache cold"]
    assert not messages.notes_missing and not messages.not_noted(switch_lines((Q1, A1, Q2, answer), "b:two"))


def test_a_line_of_which_nothing_is_to_be_said_is_not_looked_at_again() -> None:
    messages = MessageList()
    show(messages, Q1, A1, model="b:two")
    (line,) = switch_lines((Q1, A1), "b:two")
    assert messages.note(line, "") is None and not messages.notes_missing
    messages.forget_end_note()
    assert messages.notes_missing
