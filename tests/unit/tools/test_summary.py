"""What a person reads of a tool before it is switched on, and of tools that a model is not told of."""

from dataclasses import replace

from tui.chat.catalog.info import ModelInfo
from tui.chat.replies.switching import unsent_tools
from tui.chat.tools.offer import BUILT_IN, ToolOffer
from tui.chat.tools.summary import abilities


async def nothing() -> str:
    """Do nothing."""
    return ""


def test_what_a_tool_can_do_is_said_and_what_its_server_says_is_only_quoted() -> None:
    offer = ToolOffer("server", "x", "", nothing)
    assert abilities(offer) == ()
    assert abilities(replace(offer, sends=True, foreign=True, read_only=True)) == (
        "may send words out", "words from outside", "says: read-only",
    )  # fmt: skip
    assert abilities(replace(offer, name="read_file", private=True)) == ("reads what is yours",), "no tool of ours"
    mine = replace(offer, server=BUILT_IN, private=True)
    assert abilities(replace(mine, private=False, sends=True)) == ("sends words out",)
    assert abilities(replace(mine, name="read_file")) == ("reads your files",)
    assert abilities(replace(mine, name="search_chats")) == ("reads other chats",)


def test_a_model_without_tools_is_told_of_none_and_that_is_said() -> None:
    info = ModelInfo("a:b", "b", "a", "A")
    assert info.takes_tools and unsent_tools(3, info) == "", "what nobody tells is assumed"
    without = replace(info, capabilities=frozenset({"vision"}))
    assert unsent_tools(3, without) == "3 tools not sent" and unsent_tools(1, without) == "1 tool not sent"
    assert unsent_tools(0, without) == "" == unsent_tools(3, replace(info, capabilities=frozenset({"tools"})))
