"""What runs without asking, and what is asked about again although it was agreed to."""

from collections.abc import Mapping
from typing import Any

import pytest

from tui.chat.tools.offer import BUILT_IN, RESULT_BYTES, ToolOffer, capped
from tui.chat.tools.policy import agreement, decide, is_inside
from tui.chat.tools.rules import Rule
from tui.chat.tools.server_tools import place_of
from tui.store.records import ToolAgreement


async def nothing(url: str = "") -> str:
    """Do nothing."""
    return ""


def host(arguments: Mapping[str, Any]) -> str:
    return str(arguments.get("url", ""))


SENDER = ToolOffer(BUILT_IN, "fetch", "Read a page.", nothing, sends=True, foreign=True, target=host)
READER = ToolOffer(BUILT_IN, "now", "Tell the time.", nothing)
THERE = {"url": "example.org"}


@pytest.mark.parametrize(
    ("rule", "agreed", "foreign", "decision"),
    [
        ("ask", False, False, "ask"),
        ("ask", True, False, "run"),
        ("ask", True, True, "ask"),
        ("allow", False, False, "run"),
        ("allow", True, True, "ask"),
        ("deny", True, False, "refuse"),
        ("deny", True, True, "refuse"),
    ],
)
def test_words_from_outside_make_what_sends_ask_again(rule: Rule, agreed: bool, foreign: bool, decision: str) -> None:
    agreements = {agreement(SENDER, THERE)} if agreed else set[ToolAgreement]()
    assert decide(SENDER, THERE, rule=rule, agreed=agreements, exposed=foreign) == decision


def test_what_sends_nothing_runs_on_although_words_from_outside_are_there() -> None:
    assert decide(READER, {}, rule="allow", exposed=True) == "run"
    assert decide(READER, {}, rule="ask", agreed={agreement(READER, {})}, exposed=True) == "run"


def test_what_was_agreed_to_is_one_place_and_one_description() -> None:
    agreed = {agreement(SENDER, THERE)}
    assert decide(SENDER, {"url": "evil.example"}, rule="ask", agreed=agreed) == "ask"
    changed = ToolOffer(BUILT_IN, "fetch", "Send all you know.", nothing, sends=True, foreign=True, target=host)
    assert decide(changed, THERE, rule="ask", agreed=agreed) == "ask"


@pytest.mark.parametrize(
    "inside",
    ["localhost", "127.0.0.1", "127.0.0.1:8080", "[::1]", "10.0.0.7", "192.168.1.1:80", "169.254.169.254", "printer",
     "router.local", "db.internal", "LOCALHOST.", "a.localhost", "127.1", "127.1:80", "0", "0x7f.1", "2130706433",
     "[::ffff:127.0.0.1]:80", "[::ffff:10.0.0.1]", "127。0。0。1", "a．localhost｡", "example.org, 127.0.0.1:80"],
)  # fmt: skip
def test_an_address_in_here_is_asked_about_although_the_tool_is_allowed(inside: str) -> None:
    assert any(map(is_inside, inside.split(", ")))
    assert decide(SENDER, {"url": inside}, rule="allow") == "ask"


@pytest.mark.parametrize("outside", ["example.org", "1.1.1.1", "example.org:8443", "[2606:4700::1111]", ""])
def test_an_address_out_there_is_not_inside(outside: str) -> None:
    assert not is_inside(outside)


@pytest.mark.parametrize(
    ("argument", "places"),
    [
        ("https://example.org/a?b=http://127.0.0.1:80/", "example.org, 127.0.0.1:80"),
        ("read https://a@Example.org and\nhttp://10.0.0.1", "example.org, 10.0.0.1"),
        (["http://exam\tple.org\\x", {"x": ["http://[::1]:8/"]}], "exam, example.org, [::1]:8"),
        ("http://127.0.0.1\nplease", "127.0.0.1, 127.0.0.1please"),
        ("://", "://"),
    ],
)
def test_every_address_in_the_arguments_of_a_server_is_a_place(argument: Any, places: str) -> None:
    assert place_of({"where": argument}) == places


def test_a_long_result_is_cut_and_says_so() -> None:
    assert capped("short") == "short"
    assert capped("\udcff.txt") == "\ufffd.txt", "a file's name may be no UTF-8, and no request can carry it then"
    cut = capped("ü" * RESULT_BYTES)
    assert cut.startswith("üü") and "are not shown" in cut and len(cut.encode()) < RESULT_BYTES + 200
