"""The line that says which tools a chat has: read as it was meant, written so that it can be read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.tools.offer import BUILT_IN, ToolOffer
from tui.chat.tools.rules import RULES, ToolRules


async def nothing() -> str:
    """Do nothing."""
    return ""


FETCH = ToolOffer(BUILT_IN, "fetch", "", nothing)
SLEEP = ToolOffer("time", "sleep", "", nothing)
NOW = ToolOffer("time", "now", "", nothing)


def test_what_is_not_named_is_off_and_what_is_asks_unless_it_says_otherwise() -> None:
    rules = ToolRules.of("fetch, time:*=allow, time:sleep = deny")
    assert [rules.of_tool(one) for one in (FETCH, NOW, SLEEP)] == ["ask", "allow", "deny"]
    assert ToolRules.of("").of_tool(FETCH) is None and ToolRules.of("none").rules == {}
    assert rules.servers() == {"time"} and not rules.problems


@pytest.mark.parametrize("entry", ["fetch=maybe", "two words", "=allow", "a=b=c"])
def test_what_makes_no_sense_is_said_and_switches_nothing_on(entry: str) -> None:
    rules = ToolRules.of(f"{entry}, fetch")
    assert rules.rules == {"fetch": "ask"} and len(rules.problems) == 1 and "is no tool" in rules.problems[0]


def test_a_tool_of_a_server_that_is_on_is_switched_off_by_itself_and_on_with_the_server() -> None:
    off = ToolRules.of("time:*").with_rule("time:sleep", None)
    assert off.of_tool(SLEEP) == "deny" and off.of_tool(NOW) == "ask"
    assert off.with_rule("time:*", "allow").of_tool(SLEEP) == "allow"
    assert off.with_rule("time:*", None).servers() == frozenset()
    assert str(ToolRules.of("fetch").with_rule("fetch", None)) == "none", "a chat without tools, whatever new ones have"


@pytest.mark.parametrize("name", ["x,fetch=allow,evil:*=allow", "x=allow", "x fetch", "x\u2028,fetch", "100%2Cfetch"])
def test_a_server_allows_nothing_by_how_it_calls_a_tool(name: str) -> None:
    hostile = ToolOffer("srv", name, "", nothing)
    read = ToolRules.of(str(ToolRules.of("").with_rule(hostile.id, "ask")))
    assert read.rules == {hostile.id: "ask"} and read.of_tool(FETCH) is None


@given(
    st.dictionaries(st.from_regex(r"[a-z0-9_.-]{1,8}(:(\*|[^\s,=:]{1,8}))?", fullmatch=True), st.sampled_from(RULES))
)
def test_what_was_written_is_read_again(rules: dict[str, object]) -> None:
    rules.pop("none", None)
    written = ToolRules(rules)  # type: ignore[arg-type]
    assert ToolRules.of(str(written)) == written


def test_a_tool_whose_name_has_a_colon_belongs_to_its_server() -> None:
    assert str(ToolRules.of("a:*").with_rule("a:b:c", None)) == "a:*, a:b:c=deny"
    assert str(ToolRules.of("a:*, b:x").with_tools({"a:x": None, "b:x": None, "b:y": "allow"})) == (
        "a:*, a:x=deny, b:y=allow"
    )
