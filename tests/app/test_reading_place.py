"""The message under the eye never moves, whatever comes, goes, folds, opens, wraps or is found around it."""

import random
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.app.test_transcript_widget import LIVE, Page, page, prompt, reply, shown
from tui.app.transcript.message import TranscriptMessage
from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent, ToolCallContent

LONG = "```py\n" + "\n".join(f"value_{number} = '{'x' * (number % 120)}'" for number in range(150)) + "\n```"


def messages(random: random.Random) -> list[TranscriptMessage]:
    found: list[TranscriptMessage] = []
    for number in range(24):
        found.append(prompt(f"p{number}", f"question {number} " + "words " * random.randrange(60)))
        thought = ThinkingContent("\n\n".join(f"thought {row} of {number}" for row in range(random.randrange(1, 9))))
        call = ToolCallContent(str(number), "read", f'{{"path": "file {number}"}}', "result\n" * 12, "done")
        text = f"answer {number}\n\n" + "\n\n".join(f"line {number}.{row} " + "more " * 30 for row in range(6))
        parts: list[str | MessageContent] = [
            thought,
            call,
            text,
            LONG if random.random() < 0.3 else "end",
            f"- last\n- of {number}",
        ]
        found.append(reply(f"r{number}", *parts))
    return found


def top_message(app: Page) -> tuple[str, int]:
    """The message at the top of the view, and the row of it that is there."""
    index, inside = app.view._layout.locate(app.view.scroll_offset.y)
    return (app.view._layout.messages[index].message.id, inside) if index >= 0 else ("", 0)


def eye(app: Page) -> str:
    """What stands in the row at the top of the view."""
    row = app.view._layout.row(app.view.scroll_offset.y)[1]
    return row.text if row is not None else ""


@pytest.mark.parametrize("seed", range(4))
async def test_what_happens_elsewhere_moves_nothing(seed: int) -> None:
    chance = random.Random(seed)
    async with page([*messages(chance), LIVE], size=(80, 24)) as (app, pilot):
        view = app.view
        view.focus()
        await pilot.press("home")
        view.place.go_to(chance.randrange(60, 200))
        added = 0

        def add() -> None:
            nonlocal added
            added += 1
            before = top_message(app)[0]
            others = [rows.message.id for rows in view._layout.messages if rows.message.id != before]
            view.insert(reply(f"new{added}", "came in\n\n" + "rows\n\n" * chance.randrange(9)), chance.choice(others))

        def remove() -> None:
            others = [
                rows.message.id for rows in view._layout.messages if rows.message.id not in (top_message(app)[0],)
            ]
            view.remove_message(chance.choice([other for other in others if other != "live"]))

        def stream() -> None:
            view.append("live", 0, TextContent("streaming words " * 20 + "\n\n"))
            view.drawer.draw()

        def fold_another() -> None:
            here = top_message(app)[0]
            indexes = [at for at, rows in enumerate(view._layout.messages) if rows.folds and rows.message.id != here]
            view._keys.toggle(chance.choice(indexes), None)

        def fold_in_it() -> None:
            """Fold or open a code of the same message that is not at the top itself."""
            index, inside = view._layout.locate(view.scroll_offset.y)
            rows = view._layout.messages[index]
            at = [number for number in range(rows.height) if "lines" in rows.row(number).text and number > inside + 1]
            if at:
                view._keys.toggle_code(index, at[0])

        acts: list[Callable[[], None]] = [add, remove, stream, fold_another, fold_in_it]
        for _ in range(40):
            act = chance.choice(acts)
            before, message = eye(app), top_message(app)[0]
            if not before.strip() or "lines more" in before:
                view.place.go_to(view.scroll_offset.y + 1)
                continue
            act()
            assert (eye(app), top_message(app)[0]) == (before, message), act.__name__
            if chance.random() < 0.2:
                await pilot.pause(0.05)  # what is drawn around the view in a quiet moment
                assert eye(app) == before
            view.place.go_to(max(1, view.scroll_offset.y + chance.randrange(-30, 30)))


@pytest.mark.parametrize("seed", range(2))
async def test_another_width_and_wrapped_code_keep_the_message_and_its_paragraph(seed: int) -> None:
    chance = random.Random(seed)
    async with page(messages(chance), size=(80, 24)) as (app, pilot):
        app.view.focus()
        await pilot.press("home")
        app.view.place.go_to(chance.randrange(80, 200))
        for width in (50, 120, 41, 80, 200, 80):
            before = top_message(app)[0]
            await resized(pilot, width)
            assert top_message(app)[0] == before, width
            await pilot.press("w")
            assert top_message(app)[0] == before


async def resized(pilot: Pilot[None], width: int) -> None:
    await pilot.resize_terminal(width, 24)
    await pilot.pause()


async def test_a_search_that_ends_leaves_the_reader_where_it_led() -> None:
    async with page(messages(random.Random(1))) as (app, pilot):
        app.view.finder.look_for("thought 0 of 3")
        for _ in range(2_000):
            await pilot.pause(0.01)
            if any("thought 0 of 3" in line for line in shown(app.view)):
                break
        before = shown(app.view)
        assert any("thought 0 of 3" in line for line in before)
        app.view.finder.end()
        await pilot.pause(0.05)
        assert shown(app.view) == before
