"""Adding an OpenAI-compatible server by its address: asked what it offers, and for a key if it wants one; then kept."""

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult

from tui.app.screens.add_key import Added, ended
from tui.app.screens.overlay import Line, Overlay, Prompted
from tui.app.widgets.field import Field
from tui.app.widgets.ink import ink, join
from tui.app.widgets.key_field import KeyField
from tui.chat.access import kept_where
from tui.errors import ChinwagError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.agent.secret import Secret
    from tui.chat.access import Access, Server

_INTRODUCTION = (
    "The address of an OpenAI-compatible server: vLLM, llama.cpp, LiteLLM, a gateway at work. It is asked what it "
    "offers, and written into config.local.toml; your config.toml stays as it is."
)


class AddServer(Overlay[Added]):
    """Dismissed with what was added, or None."""

    TITLE_TEXT = "Add a server"
    KEYS = (("↵", "ask it and add it"),)

    def __init__(self, access: "Access") -> None:
        super().__init__()
        self._access = access
        self._refused: Server | None = None
        self.field = Field(placeholder="http://localhost:8000/v1")
        self.key_field = KeyField("paste the key that it wants")
        self._key_line = Prompted(self.key_field)
        self._status = Line(id="status")

    def body(self) -> ComposeResult:
        """Address, key, and what came of them."""
        yield Line(ink(_INTRODUCTION, "muted"), id="introduction")
        yield Prompted(self.field)
        yield self._key_line
        yield self._status

    def on_mount(self) -> None:
        """Ask for the address; a key only if the server wants one."""
        self._key_line.display = False
        self.field.focus()

    def _say(self, mark: str, role: str, words: str) -> None:
        self._status.content = join([ink(mark, role), ink(clean_line(words, 300), "text")])

    @on(Field.Changed)
    def _typed(self, event: Field.Changed) -> None:
        event.stop()
        self._refused = None
        self._key_line.display = False

    @on(Field.Submitted)
    def _submitted(self, event: Field.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self._look(event.value, None)

    @on(KeyField.Submitted)
    def _key_submitted(self, event: KeyField.Submitted) -> None:
        event.stop()
        pasted = self._access.read(self.key_field.take())
        if pasted.problem:
            self._say("!", "care", pasted.problem)
        else:
            self._look(self.field.value, pasted.secret)

    @work(group="server", exclusive=True, exit_on_error=False)
    async def _look(self, url: str, secret: "Secret | None") -> None:
        self._say("◷", "care", "Asking…")
        try:
            server = await self._access.look_at(url, secret)
            if server.checked.state == "found":
                await self._add(server, secret)
                return
        except ChinwagError as error:
            self._say("!", "care", error.sentence)
            return
        if server.checked.state == "refused":
            self._key_line.display = True
            self.key_field.forget()
            self.key_field.focus()
            asks = "It wants a key. " if secret is None else ""
            self._say("✗" if secret else "?", "wrong" if secret else "care", f"{asks}{server.checked.words}")
        else:
            self._say("?", "care", f"Could not check: {ended(server.checked.words)} Nothing was added.")

    async def _add(self, server: "Server", secret: "Secret | None") -> None:
        kept = await self._access.add(server, secret)
        self.key_field.forget()
        notice = f"Its key is kept in {kept_where(kept, Path.home())}." if kept else ""
        self.dismiss(Added(server.name, f"Server {server.label} added as {server.name}:…", notice))

    @on(Field.Left)
    @on(KeyField.Left)
    def _left(self) -> None:
        self.action_close()

    def action_close(self) -> None:
        """Leave, and forget what was typed."""
        self.key_field.forget()
        super().action_close()
