"""What leaves the transcript is what was written: no sign by which a screen shows a character, no padding, no wraps."""

import pytest
from textual.geometry import Offset
from textual.selection import Selection

from tui.app.transcript.layout import TranscriptLayout
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.selection import selected_text
from tui.chat.message_parts import AttachmentContent, TextContent, ThinkingContent, ToolCallContent
from tui.text import portable

INVISIBLES = {
    "override": "\u202e",
    "isolate": "\u2066",
    "tag": "\U000e0041",
    "selector": "\U000e0100",
    "soft hyphen": "\xad",
    "filler": "\u200b",
    "hangul filler": "\u3164",
    "operator": "\u2062",
    "mark": "\u200e",
    "escape": "\x1b",
    "c1": "\x9b",
    "surrogate": "\ud800",
}


def shown(*texts: str, column: int = 60) -> TranscriptLayout:
    layout = TranscriptLayout()
    layout.resize(column)
    layout.load(
        [TranscriptMessage(str(number), "reply", (TextContent(text),), model="m") for number, text in enumerate(texts)]
    )
    while layout.make_exact(0, layout.height, 0)[1]:
        pass
    return layout


def row_of(layout: TranscriptLayout, text: str) -> int:
    rows = [layout.row(number)[1] for number in range(layout.height)]
    return next(number for number, row in enumerate(rows) if row is not None and text in row.text)


def selected(layout: TranscriptLayout, first: int, last: int, start: int = 0, end: int = 999) -> str:
    return selected_text(layout, Selection(Offset(start, first), Offset(end, last)), 0)


@pytest.mark.parametrize("hidden", INVISIBLES.values(), ids=INVISIBLES.keys())
@pytest.mark.parametrize("around", ["{}", "- item\n\n{}", "> {}"], ids=["alone", "item", "quote"])
def test_copied_code_has_what_the_model_wrote_and_no_display_form(hidden: str, around: str) -> None:
    code = f"if a{hidden} == 'x{hidden}y':\n\tpass  # one\n# <U+202E> is how a screen shows it"
    prefix = {"- ": "  ", "> ": "> "}.get(around[:2], "")
    fence = f"\n{prefix if not around.startswith('> ') else '> '}".join(["```py", *code.split("\n"), "```"])
    layout = shown(around.format(prefix * around.startswith("- ") + fence))
    rows = layout.messages[0]
    assert [portable(source) for _, source in rows.codes()] == [portable(code)]
    head = next(number for number in range(rows.height) if "copy" in rows.row(number).text)
    action = next(span.action for span in rows.row(head).spans if span.action)
    assert portable(rows.code_at(head, action)) == portable(code)
    assert selected(layout, row_of(layout, "if a"), row_of(layout, "is how")) == portable(code)


@pytest.mark.parametrize("hidden", INVISIBLES.values(), ids=INVISIBLES.keys())
def test_selected_prose_has_no_display_form(hidden: str) -> None:
    layout = shown(f"first\n\nsome wo{hidden}rds of it\n\nlast")
    at = row_of(layout, "some")
    expected = portable(f"some wo{hidden}rds of it").replace("\u200e", "")  # a direction mark leaves nothing to select
    assert selected(layout, at, at) == expected


def test_a_display_form_that_somebody_typed_is_copied() -> None:
    layout = shown("first\n\nIt is shown as <U+202E> here.\n\nlast")
    at = row_of(layout, "shown")
    assert selected(layout, at, at) == "It is shown as <U+202E> here."


def test_a_part_of_a_line_of_code_with_something_hidden_is_that_part() -> None:
    layout = shown("text\n\n```\nab\u202ecd\tef\n```\n\nend")
    at = row_of(layout, "ef")
    row = layout.row(at)[1]
    assert row is not None
    start = row.text.index("cd")
    assert selected(layout, at, at, start, start + 2) == "cd"


TABLE = "| Name | Price |\n| --- | --: |\n| one | 1 |\n| a very long cell that is wrapped on a narrow page | `a\\|b` |"


@pytest.mark.parametrize("column", [100, 40, 16])
def test_a_selected_table_is_markdown_however_it_is_drawn(column: int) -> None:
    layout = shown(f"before\n\n{TABLE}\n\nafter", column=column)
    copied = selected(layout, row_of(layout, "before"), row_of(layout, "after"))
    assert copied == f"before\n\n{TABLE}\n\nafter"


def test_a_word_of_a_cell_is_that_word() -> None:
    layout = shown(TABLE, column=100)
    at = row_of(layout, "one")
    assert selected(layout, at, at, 0, 3) == "one"


def test_messages_selected_as_a_whole_are_copied_as_they_were_written() -> None:
    layout = shown("# One\n\n**bold** words", "- two\n- three " + "word " * 40, "the last one")
    copied = selected(layout, 1, row_of(layout, "the last"), end=8)
    assert copied.startswith("# One\n\n**bold** words\n\n- two\n- three word")
    assert copied.endswith("the last")


def test_a_selected_formula_is_its_tex_once_however_often_it_is_wrapped() -> None:
    tex = r"\(" + " + ".join(f"x_{{{number}}}" for number in range(20)) + r"\)"
    layout = shown(f"first\n\nIt is {tex} at last.\n\nlast", column=40)
    copied = selected(layout, row_of(layout, "It is"), row_of(layout, "at last"))
    assert copied == f"It is {tex} at last."


def test_a_selected_alignment_is_its_tex_once_and_equal_formulas_are_all_there() -> None:
    tex = "\\[\n\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}\n\\]"
    layout = shown(f"first\n\n{tex}\n\n- $x_1$\n- $x_1$\n\nlast")
    assert selected(layout, row_of(layout, "first"), row_of(layout, "last")) == (
        f"first\n\n{tex}\n\n- $x_1$\n- $x_1$\n\nlast"
    )


def test_selected_lists_have_the_marks_of_markdown() -> None:
    source = "- one\n  - two\n1. three\n\n- [x] four\n- [ ] five"
    layout = shown(f"first\n\n{source}\n\nlast")
    copied = selected(layout, row_of(layout, "first"), row_of(layout, "five"))
    assert [line for line in copied.split("\n") if line] == [
        "first",
        "- one",
        "  - two",
        "1. three",
        "- [x] four",
        "- [ ] five",
    ]


def test_names_and_thoughts_that_are_selected_have_no_display_form() -> None:
    layout = TranscriptLayout()
    thought, call = (
        ThinkingContent("think\u202eing"),
        ToolCallContent("1", "na\u2066me", '{"a": "b\u2066c"}', "r\xadx", "done"),
    )
    parts = (AttachmentContent("fi\u202ele", "", None), thought, call, TextContent("end"))
    layout.load([TranscriptMessage("1", "reply", parts, model="mo\u202edel")])
    layout.messages[0].toggle(None, 0.0)
    layout.all_changed()
    while layout.make_exact(0, layout.height, 0)[1]:
        pass
    assert "<U+" in "".join(row.text for number in range(layout.height) if (row := layout.row(number)[1]))
    copied = selected(layout, 1, layout.height - 3)
    assert "<U+" not in copied and "thinking" in copied and "rx" in copied and "file" in copied
