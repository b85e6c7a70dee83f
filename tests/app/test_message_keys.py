"""Keys on a focused message: those that do something are shown and work, the others are not there."""

from pathlib import Path

import pytest
from textual.events import MouseMove, MouseScrollDown, MouseScrollUp

from tests.app.test_transcript_widget import page, prompt, reply, row_of, shown
from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.dialogs.confirm import Confirm
from tui.app.dialogs.openables import OpenablePicker
from tui.app.dialogs.source_view import SourceView
from tui.app.transcript.openables import Openable
from tui.app.transcript.view import Transcript
from tui.app.widgets.footer import Footer
from tui.app.widgets.source_page import SourcePage
from tui.chat.message_parts import MessageContent, ThinkingContent

WIDE = "```py\nx = '" + "wide " * 60 + "end'\n```"
LONG = "```py\n" + "\n".join(f"\tvalue_{number} = {number}" for number in range(200)) + "\n```"
TABLE = "| a | b |\n|---|---|\n| one | two |"


async def focused(here: Running, *parts: str | MessageContent) -> None:
    """Show a prompt and a reply of these parts, with the reply focused."""
    here.transcript.load([prompt("p", "question"), reply("r", *parts)])
    here.transcript.focus()
    await here.pilot.pause()


@pytest.mark.parametrize(
    ("part", "keys"),
    [
        ("plain words", {"copy"}),
        ("```\nx\n```", {"copy", "copy_code", "open"}),
        ("- item\n\n  ~~~\n  x\n  ~~~", {"copy", "copy_code", "open"}),
        ("[a](https://b.c)", {"copy", "open"}),
        (TABLE, {"copy", "open"}),
        (r"\(\alpha\)", {"copy", "open"}),
        ("it costs $5 and $10", {"copy", "open"}),
        ("- item\n    - " + "a long line inside " * 9, {"copy"}),
        (WIDE, {"copy", "copy_code", "open", "wrap_code", "scroll_code"}),
        (LONG, {"copy", "copy_code", "open", "fold"}),
        (ThinkingContent("hm"), {"fold"}),
    ],
)
async def test_only_keys_that_do_something_are_offered(part: str | MessageContent, keys: set[str]) -> None:
    keyed = {"copy", "copy_code", "open", "fold", "wrap_code", "scroll_code"}
    async with page([prompt("p", "q"), reply("r", part)]) as (app, pilot):
        app.view.focus()
        await pilot.pause()
        assert {action for action in keyed if app.view.check_action(action, ())} == keys


async def test_the_footer_follows_the_message(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), size=(160, 40)) as here:
        await here.ask("Hi")
        here.transcript.load([prompt("p", "question"), reply("r", LONG), prompt("p2", "more"), reply("r2", "words")])
        here.transcript.focus()
        await here.pilot.pause()
        footer = here.app.screen.query_one(Footer)
        assert "copy code" not in here.text_of(footer) and "retry" in here.text_of(footer)
        await here.pilot.press("k", "k")
        assert "copy code" in here.text_of(footer) and "go on" not in here.text_of(footer)
        assert "fold" in here.text_of(footer) and "wrap" not in here.text_of(footer)
        await here.pilot.press("C", "e", "left_square_bracket", "u")
        await here.pilot.pause()
        assert not here.app._notifications, "a key that does not apply does nothing, and needs no word"


async def test_what_a_message_has_is_opened_and_copied_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chat as Markdown, no key for nothing, a link behind its target, one of several, a table with all columns."""
    async with running(tmp_path, ScriptedModel()) as here:
        await here.ask("What is *this*?")
        here.transcript.focus()
        await here.pilot.press("Y")
        await here.until(lambda: "What is *this*?" in here.app.clipboard, "the copy")
        assert here.app.clipboard.startswith("---\n") and "What is *this*?" in here.app.clipboard
        await focused(here, "It costs $5 and $10.")
        await here.pilot.press("o")
        await here.pilot.pause()
        assert here.app.screen is here.app.chat
        opened: list[str] = []
        monkeypatch.setattr(here.app, "open_url", lambda url, **_: opened.append(url))
        await focused(here, "See [the bank](https://bank.example@evil.example/x).")
        await here.pilot.press("o")
        await here.until(lambda: isinstance(here.app.screen, Confirm), "the question")
        assert "evil.example" in here.screen() and "@ is no address" in here.screen() and not opened
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert not opened
        await here.pilot.press("o")
        await here.until(lambda: isinstance(here.app.screen, Confirm), "the question")
        await here.pilot.press("enter")
        await here.until(lambda: opened, "the page")
        assert opened == ["https://bank.example@evil.example/x"]
        await focused(here, f"[a](https://a.b) and {WIDE!r}\n\n{LONG}\n\n{TABLE}\n\n$$\n\\alpha_1\n$$")
        await here.pilot.press("o")
        await here.until(lambda: isinstance(here.app.screen, OpenablePicker), "the choice")
        assert [kind in here.screen() for kind in ("link", "code", "table", "formula")] == [True] * 4
        await here.type("value_")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, SourceView), "the code")
        here.app.clear_notifications()  # the first copy's
        await here.until(lambda: "200 lines" in here.screen(), "its size")
        assert "value_0 = 0" in here.screen()
        await here.pilot.press("G")
        await here.until(lambda: "value_199" in here.screen(), "its end")
        await here.pilot.press("c")
        await here.until(lambda: here.app.clipboard == LONG.removeprefix("```py\n").removesuffix("\n```"), "the copy")
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        await here.pilot.resize_terminal(80, 24)
        table = "| name | text |\n| --- | --- |\n| a | " + "word " * 30 + "end |"
        await focused(here, table)
        await here.pilot.press("o")
        await here.until(lambda: isinstance(here.app.screen, SourceView), "the table")
        page = here.app.screen.query_one(SourcePage)
        assert page.virtual_size.width > 150 and page.virtual_size.height == 3
        await here.pilot.press("c")
        await here.until(lambda: here.app.clipboard == table, "the copy")


async def test_a_source_scrolls_both_ways_and_wraps_and_what_is_selected_is_the_source(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), size=(60, 20)) as here:
        code = "\tfirst = '" + "long " * 40 + "\u202eend'\nsecond = 2"
        here.app.push_screen(SourceView(Openable("code", code, "py"), here.app.copy))
        await here.until(lambda: "second" in here.screen(), "the code")
        assert "end'" not in here.screen()
        await here.pilot.press(*["right"] * 3)
        here.app.screen.query_one(SourcePage).action_sideways(240)
        await here.pilot.pause()
        assert "<U+202E>end'" in here.screen()
        await here.pilot.press("w")
        await here.until(lambda: "first" in here.screen() and "end'" in here.screen(), "it wrapped")
        source = here.app.screen.query_one(SourcePage)
        source.text_select_all()
        assert here.app.screen.get_selected_text() == code


async def test_wide_code_scrolls_by_key_and_wheel_and_comes_back() -> None:
    async with page([prompt("p", "q"), reply("r", WIDE)]) as (app, pilot):
        app.view.focus()
        await pilot.pause()
        at = row_of(app.view, "x = ")
        assert "›" in shown(app.view)[at] and "end'" not in shown(app.view)[at]
        await pilot.press("right", "right")
        assert "‹" in shown(app.view)[at] and "x = " not in shown(app.view)[at]
        app.view.action_scroll_code(60)
        assert "end'" in shown(app.view)[at]
        app.view.action_scroll_code(-60)
        await pilot.press("left")
        assert "x = " in shown(app.view)[at]
        height, top = app.view.virtual_size.height, app.view.scroll_offset
        for kind, text in ((MouseScrollDown, "‹"), (MouseScrollUp, "x = ")):
            await pilot._post_mouse_events([kind], Transcript, (20, at), shift=True)
            assert text in shown(app.view)[at]
        assert (app.view.virtual_size.height, app.view.scroll_offset) == (height, top)


async def test_w_wraps_wide_code_and_cuts_it_again() -> None:
    async with page([prompt("p", "q"), reply("r", WIDE)]) as (app, pilot):
        app.view.focus()
        await pilot.pause()
        before = shown(app.view)
        await pilot.press("w")
        assert any("end'" in line for line in shown(app.view)) and any("↳" in line for line in shown(app.view))
        await pilot.press("w")
        assert shown(app.view) == before


async def test_a_click_opens_long_code_where_it_is() -> None:
    async with page([prompt("p", "q"), reply("r", LONG), prompt("p2", "end")], size=(80, 40)) as (app, pilot):
        app.view.focus()
        await pilot.press("home")
        at = row_of(app.view, "⋯ 180 lines more")
        above = shown(app.view)[at - 1]
        await pilot.click(Transcript, offset=(shown(app.view)[at].index("⋯") + 1, at))
        await pilot.pause()
        assert shown(app.view)[at - 1] == above and "value_20 =" in shown(app.view)[at]


async def test_a_selection_that_is_dragged_to_the_edge_scrolls_on() -> None:
    text = "\n".join(f"- line {number}" for number in range(200))
    async with page([prompt("p", "q"), reply("r", text)]) as (app, pilot):
        app.view.focus()
        await pilot.press("home")
        start = row_of(app.view, "line 3")
        await pilot.mouse_down(Transcript, offset=(4, start))
        await pilot.hover(Transcript, offset=(30, 12))
        top = app.view.scroll_offset.y
        last = app.view.size.height - 1
        app.screen._forward_event(MouseMove(app.view, 30, last, 0, last - 12, 1, False, False, False, 30, last))
        for _ in range(3_000):
            await pilot.pause(0.01)
            if app.view.scroll_offset.y > top + 40:
                break
        # The mouse has not moved since.
        assert len((app.screen.get_selected_text() or "").splitlines()) > 40
        await pilot.mouse_up(Transcript, offset=(30, app.view.size.height - 1))
        await pilot.pause()
        lines = (app.screen.get_selected_text() or "").splitlines()
        assert lines[0].endswith("line 3") and len(lines) > 40
        assert [line.split()[-1] for line in lines] == [str(number) for number in range(3, 3 + len(lines))]


async def test_a_selection_dragged_up_into_messages_never_drawn_keeps_its_end() -> None:
    """Their heights are guesses until they come into view: rows get other numbers then, and so must the selection."""
    words = f"{'w' * 50} " * 9  # nine rows, where a guess says six
    messages = [
        reply(f"r{number}", f"start{number}\n\n{words}\n\n- a\n- b\n\n| c |\n|---|\n| d |") for number in range(60)
    ]
    async with page(messages) as (app, pilot):
        app.view.focus()
        at = row_of(app.view, "start59")
        await pilot.mouse_down(Transcript, offset=(11, at))
        await pilot.hover(Transcript, offset=(4, 8))
        app.screen._forward_event(MouseMove(app.view, 4, 0, 0, -8, 1, False, False, False, 4, 0))
        for _ in range(6_000):
            await pilot.pause(0.005)
            if any("start53" in line for line in shown(app.view)):
                break
        await pilot.mouse_up(Transcript, offset=(4, 0))
        await pilot.pause()
        copied = app.screen.get_selected_text() or ""
        assert copied.rstrip().endswith("start59")
        assert [word for word in copied.split() if word.startswith("start")][-6:] == [
            f"start{number}" for number in range(54, 60)
        ]
