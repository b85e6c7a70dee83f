"""The programs that measure speed from outside: a figure that is wrong without anybody seeing it."""

import re
import sys

import pytest

if sys.platform == "win32":
    pytest.skip("these programs run in terminals of Linux", allow_module_level=True)

from tests.bench.adapters import APIS, body_of
from tests.bench.outside import report
from tests.bench.outside.apps import APPS, OURS, ROWS, TEXTUAL
from tests.bench.outside.rounds import model_server
from tests.bench.outside.server import MARK, PlayedModel, asked_word, reply_pieces
from tests.bench.outside.terminal import Typed, moments
from tests.support.protocol_server import Seen


def test_a_mark_is_seen_when_it_stands_on_the_screen_whole_wherever_reads_are_cut() -> None:
    output = b"\x1b[2J\x1b[3;1H\x1b[1mZ07\x1b[0mM0001 and\x1b[5;1HZ07END"
    parts = [(float(at), output[at : at + 1]) for at in range(len(output))]
    found = moments(parts, (40, 10), MARK, [])
    assert found["Z07M0001"] == output.index(b"1 and") and found["Z07END"] == len(output) - 1
    assert found[""] == output.index(b"Z07")


def test_a_key_is_seen_with_its_letter_also_in_a_field_that_scrolls() -> None:
    typed = Typed("bcdfghkmnprs", [float(at) for at in range(12)])
    drawn = [(at + 0.5, f"\x1b[1;1H\x1b[K{typed.text[max(0, at - 8) : at + 1]}".encode()) for at in range(12)]
    moments(drawn, (40, 10), MARK, [typed])
    assert typed.delays_ms() == [500.0] * 8


def test_a_reply_has_its_length_and_marks_that_no_other_has() -> None:
    pieces = reply_pieces(7, 300)
    text = "".join(piece for piece, _ in pieces)
    marks = [mark for _, found in pieces for mark in found]
    assert len(pieces) == 300 and marks == MARK.findall(text) and marks[-1] == "Z07END"
    assert not set(marks) & set(MARK.findall("".join(piece for piece, _ in reply_pieces(8, 300))))


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/chat"])
def test_only_the_first_request_of_a_prompt_gets_the_long_reply(path: str) -> None:
    told: list[dict[str, object]] = []
    model = PlayedModel(told.append)
    asked = {"model": "bench-a", "stream": True, "messages": [{"role": "user", "content": asked_word(5, 0, 200)}]}
    first, again = (list(model.respond(Seen("POST", path, {}, asked)).steps) for _ in range(2))
    assert len(first) > 3 and len(again) == 2
    assert [event["what"] for event in told][:2] == ["request", "first"] and told[-1]["what"] == "end"


def test_the_models_server_goes_also_when_a_round_breaks_down() -> None:
    with pytest.raises(ZeroDivisionError), model_server():
        raise ZeroDivisionError


def test_the_report_has_medians_ratios_and_whether_goals_are_met() -> None:
    rounds = [
        {"row": report.ALONE, "app": app, "load": 1.0, "figures": {"usable, s": value, "fast complete, s": value}}
        for app, values in {OURS.name: (0.4, 9.0, 0.5), TEXTUAL.name: (0.5, 0.4, 0.6)}.items()
        for value in values
    ]
    whole, short = report.report({"conditions": "2 cores", "rounds": rounds})
    assert "| usable, s | ≤ 1.35× | 0.50 | 1.00× ✓ | 0.50 |" in whole
    assert re.search(r"\| fast complete, s .* 1\.00× ✗ \|", whole)
    assert "medians of 3" in whole and "| 0.50 | 0.50 |" in short


def test_every_row_compares_ours_with_the_floor() -> None:
    assert all(isinstance(ours, type(OURS)) and isinstance(floor, type(TEXTUAL)) for ours, floor in ROWS.values())
    assert len({app.name for app in APPS.values()}) == len(APPS)


@pytest.mark.parametrize("api", APIS)
def test_a_recording_is_lengthened_by_text_alone(api: str) -> None:
    once, often = body_of(api, 1), body_of(api, 50)
    assert often.count(APIS[api][2]) - once.count(APIS[api][2]) == 49
    assert often.endswith(once[-40:])
