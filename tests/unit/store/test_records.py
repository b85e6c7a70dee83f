"""Lines that say where the model changed: a person must see who answered what."""

from tests.support.library import conversation, prompt, reply
from tui.store.records import Message, SwitchLine, branch_of, switch_lines

CHAT = conversation()


def branch(*models: str) -> list[Message]:
    messages: list[Message] = []
    for model in models:
        messages.append(prompt(CHAT, parent=messages[-1] if messages else None))
        messages.append(reply(CHAT, messages[-1], "answer", model=model))
    return messages


def test_one_model_all_the_way_draws_no_line() -> None:
    assert switch_lines([], "a:1") == ()
    assert switch_lines(branch("a:1", "a:1"), "a:1") == ()


def test_a_line_stands_above_the_prompt_that_went_to_another_model() -> None:
    messages = branch("a:1", "b:2", "b:2", "a:1")
    assert switch_lines(messages, "a:1") == (
        SwitchLine(messages[2].id, "a:1", "b:2"),
        SwitchLine(messages[6].id, "b:2", "a:1"),
    )


def test_a_choice_for_the_next_turn_stands_at_the_end() -> None:
    assert switch_lines(branch("a:1"), "b:2") == (SwitchLine(None, "a:1", "b:2"),)


def test_a_prompt_that_waits_for_its_answer_draws_no_line_of_its_own() -> None:
    assert switch_lines([*branch("a:1"), prompt(CHAT)], "a:1") == ()


def test_a_reply_without_a_prompt_above_it_carries_the_line_itself() -> None:
    messages = branch("a:1")
    again = reply(CHAT, messages[0], "again", model="b:2")
    assert switch_lines([*messages, again], "b:2") == (SwitchLine(again.id, "a:1", "b:2"),)


def test_a_branch_is_picked_out_of_a_tree() -> None:
    asked, answer = branch("a:1")
    sibling = reply(CHAT, asked, "another")
    assert branch_of([asked, answer, sibling], sibling.id) == (asked, sibling)
    assert branch_of([asked, answer, sibling], None) == ()
