"""The lines around the transcript: its header, the footer of keys that work now, and notices that stay until read."""

from dataclasses import dataclass

from textual import events, on
from textual.containers import Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.message import Message
from textual.reactive import reactive

from tui.app.commands import BY_ID, Command, key_text
from tui.app.widgets.ink import Inked, ink, join, spread
from tui.text import clean_line


class Header(Inked):
    """What this chat is called, who answers, and how long it may think."""

    DEFAULT_CSS = "Header { height: 1; padding: 0 2; }"

    title: reactive[str] = reactive("")
    model: reactive[str] = reactive("")
    pending: reactive[bool] = reactive(False)
    effort: reactive[str] = reactive("")

    class ModelClicked(Message):
        """The model's name was clicked."""

    def render(self) -> Content:
        """Draw the line; the model never gives way to the title."""
        name = clean_line(self.model.partition(":")[2] or self.model, 60)
        right = [join([ink("◆", "bar-model"), ink(name, "model-name")])]
        if self.pending:
            right[0] = join([right[0], ink("(next)", "muted")])
        if self.effort:
            right.append(join([ink("effort", "muted"), ink(self.effort, "text")]))
        width = self.content_size.width
        model = join(right, 2)
        if model.cell_length + 12 > width:
            model = right[0]
        return spread(ink(clean_line(self.title), "strong"), model, width)

    def on_click(self, event: events.Click) -> None:
        """A click on the right half asks for another model."""
        if event.x > self.size.width // 2:
            self.post_message(self.ModelClicked())


class Footer(Inked):
    """The keys that act in this focus, made from the active bindings, lowest rank dropped first until they fit."""

    DEFAULT_CSS = "Footer { height: 1; padding: 0 2; }"

    @dataclass
    class Clicked(Message):
        """A key's field was clicked: `action` is to be run by `node`."""

        node: DOMNode
        action: str

    @dataclass(frozen=True)
    class _Field:
        """One key on the line, and what it does."""

        command: Command
        node: DOMNode
        drawn: Content

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def _fields(self) -> list[_Field]:
        """The fields that fit, those of the right end first, each end by rank."""
        found: dict[str, Footer._Field] = {}
        for active in self.screen.active_bindings.values():
            command = BY_ID.get(active.binding.id or "")
            if command and command.rank and active.enabled:
                drawn = join([ink(key_text(command.keys[0]), "key"), ink(command.label, "muted")])
                found.setdefault(active.binding.id or "", self._Field(command, active.node, drawn))
        room = self.content_size.width + 3
        kept: list[Footer._Field] = []
        for field in sorted(found.values(), key=lambda field: (not field.command.right, field.command.rank)):
            room -= field.drawn.cell_length + 3
            if room < 0:
                break
            kept.append(field)
        return kept

    def render(self) -> Content:
        """Draw the keys: what acts here at the left, menu and help at the right."""
        fields = self._fields()
        left = join([field.drawn for field in fields if not field.command.right], 3)
        right = join([field.drawn for field in fields if field.command.right], 3)
        return spread(left, right, self.content_size.width)

    def on_click(self, event: events.Click) -> None:
        """Do what the clicked field's key does."""
        fields = self._fields()
        left = [field for field in fields if not field.command.right]
        right = [field for field in fields if field.command.right]
        right_width = sum(field.drawn.cell_length + 3 for field in right) - 3
        for group, start in ((left, 0), (right, self.content_size.width - right_width)):
            place = start
            for field in group:
                if place <= event.x - 2 < place + field.drawn.cell_length:
                    self.post_message(self.Clicked(field.node, field.command.id))
                place += field.drawn.cell_length + 3


class Notice(Inked):
    """One line that wants to be read: what does not work and why. A click takes it away."""

    DEFAULT_CSS = "Notice { height: auto; }"

    @dataclass
    class Read(Message):
        """The person has read it."""

        text: str

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = clean_line(text, 600)

    def render(self) -> Content:
        """Draw the notice, wrapped where it is longer than the line."""
        return Content.assemble(ink("! ", "care"), ink(self.text, "text"), ink("  ✕", "muted"))

    def on_click(self) -> None:
        """Read, and gone."""
        self.post_message(self.Read(self.text))
        self.remove()


class Notices(Vertical):
    """The notices that stand, oldest first; nothing is said twice."""

    DEFAULT_CSS = "Notices { height: auto; max-height: 6; display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self._texts: list[str] = []

    def add(self, text: str) -> None:
        """Let a notice stand, unless it stands already."""
        notice = Notice(text)
        if notice.text not in self._texts:
            self._texts.append(notice.text)
            self.mount(notice)
            self.display = True

    def clear(self) -> None:
        """Take every notice away."""
        self._texts.clear()
        self.query(Notice).remove()
        self.display = False

    @on(Notice.Read)
    def _read(self, event: Notice.Read) -> None:
        event.stop()
        self._texts.remove(event.text)
        self.display = bool(self._texts)


class Welcome(Inked):
    """What an empty chat says: who will answer, and the keys to begin with."""

    DEFAULT_CSS = "Welcome { height: auto; padding: 1 4; display: none; }"

    model: reactive[str] = reactive("", layout=True)
    note: reactive[str] = reactive("", layout=True)

    def render(self) -> Content:
        """Draw it; a narrow screen wraps it."""
        who = join([ink("◆", "bar-model"), ink(clean_line(self.model, 60), "model-name"), ink("answers next", "muted")])
        if self.note:
            who = join([who, ink(f"· {clean_line(self.note, 60)}", "muted")])
        commands = (BY_ID["chat.switch_model"], BY_ID["frame.inspector"], BY_ID["app.palette"], BY_ID["app.help"])
        keys = [join([ink(key_text(one.keys[0]), "key"), ink(one.label, "muted")]) for one in commands]
        return Content("\n").join([who, Content(""), join(keys, 3)])
