"""The tools of a chat as rows: servers with their state, and under each what it offers, what is set, what it takes."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias, assert_never

from textual.content import Content
from typing_extensions import override

from tui.app.styles import BLANK, join, spread, styled
from tui.app.widgets.list import ListRow, SelectList
from tui.chat.tools.offer import BUILT_IN, ToolOffer
from tui.chat.tools.rules import Rule, ToolRules
from tui.chat.tools.summary import MAY_SEND, SENDS, abilities
from tui.dataclass import dataclass
from tui.figures import counted, time_left, tokens
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.tools.tools import ToolGroup
    from tui.mcp.values import ServerStatus

_NAME_CELLS, _RULE_CELLS = 18, 11

FOLDER = "folder:"
"""Key of the row of the folder whose files tools may read."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A server, or what comes with the program.

    Attributes:
        shown: those of its tools that are listed below it.
        whole: what is set for all of them at once; None for nothing.
        found: only those are listed that were found: what is done here is done to them, and to no other tool.
    """

    group: "ToolGroup"
    shown: "tuple[OfferRow, ...]"
    whole: Rule | None = None
    found: bool = False

    @property
    def on(self) -> int:
        """How many of those listed are on."""
        return sum(row.on for row in self.shown)

    @property
    def switches_on(self) -> bool:
        """What switching all of them does: on, or off."""
        if self.found or self.group.status is None:
            return self.on < len(self.shown)
        return self.whole in (None, "deny") and not self.on

    def switched(self, rules: ToolRules) -> ToolRules:
        """The rules with all that are listed on, or all of them off."""
        if not self.found and self.group.status is not None:
            return rules.with_rule(group_key(self.group.server), "ask" if self.switches_on else None)
        if not self.switches_on:
            return rules.with_tools(dict.fromkeys([row.offer.id for row in self.shown]))
        return rules.with_tools({row.offer.id: row.rule if row.on else "ask" for row in self.shown})

    def with_rule(self, rules: ToolRules, rule: Rule) -> ToolRules:
        """The rules with one for all that are listed."""
        if not self.found:
            return rules.with_rule(group_key(self.group.server), rule)
        return rules.with_tools({row.offer.id: rule for row in self.shown})


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One tool; `rule` is None while it is off."""

    offer: ToolOffer
    rule: Rule | None

    @property
    def on(self) -> bool:
        """Whether a model is told of it."""
        return self.rule not in (None, "deny")


@dataclass(frozen=True, slots=True)
class FolderRow:
    """Whose files the tools that read files may read; "" for no folder."""

    folder: str


ToolRow: TypeAlias = GroupRow | OfferRow | FolderRow | str
"""A text is a remark."""


def group_key(server: str) -> str:
    """The key of a server's row; no tool has it."""
    return f"{server}:*"


def tool_rows(
    groups: "Sequence[ToolGroup]", rules: ToolRules, folder: str, words: Sequence[str] = ()
) -> list[ListRow[ToolRow]]:
    """All tools under their servers; with `words`, case folded, only those that have all of them."""
    rows: list[ListRow[ToolRow]] = []
    for group in groups:
        found = [offer for offer in group.offers if not words or _has(offer, words)]
        if words and not found:
            continue
        shown = tuple(OfferRow(offer, rules.of_tool(offer)) for offer in found)
        head = GroupRow(group, shown, _whole(group.server, shown, rules, bool(words)), bool(words))
        if rows:
            rows.append(ListRow("", ""))
        rows.append(ListRow(group_key(group.server), head))
        rows += [ListRow(row.offer.id, row) for row in shown]
        if group.server == BUILT_IN and not words:
            rows.append(ListRow(FOLDER, FolderRow(folder)))
    return rows


def _whole(server: str, shown: Sequence[OfferRow], rules: ToolRules, found: bool) -> Rule | None:
    if not found:
        return rules.rules.get(group_key(server))
    set_ = {row.rule for row in shown}
    return set_.pop() if len(set_) == 1 else None


def first_found(rows: Sequence[ListRow[ToolRow]]) -> str:
    """The key of the first tool; "" where there is none."""
    return next((row.key for row in rows if isinstance(row.value, OfferRow)), "")


def _has(offer: ToolOffer, words: Sequence[str]) -> bool:
    text = f"{offer.id} {offer.description}".casefold()
    return all(word in text for word in words)


class ToolRows(SelectList[ToolRow]):
    """Draws them.

    Args:
        tokens_of: what the definition of a tool takes of a request.
    """

    def __init__(self, tokens_of: Callable[[ToolOffer], int]) -> None:
        super().__init__()
        self._tokens_of = tokens_of

    @override
    def draw(self, row: ListRow[ToolRow], width: int, chosen: bool) -> Content:
        match row.value:
            case GroupRow() as head:
                left, right = _head(head, chosen), _counts(head)
            case OfferRow() as one:
                left, right = _offer(one, chosen), styled(tokens(self._tokens_of(one.offer), estimated=True), "muted")
            case FolderRow(folder):
                what = styled(clean_line(folder, 200), "strong") if folder else styled("none: no file is read", "muted")
                label = styled(f"{'folder':<{_NAME_CELLS + 2}}", "strong" if chosen else "text")
                left, right = Content.assemble("  ", label, what), BLANK
            case str(text):
                left, right = styled(clean_line(text, 300), "muted"), BLANK
            case _:
                assert_never(row.value)
        return Content.assemble(" ", spread(left, right, width - 3), "  ")


def _head(row: GroupRow, chosen: bool) -> Content:
    group = row.group
    if group.status is None:
        return join(
            [styled("Built in", "strong" if chosen else "text"), styled("they read, and run nothing", "muted")], 2
        )
    name = styled(clean_line(group.server, 40), "strong" if chosen else "text")
    return join([name, state_words(group.status), _rule(row.whole, chosen) if row.whole else BLANK], 2)


def _counts(row: GroupRow) -> Content:
    count = len(row.shown)
    if not count:
        return BLANK
    what = f"{count:,} found" if row.found else f"{count:,}"
    return styled(f"{row.on:,} of {what} on", "text" if row.on else "muted")


def _offer(row: OfferRow, chosen: bool) -> Content:
    mark = styled("● ", "good") if row.on else styled("○ ", "muted")
    name = clean_line(row.offer.name, _NAME_CELLS - 1)
    label = styled(f"{name:<{_NAME_CELLS}}", "strong" if chosen else "text" if row.on else "muted")
    can = Content(" · ").join([_ability(text) for text in abilities(row.offer)])
    return Content.assemble(mark, label, _rule(row.rule, chosen), can)


def _ability(text: str) -> Content:
    return styled(text, "care" if text in (SENDS, MAY_SEND) else "muted")


def _rule(rule: Rule | None, chosen: bool) -> Content:
    """What is set, between the signs of the keys that change it where the cursor is."""
    role = {"ask": "text", "allow": "care", "deny": "muted"}.get(rule or "", "muted")
    text, gap = rule or "off", " " * (_RULE_CELLS - 4 - len(rule or "off"))
    if not chosen:
        return Content.assemble("  ", styled(text, role), "  ", gap)
    return Content.assemble(styled("◂ ", "key"), styled(text, role), styled(" ▸", "key"), gap)


def state_words(status: "ServerStatus", clock: Callable[[], float] = time.monotonic) -> Content:
    """How a server is, in one line: "ready", or "waiting 4 s" and why."""
    problem = clean_line(" ".join(filter(None, (status.problem, status.hint))), 300)
    match status.state:
        case "off":
            return styled("off", "muted")
        case "starting":
            return styled("starting…", "muted")
        case "ready":
            found = [counted(status.resources, "resource") if status.resources else ""]
            found.append(counted(status.prompts, "prompt") if status.prompts else "")
            known = [styled("ready", "good"), *[styled(text, "muted") for text in found if text]]
            return join([*known, styled(problem, "care")], 2)
        case "waiting":
            left = "" if status.retry_at is None else f" {time_left(max(status.retry_at - clock(), 0.0))}"
            return join([styled(f"waiting{left}", "care"), styled(problem, "muted")], 2)
        case "failed":
            return styled(f"✗ {problem or 'failed'}", "wrong")
        case _:
            assert_never(status.state)


def described(row: ToolRow) -> Iterator[Content]:
    """All that is known of what a row shows, for the foot: its name and what it can do, then its description."""
    from tui.text import clean

    match row:
        case OfferRow(offer):
            can = styled(" · ".join(abilities(offer)) or "only answers", "muted")
            yield join([styled(clean_line(offer.id, 120), "strong"), can], 2)
            yield styled(clean(offer.description).strip() or "It does not describe itself.", "text")
        case GroupRow(group):
            status = group.status
            if status is None:
                yield styled(
                    "The program's own tools. Those that read files need a folder, and see nothing else.", "text"
                )
                return
            yield join([styled(clean_line(group.server, 60), "strong"), state_words(status)], 2)
            about = " · ".join(filter(None, (status.version, status.protocol)))
            if about:
                yield styled(clean_line(about, 200), "muted")
            if status.instructions:
                yield styled(clean(status.instructions).strip(), "text")
        case FolderRow():
            yield styled(
                "Tools list, search and read the text files below it, and nothing else. Hidden files stay hidden.",
                "text",
            )
        case str():
            return
        case _:
            assert_never(row)
