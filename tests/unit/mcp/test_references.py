"""A reference that stands for too much hands a server somebody's keys; one that is lost starts it without them."""

import pytest

from tui.mcp.config import ServerConfig
from tui.mcp.references import references_in
from tui.mcp.resolving import all_references, resolved, unset_variables
from tui.mcp.values import McpError

ENVIRON = {"HOME": "/home/me", "TOKEN": "t0ken", "EMPTY": "", "OPENAI_API_KEY": "sk-canary", "TRICK": "${TOKEN}"}
STORED = {"mcp.web.Authorization": "stored", "mcp.web.pay": "$${TOKEN} \\1"}


async def find(name: str) -> str | None:
    return STORED.get(name)


@pytest.mark.parametrize(
    ("text", "stands_for"),
    [
        ("${TOKEN}", "t0ken"),
        ("a ${env:TOKEN}${TOKEN} b", "a t0kent0ken b"),
        ("${NONE:-text}", "text"),
        ("${EMPTY:-https://a/b}", "https://a/b"),
        ("${NONE:-}", ""),
        ("$${TOKEN}", "${TOKEN}"),
        ("$TOKEN {TOKEN} $$ x", "$TOKEN {TOKEN} $$ x"),
        ("Bearer ${key:mcp.web.Authorization}", "Bearer stored"),
        ("${TRICK}", "${TOKEN}"),  # what a value holds is not looked up again
        ("${key:mcp.web.pay}", "$${TOKEN} \\1"),
    ],
)
async def test_what_a_reference_stands_for(text: str, stands_for: str) -> None:
    server = await resolved(ServerConfig("web", command=("x", text), env={"A": text}, folder=text), find, ENVIRON)
    assert (server.command[1], server.env["A"], server.folder) == (stands_for,) * 3
    remote = await resolved(ServerConfig("web", url=f"https://a/{text}", headers={"A": text}), find, ENVIRON)
    assert (remote.url, remote.headers["A"]) == (f"https://a/{stands_for}", stands_for)


@pytest.mark.parametrize(
    "text",
    ["${}", "${ TOKEN }", "${input:x}", "${1}", "${key:openai}", "${key:mcp.web}", "${key:mcp.web.@oauth}", "${a-b}",
     "${key:mcp.../credentials}", "${file:/etc/passwd}"],
)  # fmt: skip
def test_what_is_no_reference_is_said_and_never_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="refers to nothing"):
        references_in(text)


async def test_what_is_missing_is_named_without_any_value() -> None:
    server = ServerConfig("web", command=("x", "${NONE}", "${EMPTY}"), env={"T": "${TOKEN}"})
    assert unset_variables(server, ENVIRON) == ("NONE", "EMPTY")
    with pytest.raises(McpError, match="web needs NONE and EMPTY, not set") as caught:
        await resolved(server, find, ENVIRON)
    assert "t0ken" not in caught.value.sentence
    unknown = ServerConfig("web", command=("x",), env={"T": "${key:mcp.web.gone}"})
    with pytest.raises(McpError, match=r"the stored key mcp\.web\.gone"):
        await resolved(unknown, find, ENVIRON)
    with pytest.raises(McpError, match="stored key"):
        await resolved(unknown, None, ENVIRON)


def test_each_reference_counts_once_and_keeps_its_order() -> None:
    server = ServerConfig("web", command=("${A}", "${B}${A}"), env={"X": "${C:-1}", "Y": "${B}"})
    assert [one.name for one in all_references(server)] == ["A", "B", "C"]
