"""The tools of one chat: what there is, what each can do, what is set for it, and how the servers are.

A change holds at once. Servers start when it is opened, and nothing waits for them.
"""

import asyncio
import inspect
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.dialogs.base import Dialog, FieldLine, Keys
from tui.app.styles import BLANK, join, styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.app.widgets.tool_rows import (
    FolderRow,
    GroupRow,
    OfferRow,
    ToolRow,
    ToolRows,
    described,
    first_found,
    tool_rows,
)
from tui.chat.loading import unattended
from tui.chat.settings import ChatSettings
from tui.chat.tools.rules import RULES, ToolRules
from tui.errors import ChinwagError
from tui.figures import tokens
from tui.files import expanded, is_folder
from tui.installed import how_to_get
from tui.text import clean_line

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui.chat.tools.offer import ToolOffer
    from tui.chat.tools.rules import Rule
    from tui.chat.tools.summary import ToolsOn
    from tui.chat.tools.tools import ToolGroup

_HINT = "/ finds a tool"
_FOLDER_HINT = "a folder whose text files tools may read; empty for none"
_ADD = "No server of tools is set up. In the shell: chinwag mcp add NAME -- COMMAND"
_EXTRA = "Servers of tools (MCP) take an extra: {get}"


class ToolsHere(Protocol):
    """Knows the tools that there are."""

    def groups(self, settings: ChatSettings) -> "tuple[ToolGroup, ...]":
        """The tools there are, by the server that has them."""
        ...

    def summary(self, settings: ChatSettings) -> "ToolsOn":
        """How many are on, and the tokens that they take of a request."""
        ...

    def tokens_of(self, offer: "ToolOffer") -> int:
        """The tokens that one takes of a request."""
        ...

    def start_all(self) -> None:
        """Start every server; returns at once."""
        ...

    async def restart(self, server: str) -> None:
        """End a server and start it anew."""
        ...

    def listen(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Call back after each change of a server; returns what ends that."""
        ...


class ToolsDialog(Dialog[None]):
    """Always dismissed with None.

    Args:
        title: whose tools they are; cleaned here.
        tools: what there is.
        settings: of the chat, as they are.
        change: saves them after each change; may raise ChinwagError.
        keep: makes what is set the default of new chats, and returns what must be known about that; None where that
            is no question.
        log: the last lines that a server wrote, the oldest first; raw.
        copy: copies a text, whose second argument names it.
        speaks: whether the program can speak with servers at all.
        taken: tools can be offered to the model that answers next.

    Attributes:
        settings: as they are now.
    """

    DEFAULT_CSS = """
    ToolsDialog {
        & #box { width: 108; height: 90%; max-height: 44; }
        & #body { height: 1fr; padding-bottom: 0; }
        & #body > FieldLine { margin-bottom: 1; }
        & #foot { height: 6; margin-top: 1; background: transparent; scrollbar-size-vertical: 1; }
        &.-h8 #foot, &.-h14 #foot { display: none; }
        &.-h8 #box, &.-h14 #box, &.-h20 #box { height: 100%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("list"),
        Binding("space", "switch", show=False),
        Binding("left", "rule(-1)", show=False),
        Binding("right", "rule(1)", show=False),
        Binding("enter", "choose", show=False),
        Binding("slash", "find", show=False),
        Binding("f", "folder", show=False),
        Binding("r", "restart", show=False),
        Binding("l", "log", show=False),
        Binding("D", "keep", show=False),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        tools: ToolsHere,
        settings: ChatSettings,
        change: Callable[[ChatSettings], Awaitable[None]],
        *,
        keep: Callable[[ChatSettings], Awaitable[str]] | None = None,
        log: Callable[[str], Sequence[str]] = lambda server: (),
        copy: Callable[[str, str], None] = lambda text, what: None,
        speaks: bool = True,
        taken: bool = True,
    ) -> None:
        super().__init__()
        self.title = clean_line(title, 60)
        self.settings = settings
        self._tools, self._change, self._keep, self._log, self._copy = tools, change, keep, log, copy
        self._speaks, self._taken = speaks, taken
        self._groups: Sequence[ToolGroup] = ()
        self._query = ""
        self._stale = False
        self._countdown: Timer | None = None
        self._typing_folder = False
        self._saving = asyncio.Lock()
        self._unlisten: Callable[[], None] = lambda: None
        self.rows = ToolRows(tools.tokens_of)
        self.field = Field(placeholder=_HINT, limit=1_000)
        self._field_line = FieldLine(self.field)
        self._about = Line()

    @override
    def compose_body(self) -> ComposeResult:
        yield self._field_line
        yield self.rows
        with VerticalScroll(id="foot", can_focus=False):
            yield self._about

    def on_mount(self) -> None:
        """Start the servers, and show what is known of them by now."""
        self._tools.start_all()
        self._unlisten = self._tools.listen(self._look_soon)
        self.rows.focus()
        self._countdown = self.set_interval(1, self.rows.refresh, pause=True)
        self._look()

    def on_unmount(self) -> None:
        """Ask for nothing any more."""
        self._unlisten()

    # What is shown.

    def _look(self) -> None:
        """Show what there is now, and how it is."""
        self._stale = False
        self._groups = self._tools.groups(self.settings)
        waits = any(group.status is not None and group.status.retry_at is not None for group in self._groups)
        if self._countdown is not None:
            (self._countdown.resume if waits else self._countdown.pause)()
        self._show()

    def _look_soon(self, server: str) -> None:
        """Look once for all that changes at the same time."""
        if not self._stale:
            self._stale = True
            self.call_later(self._look)

    def _show(self, *, anew: bool = False) -> None:
        """Show the rows; `anew` those that were found for other words: the cursor goes to the first tool of them."""
        rules = ToolRules.of(self.settings.tools)
        rows = tool_rows(self._groups, rules, self.settings.folder, self._query.casefold().split())
        if not self._query:
            for remark in self._remarks(rules):
                rows += [ListRow("", ""), ListRow("", remark)]
        elif not rows:
            rows.append(ListRow("", "No tool has these words."))
        here = not anew and any(row.key == self.rows.key for row in rows if row.key)
        self.rows.show(rows, at=first_found(rows) or None if self._query and not here else None)
        on = self._tools.summary(self.settings)
        if not self._taken:
            cost = styled("this model takes no tools", "care")
        elif on.count:
            cost = styled(f"{tokens(on.tokens, estimated=True)} tokens in every request", "muted")
        else:
            cost = styled("nothing is sent of them", "muted")
        self.top.right = join([styled(f"{on.count:,} on", "strong"), cost], 2)
        self._describe()

    def _remarks(self, rules: ToolRules) -> list[str]:
        found = [f"! {problem}" for problem in rules.problems]
        if not self._speaks:
            found.append(_EXTRA.format(get=how_to_get("mcp")))
        elif all(group.status is None for group in self._groups):
            found.append(_ADD)
        return found

    def _describe(self, remark: Content = BLANK) -> None:
        """Say all that is known of the row under the cursor, and what the keys do there."""
        row = self._row
        parts = [remark] if remark.cell_length else []
        self._about.content = Content("\n").join([*parts, *(described(row) if row is not None else ())])
        self.query_one("#foot").scroll_home(animate=False)
        self.show_keys(self._keys_of(row))

    def _keys_of(self, row: ToolRow | None) -> Keys:
        if self._typing_folder:
            return (("↵", "use this folder"), ("tab", "complete"))
        if self.field.has_focus:
            return (("↵", "to what is found"),)
        common = (("/", "find"), *((("D", "as default"),) if self._keep is not None else ()))
        match row:
            case OfferRow():
                return (("space", "on/off"), ("← →", "rule"), ("↵", "details"), *common)
            case GroupRow(group) if group.status is not None:
                return (("space", _all(row)), ("← →", "rule"), ("r", "restart"), ("l", "log"), *common)
            case GroupRow():
                return (("space", _all(row)), ("f", "folder"), *common)
            case FolderRow():
                return (("↵", "set the folder"), ("space", "none"), *common)
            case _:
                return common

    @property
    def _row(self) -> ToolRow | None:
        """What the cursor stands on."""
        rows = self.rows
        return rows.lines[rows.cursor].value if rows.key else None

    @on(SelectList.Moved)
    def _explain(self, event: SelectList.Moved) -> None:
        event.stop()
        self._describe()

    def on_descendant_focus(self) -> None:
        """Say what the keys do where they go now."""
        self.show_keys(self._keys_of(self._row))

    # Switching.

    def action_switch(self) -> None:
        """Switch a tool on or off, or all tools of a server that are shown."""
        rules = ToolRules.of(self.settings.tools)
        match self._row:
            case OfferRow(offer, rule):
                self._set(rules.with_rule(offer.id, "ask" if rule in (None, "deny") else None))
            case GroupRow() as head:
                self._set(head.switched(rules))
            case FolderRow():
                self._save(replace(self.settings, folder=""))
            case _:
                pass

    def action_rule(self, step: int) -> None:
        """The next rule of a tool, or of all tools of a server that are shown: ask, allow, deny."""
        rules = ToolRules.of(self.settings.tools)
        match self._row:
            case OfferRow(offer, rule):
                self._set(rules.with_rule(offer.id, _next(rule, step)))
            case GroupRow(group) as head if group.status is not None:
                self._set(head.with_rule(rules, _next(head.whole, step)))
            case _:
                pass

    def _set(self, rules: ToolRules) -> None:
        self._save(replace(self.settings, tools=str(rules) if rules.rules else ""))

    def _save(self, settings: ChatSettings) -> None:
        self.settings = settings
        self._look()
        self._save_later()

    @work(group="save", exit_on_error=False)
    async def _save_later(self) -> None:
        async with self._saving:
            try:
                await self._change(self.settings)
            except ChinwagError as error:
                self._describe(styled(f"✗ {clean_line(error.sentence, 300)}", "wrong"))

    @work(group="save", exit_on_error=False)
    async def action_keep(self) -> None:
        """Let new chats begin with what is set here."""
        if self._keep is None:
            return
        try:
            told = await self._keep(self.settings)
        except ChinwagError as error:
            self._describe(styled(f"✗ {clean_line(error.sentence, 300)}", "wrong"))
        else:
            self._describe(styled(f"✓ New chats begin with these tools. {told}".rstrip(), "good"))

    # What is known beyond that.

    @on(SelectList.Chosen)
    def _chosen(self, event: SelectList.Chosen) -> None:
        event.stop()
        self.action_choose()

    def action_choose(self) -> None:
        """Show all that the model is told of a tool, or set the folder; nothing is switched."""
        match self._row:
            case OfferRow(offer):
                self._show_text(offer.id, _definition(offer))
            case FolderRow():
                self.action_folder()
            case _:
                pass

    def action_log(self) -> None:
        """Show the last lines that a server wrote."""
        match self._row:
            case GroupRow(group) if group.status is not None:
                server = group.server
            case OfferRow(offer):
                server = offer.server
            case _:
                return
        self._show_text(f"Log of {server}", "\n".join(self._log(server)) or "It has written nothing.")

    def _show_text(self, title: str, text: str) -> None:
        from tui.app.dialogs.source_view import SourceView
        from tui.app.transcript.openables import Openable

        view = SourceView(Openable("code", text, ""), self._copy, words=True)
        view.title = clean_line(title, 80)
        self.app.push_screen(view)

    @work(group="restart", exit_on_error=False)
    async def action_restart(self) -> None:
        """Start a server anew."""
        match self._row:
            case GroupRow(group) if group.status is not None:
                await self._tools.restart(group.server)
            case OfferRow(offer):
                await self._tools.restart(offer.server)
            case _:
                pass

    # The field: words to find, or a folder.

    def action_find(self) -> None:
        """Type what to find."""
        self._end_folder()
        self.field.focus()

    def action_folder(self) -> None:
        """Type the folder whose files tools may read."""
        self._typing_folder = True
        self.field.prefill = self.settings.folder or "~/"
        self.field.placeholder, self.field.value = _FOLDER_HINT, self.field.prefill
        self.field.focus()
        self.field.action_end()
        self._describe()

    def _end_folder(self) -> None:
        if self._typing_folder:
            self._typing_folder = False
            self.field.prefill = ""
            self._field_line.remark.content = BLANK
            self.field.placeholder, self.field.value = _HINT, self._query

    @on(Field.Changed)
    def _follow(self, event: Field.Changed) -> None:
        event.stop()
        if self.is_mounted and not self._typing_folder and event.value.strip() != self._query:
            self._query = event.value.strip()
            self._show(anew=True)

    @on(Field.Submitted)
    def _submit(self, event: Field.Submitted) -> None:
        event.stop()
        if self._typing_folder:
            self._take_folder(event.value.strip())
        else:
            self.rows.focus()

    @work(group="folder", exclusive=True, exit_on_error=False)
    async def _take_folder(self, typed: str) -> None:
        if typed and not await unattended(lambda: is_folder(expanded(typed))):
            self._field_line.remark.content = styled("There is no such folder.", "care")
            return
        self._end_folder()
        self.rows.focus()
        self._save(replace(self.settings, folder=_kept(typed)))

    @on(Field.Cancelled)
    def _cancel(self, event: Field.Cancelled) -> None:
        event.stop()
        if not self._typing_folder:
            self.field.value = ""
        self._end_folder()
        self.rows.focus()
        self._describe()

    @work(group="folder", exclusive=True, exit_on_error=False)
    async def action_complete(self) -> None:
        """Write a folder out as far as only one can be meant; else from the field to the list, and back."""
        if not self._typing_folder:
            (self.rows if self.field.has_focus else self.field).focus()
            return
        typed = self.field.value
        whole = await unattended(lambda: _completed(typed))
        if self._typing_folder and self.field.value == typed:
            self.field.value = whole
            self.field.action_end()

    def action_move(self, steps: int) -> None:
        """From the field into the list."""
        if not self._typing_folder:
            self.rows.focus()
            self.rows.action_move(steps if self.rows.cursor < 0 or abs(steps) > 1 else 0)

    def action_first(self) -> None:
        """To the first row."""
        self.rows.action_first()

    def action_last(self) -> None:
        """To the last row."""
        self.rows.action_last()


def _all(row: GroupRow) -> str:
    """What the key that switches all of a row does."""
    return f"all{' found' if row.found else ''} {'on' if row.switches_on else 'off'}"


def _next(rule: "Rule | None", step: int) -> "Rule":
    return "ask" if rule is None else RULES[(RULES.index(rule) + step) % len(RULES)]


def _definition(offer: "ToolOffer") -> str:
    """What the model reads of a tool: its description, and the schema of its arguments."""
    if offer.schema is None:
        return inspect.getdoc(offer.function) or offer.description
    return f"{offer.description}\n\n{json.dumps(offer.schema, indent=2, ensure_ascii=False)}"


def _kept(folder: str) -> str:
    """A folder as it holds wherever the program is started."""
    whole = folder if not folder or folder.startswith("~") else os.path.abspath(folder)  # noqa: PTH100  follows no link
    return whole.rstrip("/") or whole


def _completed(typed: str) -> str:
    """A folder that was begun, as far as all that it may become begins alike."""
    base, _, start = typed.rpartition("/")
    inside = expanded(f"{base}/" if base or typed.startswith("/") else ".")
    try:
        with os.scandir(inside) as entries:
            names = [one.name for one in entries if one.name.startswith(start) and one.is_dir()]
    except OSError:
        return typed
    if not start.startswith("."):
        names = [name for name in names if not name.startswith(".")]
    common = os.path.commonprefix(names)  # noqa: RUF071  of names, not of paths
    end = "/" if len(names) == 1 else ""
    return f"{typed[: len(typed) - len(start)]}{common}{end}" if common else typed
