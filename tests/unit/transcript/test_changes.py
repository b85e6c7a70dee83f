"""A list of messages that is changed into anything but the new one shows a conversation that is not there."""

from hypothesis import given
from hypothesis import strategies as st

from tui.app.chat.changes import AddMessage, Change, InsertMessage, RemoveMessage, ReplaceMessage, differences
from tui.app.transcript.message import TranscriptMessage

IDS = "abcdefgh"


def messages(ids: str, time: str = "") -> list[TranscriptMessage]:
    return [TranscriptMessage(id, "prompt", time=time) for id in ids]


def drawn(shown: list[TranscriptMessage], changes: list[Change]) -> list[TranscriptMessage]:
    """What a transcript that does just what it is told shows afterwards."""
    shown = list(shown)
    for change in changes:
        ids = [message.id for message in shown]
        match change:
            case AddMessage(message):
                shown.append(message)
            case InsertMessage(message, before):
                shown.insert(ids.index(before), message)
            case RemoveMessage(id):
                del shown[ids.index(id)]
            case ReplaceMessage(message):
                shown[ids.index(message.id)] = message
            case _:
                raise AssertionError(change)
    return shown


@given(st.sets(st.sampled_from(IDS)), st.sets(st.sampled_from(IDS)), st.sets(st.sampled_from(IDS)))
def test_the_changes_make_the_one_list_of_the_other(before: set[str], after: set[str], renewed: set[str]) -> None:
    old = messages("".join(sorted(before)))
    new = [TranscriptMessage(id, "prompt", time="new" if id in renewed else "") for id in sorted(after)]
    changes = differences(old, new)
    assert drawn(old, changes) == new
    changed = before ^ after | (before & after & renewed)
    assert len(changes) == len(changed), "what stays the same is not drawn again"


def test_new_messages_at_the_end_are_added_in_their_order_so_that_the_view_follows_a_prompt() -> None:
    assert differences(messages("ab"), messages("abcd")) == [AddMessage(message) for message in messages("cd")]
