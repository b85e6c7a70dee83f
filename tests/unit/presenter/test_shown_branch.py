"""What can be asked of the branch that is shown."""

from dataclasses import replace

from tests.support.library import conversation, prompt, reply
from tui.app.chat.shown_branch import ShownBranch
from tui.chat.origin import SUMMARY, Origin

CHAT = conversation()
Q1 = prompt(CHAT, "One?")
A1 = reply(CHAT, Q1, "One.", model="a:one")
Q2 = prompt(CHAT, "Two?", parent=A1)
A2 = reply(CHAT, Q2, "Two.", model="b:two")
BRANCH = ShownBranch((Q1, A1, Q2, A2))
GIST = replace(reply(CHAT, A2, "The gist."), origin=Origin(SUMMARY, until=A1.id).to_json())


def test_a_prompt_is_found_by_its_id_and_by_that_of_its_answer() -> None:
    assert BRANCH.prompt_at(Q1.id) == BRANCH.prompt_at(A1.id) == Q1
    assert BRANCH.prompt_at() == Q2 and BRANCH.prompt_at("gone") is None
    assert ShownBranch().prompt_at() is None


def test_a_prompt_is_unanswered_while_no_word_has_come() -> None:
    waiting = reply(CHAT, Q2)
    assert ShownBranch((Q1, A1, Q2, waiting)).unanswered == Q2
    assert BRANCH.unanswered is None and ShownBranch().unanswered is None
    assert ShownBranch((Q1, replace(GIST, text=""))).unanswered is None, "who sums up answers nothing"


def test_the_last_answer_says_whether_it_failed_or_streams() -> None:
    failed, streaming = replace(A2, state="failed"), reply(CHAT, Q2)
    assert ShownBranch((Q1, A1, Q2, failed)).failed and not BRANCH.failed and not ShownBranch().failed
    assert ShownBranch((Q1, A1, Q2, streaming)).streams and not BRANCH.streams and not ShownBranch().streams


def test_only_the_last_turn_is_the_last_one() -> None:
    assert [BRANCH.is_last(one.id) for one in BRANCH.records] == [False, False, True, True]


def test_a_summary_counts_when_it_came_to_its_end() -> None:
    assert ShownBranch((Q1, A1, GIST)).summary(GIST.id) == GIST
    assert ShownBranch((Q1, A1, replace(GIST, state="interrupted"))).summary(GIST.id) is None
    assert BRANCH.summary(A2.id) is None and BRANCH.summary("gone") is None


def test_models_and_prompts_are_named() -> None:
    assert BRANCH.model_of(A1.id) == "a:one" and BRANCH.model_of(Q1.id) == BRANCH.model_of("gone") == ""
    assert BRANCH.prompts == ("One?", "Two?")


def test_a_turn_that_begins_above_the_end_takes_what_followed_out_of_the_branch() -> None:
    other = prompt(CHAT, "Another?", parent=A1)
    answer = reply(CHAT, other)
    assert BRANCH.with_turn(other, answer).records == (Q1, A1, other, answer)
    first = replace(other, parent_id=None)
    assert BRANCH.with_turn(first, answer).records == (first, answer), "beside the first prompt"


def test_a_reply_takes_the_place_of_what_it_was() -> None:
    longer = replace(A1, text="One, and more.")
    assert BRANCH.with_reply(longer).records == (Q1, longer, Q2, A2)
    assert BRANCH.with_reply(reply(CHAT, Q2, "Of another branch")).records == BRANCH.records
