"""What is set for the tools of a chat, as one line of text: "fetch, now=allow, time:*, time:sleep=deny". Pure.

A tool that is not named is off. "server:*" is every tool of a server; one that is named by itself goes before it. A
server may name its tools as it likes: a comma, "=", "%" or space in a name is written "%2C", so that it ends no entry.
"""

from collections.abc import Mapping
from typing import Literal, get_args
from urllib.parse import quote, unquote

from tui.chat.tools.offer import ToolOffer
from tui.pattern import pattern
from tui.text import clean_line

Rule = Literal["ask", "allow", "deny"]
"""What happens when a model calls a tool: the person is asked, it runs, or it is refused and not offered."""
RULES: tuple[Rule, ...] = get_args(Rule)

NO_TOOLS = "none"
"""The text of a chat without tools, where new ones have some."""

_NAME = pattern(r"[^\s,=]+")
_UNFIT = pattern(r"[\s,=%]")


class ToolRules:
    """Rules by the ids of tools, such as "fetch", "server:name" or "server:*"."""

    def __init__(self, rules: Mapping[str, Rule], problems: tuple[str, ...] = ()) -> None:
        self.rules = dict(rules)
        self.problems = problems

    @classmethod
    def of(cls, text: str) -> "ToolRules":
        """Read a line; `problems` says, a sentence each, what of it makes no sense and is as if it were not there."""
        rules: dict[str, Rule] = {}
        problems: list[str] = []
        for entry in filter(None, (one.strip() for one in text.split(","))):
            name, _, given = (part.strip() for part in entry.partition("="))
            rule: Rule | None = next((one for one in RULES if one == (given or "ask")), None)
            if rule is None or not _NAME.fullmatch(name):
                problems.append(f'"{clean_line(entry, 40)}" is no tool with ask, allow or deny behind "=".')
            elif name != NO_TOOLS:
                rules[unquote(name)] = rule
        return cls(rules, tuple(problems))

    def __str__(self) -> str:
        """The line; `NO_TOOLS` for none."""
        names = ((_UNFIT.sub(lambda found: quote(found[0]), name), rule) for name, rule in self.rules.items())
        return ", ".join(name if rule == "ask" else f"{name}={rule}" for name, rule in names) or NO_TOOLS

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ToolRules) and self.rules == other.rules

    __hash__ = None  # type: ignore[assignment]  # it compares by value, and holds a dictionary

    def of_tool(self, offer: ToolOffer) -> Rule | None:
        """What is set for a tool; None when it is off."""
        return self.rules.get(offer.id) or self.rules.get(f"{offer.server}:*")

    def servers(self) -> frozenset[str]:
        """The servers of which any tool is on."""
        return frozenset(name.partition(":")[0] for name, rule in self.rules.items() if ":" in name and rule != "deny")

    def with_rule(self, tool: str, rule: Rule | None) -> "ToolRules":
        """With one tool, or "server:*", set otherwise; None switches it off.

        What was set for the single tools of a server gives way to what is set for all of them. A tool is switched off
        by "deny" where its server is on.
        """
        server, _, name = tool.partition(":")  # the name of a tool may have a colon, that of a server has none
        if name != "*":
            return self.with_tools({tool: rule})
        others = {one: set_ for one, set_ in self.rules.items() if not one.startswith(f"{server}:")}
        return ToolRules(others if rule is None else {**others, tool: rule})

    def with_tools(self, wanted: "Mapping[str, Rule | None]") -> "ToolRules":
        """With several single tools set otherwise, as by `with_rule`; in time for the thousands of one server."""
        rules = dict(self.rules)
        for tool, rule in wanted.items():
            rules.pop(tool, None)
            if rule is not None:
                rules[tool] = rule
            elif f"{tool.partition(':')[0]}:*" in self.rules:
                rules[tool] = "deny"
        return ToolRules(rules)
