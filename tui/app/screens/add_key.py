"""Adding an API key: pasted into a field that shows dots, checked by a free call to its provider, then kept.

The value goes from the field into a `Secret` and to `tui.chat.access`; nothing here keeps it once it is saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.app.screens.overlay import Line, Overlay, Prompted
from tui.app.widgets.ink import ink, join, spread
from tui.app.widgets.key_field import KeyField
from tui.app.widgets.rows import Row, Rows
from tui.errors import ChinwagError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.agent.secret import Secret
    from tui.chat.access import Access, Checked, Owner

_INTRODUCTION = (
    "Paste the key. It is shown to its own provider only, in a free call that checks it, and then kept in the "
    "system's keyring, or in a file that only you can read."
)


@dataclass(frozen=True, slots=True)
class Added:
    """A key or a server that was added.

    Attributes:
        provider: the name in model ids.
        words: what was done, for a toast.
        notice: what must be known beyond that; "" for nothing.
    """

    provider: str
    words: str
    notice: str = ""


def ended(words: str) -> str:
    """Words with a full stop, so that a sentence can follow."""
    return words if words.endswith((".", "!", "?", "…", "”")) else f"{words}."


class OwnerRows(Rows["Owner"]):
    """A provider, and the variable that would hold its key."""

    def draw(self, row: Row["Owner"], width: int, chosen: bool) -> Content:
        """Draw one provider."""
        name = ink(clean_line(row.value.label, 40), "strong" if chosen else "text")
        return Content.assemble("  ", spread(name, ink(row.value.variable, "muted"), width - 4), "  ")


class AddKey(Overlay[Added]):
    """Dismissed with what was added, or None.

    Args:
        provider: whose key is asked for; "" to go by the key, or by choice.
    """

    TITLE_TEXT = "Add a key"
    KEYS = (("↵", "check and keep"), ("↑↓", "provider"), ("^U", "clear"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]

    def __init__(self, access: "Access", provider: str = "") -> None:
        super().__init__()
        self._access = access
        self._owners = access.owners()
        self._chosen_before = access.owner_of(provider) if provider else ""
        self._chosen_by_hand = bool(self._chosen_before)
        self._unchecked: str = ""
        self.field = KeyField("paste it here")
        self.rows = OwnerRows(id="owners")
        self.rows.add_class("-live")
        self.rows.can_focus = False
        self._status = Line(id="status")

    def body(self) -> ComposeResult:
        """Field, whose key it may be, and what came of it."""
        yield Line(ink(_INTRODUCTION, "muted"), id="introduction")
        yield Prompted(self.field)
        yield self.rows
        yield self._status

    def on_mount(self) -> None:
        """Wait for the key."""
        shown: Sequence[Owner] = self._owners
        self.rows.show([Row(owner.name, owner) for owner in shown], at=self._chosen_before or None)
        self.field.focus()
        self._say()

    @property
    def _label(self) -> str:
        return next((owner.label for owner in self._owners if owner.name == self.rows.key), "")

    def _say(self, mark: str = "", role: str = "muted", words: str = "") -> None:
        words = words or f"This goes to {self._label}."
        self._status.content = join([ink(mark, role), ink(clean_line(words, 300), "text" if mark else "muted")])

    def action_move(self, steps: int) -> None:
        """Choose another provider."""
        self._chosen_by_hand = True
        self._unchecked = ""
        self.rows.action_move(steps)
        self._say()

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.action_move(0)

    @on(KeyField.Changed)
    def _changed(self, event: KeyField.Changed) -> None:
        event.stop()
        self._unchecked = ""
        pasted = self._access.read(self.field.take())
        if pasted.provider and not self._chosen_by_hand:
            self.rows.show(self.rows.lines, at=pasted.provider)
        label = next((owner.label for owner in self._owners if owner.name == pasted.provider), "")
        if label and pasted.provider != self.rows.key:
            self._say("!", "care", f"This looks like a key of {label}. ↑↓ chooses whose it is.")
        elif label:
            self._say("✓", "good", f"A key of {label}, by its looks. ↵ checks and keeps it.")
        else:
            self._say()

    @on(KeyField.Left)
    def _left(self, event: KeyField.Left) -> None:
        event.stop()
        self.action_close()

    def action_close(self) -> None:
        """Leave, and forget what was typed."""
        self.field.forget()
        super().action_close()

    @on(KeyField.Submitted)
    def _submitted(self, event: KeyField.Submitted) -> None:
        event.stop()
        pasted = self._access.read(self.field.take())
        if not self.field.length:
            self._say("!", "care", "Paste the key first.")
        elif pasted.problem:
            self._say("!", "care", pasted.problem)
        elif self._unchecked == self.rows.key:
            self._keep(self.rows.key, pasted.secret)
        else:
            self._check(self.rows.key, pasted.secret)

    @work(group="key", exclusive=True, exit_on_error=False)
    async def _check(self, provider: str, secret: "Secret") -> None:
        self._say("◷", "care", f"Asking {self._label}…")
        await self._judge(provider, secret, await self._access.check(provider, secret))

    async def _judge(self, provider: str, secret: "Secret", checked: "Checked") -> None:
        if checked.state == "found":
            await self._store(provider, secret)
        elif checked.state == "refused":
            self._say("✗", "wrong", f"{ended(checked.words)} Nothing was kept.")
        else:
            self._unchecked = provider
            self._say("?", "care", f"Could not check: {ended(checked.words)} ↵ keeps it all the same.")

    @work(group="key", exclusive=True, exit_on_error=False)
    async def _keep(self, provider: str, secret: "Secret") -> None:
        await self._store(provider, secret)

    async def _store(self, provider: str, secret: "Secret") -> None:
        from pathlib import Path

        from tui.chat.access import kept_where

        label = self._label
        try:
            kept = await self._access.keep(provider, secret)
        except ChinwagError as error:
            self._say("✗", "wrong", error.sentence)
            return
        self.field.forget()
        where = kept_where(kept, Path.home())
        notice = f"At the next start the key in {kept.before} comes first: change it there too." if kept.before else ""
        self.dismiss(Added(provider, f"Key of {label} kept in {where}", notice))
