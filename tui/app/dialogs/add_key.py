"""Adding an API key: pasted into a field that shows dots, checked by a free call to its provider, then kept.

The value goes from the field into a `Secret` and to `tui.chat.setup`; nothing here keeps it once it is saved.
"""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.added_provider import AddedProvider, StatusLine, as_sentence
from tui.app.dialogs.base import Dialog, FieldLine
from tui.app.styles import spread, styled
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.app.widgets.secret_field import SecretField
from tui.chat.setup import storage_text
from tui.errors import ChinwagError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.agent.secret import Secret
    from tui.chat.setup import KeyOwner, Setup

_INTRODUCTION = (
    "Paste the key. It is shown to its own provider only, in a free call that checks it, and then kept in the "
    "system's keyring, or in a file that only you can read."
)


class OwnerRows(SelectList["KeyOwner"]):
    """Providers, each with the variable that would hold its key."""

    @override
    def draw(self, row: ListRow["KeyOwner"], width: int, chosen: bool) -> Content:
        name = styled(clean_line(row.value.label, 40), "strong" if chosen else "text")
        return Content.assemble("  ", spread(name, styled(row.value.variable, "muted"), width - 4), "  ")


class AddKey(Dialog[AddedProvider]):
    """Dismissed with the provider whose key was kept, or None.

    Args:
        provider: whose key is asked for; "" to go by the key, or by choice.
    """

    DEFAULT_CSS = """
    AddKey {
        & #box { width: 76; }
        & #introduction { margin: 0 0 1 0; }
        & OwnerRows { height: 8; margin: 1 0; }
        &.-h14 OwnerRows, &.-h8 OwnerRows { height: 3; margin: 0; }
        &.-h8 #introduction, &.-w40.-h14 #introduction { display: none; }
    }
    """
    TITLE = "Add a key"
    KEYS = (("↵", "check and keep"), ("↑↓", "provider"), ("^U", "clear"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]

    def __init__(self, setup: "Setup", provider: str = "") -> None:
        super().__init__()
        self._setup = setup
        self._owners = setup.key_owners()
        self._asked_for = setup.key_owner(provider) if provider else ""
        self._chosen_by_hand = bool(self._asked_for)
        self._unchecked: tuple[str, Secret] | None = None  # could not be checked: one more Enter keeps it
        self.field = SecretField("paste it here")
        self.rows = OwnerRows(classes="-live")
        self.rows.can_focus = False
        self._status = StatusLine()

    @override
    def compose_body(self) -> ComposeResult:
        yield Line(styled(_INTRODUCTION, "muted"), id="introduction")
        yield FieldLine(self.field)
        yield self.rows
        yield self._status

    def on_mount(self) -> None:
        """Wait for the key."""
        self.rows.show([ListRow(owner.name, owner) for owner in self._owners], at=self._asked_for or None)
        self.field.focus()
        self._show_owner()

    # Whose key it is.

    def _label_of(self, provider: str) -> str:
        return next((owner.label for owner in self._owners if owner.name == provider), "")

    def _show_owner(self) -> None:
        self._status.show("", "muted", f"This goes to {self._label_of(self.rows.key)}.")

    def action_move(self, steps: int) -> None:
        """Choose another provider."""
        self._chosen_by_hand = True
        self.rows.action_move(steps)
        self._show_owner()

    @on(SelectList.Chosen)
    def _choose(self, event: SelectList.Chosen) -> None:
        event.stop()
        self.action_move(0)

    @on(SecretField.Changed)
    def _guess_owner(self, event: SecretField.Changed) -> None:
        event.stop()
        provider = self._setup.parse_key(self.field.reveal()).provider
        if provider and not self._chosen_by_hand:
            self.rows.show(self.rows.lines, at=provider)
        label = self._label_of(provider)
        if label and provider != self.rows.key:
            self._status.show("!", "care", f"This looks like a key of {label}. ↑↓ chooses whose it is.")
        elif label:
            self._status.show("✓", "good", f"A key of {label}, by its looks. ↵ checks and keeps it.")
        else:
            self._show_owner()

    # Checking and keeping.

    @on(SecretField.Submitted)
    def _submit(self, event: SecretField.Submitted) -> None:
        event.stop()
        pasted = self._setup.parse_key(self.field.reveal())
        if not self.field.length:
            self._status.show("!", "care", "Paste the key first.")
        elif pasted.problem:
            self._status.show("!", "care", pasted.problem)
        else:
            self._add(self.rows.key, pasted.secret, check=self._unchecked != (self.rows.key, pasted.secret))

    @work(group="key", exclusive=True, exit_on_error=False)
    async def _add(self, provider: str, secret: "Secret", *, check: bool) -> None:
        if not check or await self._passes_check(provider, secret):
            await self._keep(provider, secret)

    async def _passes_check(self, provider: str, secret: "Secret") -> bool:
        self._status.show("◷", "care", f"Asking {self._label_of(provider)}…")
        result = await self._setup.check(provider, secret)
        if result.state == "refused":
            self._status.show("✗", "wrong", f"{as_sentence(result.message)} Nothing was kept.")
        elif result.state == "unknown":
            self._unchecked = (provider, secret)
            self._status.show("?", "care", f"Could not check: {as_sentence(result.message)} ↵ keeps it all the same.")
        return result.state == "found"

    async def _keep(self, provider: str, secret: "Secret") -> None:
        try:
            kept = await self._setup.keep(provider, secret)
        except ChinwagError as error:
            self._status.show("✗", "wrong", error.sentence)
            return
        self._forget()
        message = f"Key of {self._label_of(provider)} kept in {storage_text(kept, Path.home())}"
        notice = f"At the next start the key in {kept.before} comes first: change it there too." if kept.before else ""
        self.dismiss(AddedProvider(provider, message, notice))

    # Leaving.

    @on(SecretField.Cancelled)
    def _cancel(self, event: SecretField.Cancelled) -> None:
        event.stop()
        self.action_close()

    @override
    def action_close(self) -> None:
        """Leave, and forget what was typed."""
        self._forget()
        super().action_close()

    def _forget(self) -> None:
        self.field.clear()
        self._unchecked = None
