"""An answer with sources at 80 columns: numbers in the text and a list below, each a link. Lost else: proof."""

from dataclasses import replace

from tests.support.library import conversation, prompt, reply
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.message_rows import MessageRows
from tui.app.transcript.openables import Openable, openables
from tui.app.transcript.row_cache import RowCache
from tui.chat.message_parts import TextContent
from tui.citations import Cited, with_sources
from tui.formats import FORMATS

ONE, TWO = "https://meteo.example/paris?day=1&lang=fr", "https://www.umbrella.example/a_(b)"
TEXT = "It rains in Paris, and it will go on for days; take a **large umbrella**, and go out to dinner."
END = TEXT.index(", and go")
PAGES = [Cited(ONE, "Météo *Paris*", 0, 17), Cited(TWO, "Umbrellas [all]", 50, END), Cited(ONE, "", 50, END)]
(MARKED,) = with_sources([(TEXT, PAGES)])


def drawn(text: str, width: int) -> MessageRows:
    rows = MessageRows(TranscriptMessage("r", "reply", (TextContent(text),), model="m"), RowCache(), width, 0.0)
    while rows.make_exact(0, 1 << 30, 0)[1]:
        pass
    return rows


def test_numbers_and_list_are_drawn_and_can_be_opened() -> None:
    rows = drawn(MARKED, 78)
    lines = [rows.row(number).text for number in range(rows.height)]
    assert lines[2:] == [
        "It rains in Paris[1], and it will go on for days; take a large",
        "umbrella[2][1], and go out to dinner.",
        "",
        "Sources",
        "",
        "1. Météo *Paris* · meteo.example",
        "2. Umbrellas [all] · umbrella.example",
    ]
    assert openables(rows, range(rows.height)) == [
        Openable("link", ONE),
        Openable("link", "https://www.umbrella.example/a_%28b%29"),
    ]
    numbers = [span for number in range(rows.height) for span in rows.row(number).spans if span.text == "1"]
    assert all(span.action == f"link:{ONE}" for span in numbers)


def test_the_markdown_export_has_them_and_the_links_lead_there() -> None:
    owner = conversation()
    asked = prompt(owner, "Weather?")
    answered = reply(owner, asked, MARKED)
    written = FORMATS["md"].write(replace(owner, active_leaf=answered.id), [asked, answered])
    assert f"It rains in Paris[[1]]({ONE})," in written
    assert f"1. [Météo \\*Paris\\*]({ONE}) · meteo.example" in written
