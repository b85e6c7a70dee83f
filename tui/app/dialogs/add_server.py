"""Adding an OpenAI-compatible server by its address: asked what it offers, and for a key if it wants one; then kept."""

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from typing_extensions import override

from tui.app.dialogs.added_provider import AddedProvider, StatusLine, as_sentence
from tui.app.dialogs.base import Dialog, FieldLine
from tui.app.styles import styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.app.widgets.secret_field import SecretField
from tui.chat.setup import storage_text
from tui.errors import ChinwagError

if TYPE_CHECKING:
    from tui.agent.secret import Secret
    from tui.chat.setup import ServerCandidate, Setup

_INTRODUCTION = (
    "The address of an OpenAI-compatible server: vLLM, llama.cpp, LiteLLM, a gateway at work. It is asked what it "
    "offers, and written into config.local.toml; your config.toml stays as it is."
)


class AddServer(Dialog[AddedProvider]):
    """Dismissed with the server that was added, or None; an address that is known is asked at once."""

    DEFAULT_CSS = """
    AddServer {
        & #box { width: 76; }
        & #introduction { margin: 0 0 1 0; }
        & StatusLine { margin: 1 0 0 0; }
        &.-h8 #introduction, &.-w40.-h14 #introduction { display: none; }
    }
    """
    TITLE = "Add a server"
    KEYS = (("↵", "ask it and add it"),)

    def __init__(self, setup: "Setup", address: str = "") -> None:
        super().__init__()
        self._setup = setup
        self._address = address
        self.field = Field(placeholder="http://localhost:8000/v1")
        self.key_field = SecretField("paste the key that it wants")
        self._key_line = FieldLine(self.key_field)
        self._status = StatusLine()

    @override
    def compose_body(self) -> ComposeResult:
        yield Line(styled(_INTRODUCTION, "muted"), id="introduction")
        yield FieldLine(self.field)
        yield self._key_line
        yield self._status

    def on_mount(self) -> None:
        """Ask for the address; for a key only if the server wants one."""
        self._key_line.display = False
        self.field.focus()
        if self._address:
            self.field.value = self._address
            self._ask(self._address, None)

    @on(Field.Changed)
    def _change_address(self, event: Field.Changed) -> None:
        event.stop()
        self._key_line.display = False

    @on(Field.Submitted)
    def _submit_address(self, event: Field.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self._ask(event.value, None)

    @on(SecretField.Submitted)
    def _submit_key(self, event: SecretField.Submitted) -> None:
        event.stop()
        pasted = self._setup.parse_key(self.key_field.reveal())
        if pasted.problem:
            self._status.show("!", "care", pasted.problem)
        else:
            self._ask(self.field.value, pasted.secret)

    @work(group="server", exclusive=True, exit_on_error=False)
    async def _ask(self, url: str, secret: "Secret | None") -> None:
        self._status.show("◷", "care", "Asking…")
        try:
            server = await self._setup.probe_server(url, secret)
            if server.check.state == "found":
                await self._add(server, secret)
                return
        except ChinwagError as error:
            self._status.show("!", "care", error.sentence)
            return
        answer = server.check.message
        if server.check.state == "unknown":
            self._status.show("?", "care", f"Could not check: {as_sentence(answer)} Nothing was added.")
            return
        self._ask_for_key()
        if secret is None:
            self._status.show("?", "care", f"It wants a key. {answer}")
        else:
            self._status.show("✗", "wrong", answer)

    def _ask_for_key(self) -> None:
        self._key_line.display = True
        self.key_field.clear()
        self.key_field.focus()

    async def _add(self, server: "ServerCandidate", secret: "Secret | None") -> None:
        kept = await self._setup.add(server, secret)
        self.key_field.clear()
        notice = f"Its key is kept in {storage_text(kept, Path.home())}." if kept else ""
        self.dismiss(AddedProvider(server.name, f"Server {server.label} added as {server.name}:…", notice))

    @on(Field.Cancelled)
    @on(SecretField.Cancelled)
    def _cancel(self) -> None:
        self.action_close()

    @override
    def action_close(self) -> None:
        """Leave, and forget what was typed."""
        self.key_field.clear()
        super().action_close()
