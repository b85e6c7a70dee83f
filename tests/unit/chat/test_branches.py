"""The tree of a chat as values: places, what follows, and rows that a reader can follow."""

import pytest

from tests.support.library import conversation, prompt, reply
from tui.chat.branches import ALONE, Siblings, can_go_on, tree_rows
from tui.chat.titles import copy_title
from tui.store.records import Message, OutlineNode, outline_of

CHAT = conversation("tree")
LINKS = [("p", None), ("a", "p"), ("b", "p"), ("a1", "a"), ("a2", "a"), ("c", "p"), ("q", None)]


def test_siblings_stand_in_the_order_they_were_made() -> None:
    siblings = Siblings(LINKS)
    assert [siblings.place(id) for id in ("a", "b", "c", "p", "q", "a2")] == [
        (1, 3), (2, 3), (3, 3), (1, 2), (2, 2), (2, 2),
    ]  # fmt: skip
    assert siblings.place("nobody") == ALONE and siblings.beside("nobody") == ()
    assert siblings.behind("a") == {"a", "a1", "a2"} and siblings.behind("q") == {"q"}
    siblings.add("d", "p")
    siblings.add("a", "q")  # known: it stays where it is
    assert siblings.place("a") == (1, 4) and siblings.branched
    assert not Siblings([("p", None), ("a", "p")]).branched


def drawn(outline: tuple[OutlineNode, ...], leaf: str | None) -> list[str]:
    signs = {"branch": "├", "last": "└", "through": "│", "gap": " "}
    return [
        "".join(signs[guide] for guide in row.guides) + ("●" if row.shown else "○") + row.node.text
        for row in tree_rows(outline, leaf)
    ]


def test_only_where_it_branches_a_row_stands_further_right() -> None:
    first = prompt(CHAT, "first")
    one, two = reply(CHAT, first, "one"), reply(CHAT, first, "two")
    more, other = prompt(CHAT, "more", parent=one), prompt(CHAT, "other", parent=one)
    end = reply(CHAT, other, "end")
    rows = outline_of([first, one, two, more, other, end], 200)
    assert drawn(rows, end.id) == ["●first", "├●one", "│├○more", "│└●other", "│ ●end", "└○two"]
    assert drawn(rows, None)[0] == "○first" and drawn((), None) == []


def test_a_long_chat_and_branches_inside_each_other_are_drawn_whole() -> None:
    chain: list[Message] = []
    for number in range(6_000):
        chain.append(prompt(CHAT, str(number), parent=chain[-1] if chain else None))
    assert all(not row.guides for row in tree_rows(outline_of(chain, 9), chain[-1].id))
    nested: list[Message] = []
    above: Message | None = None
    for _ in range(500):
        nested += [prompt(CHAT, "a", parent=above), prompt(CHAT, "b", parent=above)]
        above = nested[-1]
    assert len(tree_rows(outline_of(nested, 9), None)) == 1_000


def test_a_damaged_tree_still_has_every_message() -> None:
    lost = reply(CHAT, prompt(CHAT, "gone"), "left alone")
    assert drawn(outline_of([prompt(CHAT, "first"), lost], 200), lost.id) == ["├○first", "└●left alone"]


@pytest.mark.parametrize(
    ("state", "reason", "text", "can"),
    [
        ("interrupted", "", "half", True),
        ("failed", "", "half", True),
        ("done", "length", "half", True),
        ("done", "stop", "whole", False),
        ("done", "content_filter", "half", False),
        ("failed", "", " \n", False),
        ("streaming", "", "half", False),
    ],
)
def test_what_was_cut_off_can_go_on(state: str, reason: str, text: str, can: bool) -> None:
    from dataclasses import replace

    row = replace(reply(CHAT, prompt(CHAT), text), state=state, finish_reason=reason)  # type: ignore[arg-type]
    assert can_go_on(row) is can and not can_go_on(replace(row, kind="prompt"))


def test_forks_of_forks_can_be_told_apart() -> None:
    titles = ["Oslo"]
    for _ in range(3):
        titles.append(copy_title(titles[-1], "fork"))
    assert titles == ["Oslo", "Oslo (fork)", "Oslo (fork 2)", "Oslo (fork 3)"] and copy_title("", "copy") == ""
