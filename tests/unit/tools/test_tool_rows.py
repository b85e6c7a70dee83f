"""What is done to all tools of a server is done to those that are shown. Lost else: hidden tools go on unseen."""

from dataclasses import replace

from tui.app.widgets.tool_rows import GroupRow, first_found, tool_rows
from tui.chat.tools.offer import BUILT_IN, ToolOffer
from tui.chat.tools.rules import ToolRules
from tui.chat.tools.tools import ToolGroup
from tui.mcp.values import ServerStatus


async def nothing() -> str:
    """Do nothing."""
    return ""


OFFERS = tuple(ToolOffer(BUILT_IN, name, "", nothing) for name in ("now", "fetch", "search_chats", "search_files"))
OWN = ToolGroup(BUILT_IN, OFFERS)
TIME = ToolGroup("time", tuple(replace(one, server="time") for one in OFFERS), ServerStatus("time", "ready"))


def head(group: ToolGroup, rules: str, *words: str) -> GroupRow:
    row = tool_rows([group], ToolRules.of(rules), "", words)[0].value
    assert isinstance(row, GroupRow)
    return row


def test_all_are_those_that_are_shown() -> None:
    for group, name in ((OWN, ""), (TIME, "time:")):
        rules = ToolRules.of(f"{name}now=allow")
        on = head(group, str(rules), "search").switched(rules)
        assert on == ToolRules.of(f"{name}now=allow, {name}search_chats, {name}search_files")
        assert head(group, str(on), "search").switched(on) == rules
        half = ToolRules.of(f"{name}search_chats=allow, {name}search_files=deny")
        assert str(head(group, str(half), "search").switched(half)) == f"{name}search_chats=allow, {name}search_files"
    whole = ToolRules.of("time:*")
    assert head(TIME, "time:*", "now").switched(whole) == ToolRules.of("time:*, time:now=deny")
    assert head(TIME, "time:*", "now").with_rule(whole, "allow") == ToolRules.of("time:*, time:now=allow")
    assert head(TIME, "time:*").switched(whole) == ToolRules.of("")


def test_a_tool_of_the_program_that_was_denied_goes_on_with_all_others() -> None:
    rules = ToolRules.of("now=deny, fetch=allow")
    row = head(OWN, str(rules))
    assert row.switches_on and str(row.switched(rules)) == "now, fetch=allow, search_chats, search_files"
    assert not head(OWN, str(row.switched(rules))).switches_on, "and off again"


def test_the_first_tool_is_found_and_no_server() -> None:
    assert first_found(tool_rows([OWN, TIME], ToolRules({}), "", ["fetch"])) == "fetch"
    assert first_found(tool_rows([OWN], ToolRules({}), "", ["nowhere"])) == ""
