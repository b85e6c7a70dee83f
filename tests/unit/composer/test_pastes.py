"""A long paste is a label in the text; lost else: the content, or somebody's own words that look like a label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.app.widgets.pastes import FoldedPastes, is_long

LOG = "\n".join(f"line {number}" for number in range(214))


@pytest.mark.parametrize(
    ("text", "long"),
    [("x" * 1_000, False), ("x" * 1_001, True), ("x\n" * 9 + "x", False), ("x\n" * 10 + "x", True)],
)
def test_what_is_long(text: str, long: bool) -> None:
    assert is_long(text) is long


def test_a_label_says_how_much_it_stands_for_and_gives_it_back() -> None:
    pastes = FoldedPastes()
    assert pastes.fold(LOG, "") == "[pasted 214 lines ▾]"
    assert pastes.fold(f"{LOG}\n", "") == "[pasted 214 lines (2) ▾]"
    assert pastes.fold("x" * 4_000, "") == "[pasted 4,000 characters ▾]"
    assert pastes.fold(LOG, "some text") == "[pasted 214 lines ▾]", "the same again"
    assert pastes.expand("a [pasted 214 lines ▾] b") == f"a {LOG} b"
    assert list(pastes.spans("a [pasted 214 lines ▾][pasted 214 lines (2) ▾]")) == [(2, 22), (22, 46)]


def test_a_label_never_stands_in_the_text_before_it_or_in_its_own_content() -> None:
    pastes = FoldedPastes()
    quoted = f"[pasted 215 lines ▾]\n{LOG}"
    assert pastes.fold(quoted, "I see [pasted 215 lines (2) ▾] here") == "[pasted 215 lines (3) ▾]"
    assert pastes.expand("[pasted 215 lines (3) ▾]") == quoted


def test_a_draft_that_comes_back_is_folded_as_it_was_unless_it_was_opened() -> None:
    pastes = FoldedPastes()
    label = pastes.fold(LOG, "")
    assert pastes.fold_again(f"See: {LOG}!") == f"See: {label}!"
    assert pastes.open(label) == LOG
    assert pastes.fold_again(f"See: {LOG}!") == f"See: {LOG}!"
    assert pastes.expand(label) == LOG, "undo brings the label back"


def test_words_that_are_a_label_stay_words_when_a_draft_comes_back() -> None:
    pastes = FoldedPastes()
    label = pastes.fold(LOG, "")
    text = f"{label} is what I saw, for {LOG}"
    assert pastes.fold_again(text) == text


def test_old_contents_are_forgotten_but_not_those_in_the_text() -> None:
    pastes = FoldedPastes()
    first = pastes.fold(LOG, "")
    labels = [pastes.fold(LOG + "." * number, "") for number in range(1, 80)]
    pastes.forget_old(first)
    assert pastes.expand(first) == LOG
    assert pastes.expand(labels[0]) == labels[0]
    assert pastes.expand(labels[-1]) == LOG + "." * 79


@given(st.lists(st.text("ab\n[▾]", max_size=30).map(lambda text: text * 40), max_size=4), st.text("ab [pasted1▾]"))
def test_folding_again_never_changes_what_is_sent(contents: list[str], text: str) -> None:
    pastes = FoldedPastes()
    for content in contents:
        pastes.fold(content, text)
    whole = text.join(contents)
    folded = pastes.fold_again(whole)
    assert folded == whole or pastes.expand(folded) == whole
