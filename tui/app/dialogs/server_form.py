"""A form that a server wants filled in: a line for each field, and nothing in it that the server has not put there."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from typing_extensions import override

from tui.app.dialogs.server_asks import ServerDialog, ServerWords
from tui.app.styles import styled
from tui.app.widgets.choice import Choice
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.mcp.form import problem_with
from tui.mcp.hooks import ElicitAnswer, FormField, FormRequest, FormValue
from tui.text import clean, clean_line

_LABEL_CELLS = 22
_NOTHING = "—"
_SECRET = ("password", "passwort", "secret", "token", "api key", "api_key", "apikey", "credential", "passphrase")


class FormLine(Horizontal):
    """One field, or one option of a field that takes several."""

    DEFAULT_CSS = """
    FormLine {
        height: 1;
        padding: 0 2;
        & > .label { width: 24; height: 1; }
    }
    """

    def __init__(self, field: FormField, option: tuple[str, str] | None = None) -> None:
        super().__init__()
        self.field = field
        self.option = option
        self.input: Field | Choice = self._made()

    def _made(self) -> Field | Choice:
        field, default = self.field, self.field.default
        if self.option is not None:
            chosen = isinstance(default, tuple) and self.option[0] in default
            return _choice(("no", "yes"), 1 if chosen else 0)
        match field.kind:
            case "boolean":
                values: tuple[str, ...] = ("no", "yes") if field.required else (_NOTHING, "no", "yes")
                return _choice(values, values.index("yes" if default else "no") if isinstance(default, bool) else 0)
            case "choice":
                titles = [title for _, title in field.options]
                values = tuple(titles if field.required else (_NOTHING, *titles)) or (_NOTHING,)
                known = dict(field.options).get(default) if isinstance(default, str) else None
                return _choice(values, values.index(known) if known in values else 0)
            case _:
                begun = "" if default is None else str(default)
                if isinstance(default, float) and default.is_integer():
                    begun = f"{default:.0f}"
                return Field(begun, placeholder=_placeholder(field), limit=2_000)

    @override
    def compose(self) -> ComposeResult:
        label = clean_line(_name_of(self.field) if self.option is None else self.option[1], _LABEL_CELLS - 2)
        yield Line(styled(label if self.option is None else f"  {label}", "text"), classes="label")
        yield self.input

    @property
    def value(self) -> FormValue | None:
        """What stands there; None where nothing does.

        Raises:
            ValueError: it is no number; the message says so.
        """
        text = self.input.value
        if self.option is not None:
            return text == "yes"
        match self.field.kind:
            case "boolean":
                return None if text == _NOTHING else text == "yes"
            case "choice":
                assert isinstance(self.input, Choice)
                place = self.input.index - (not self.field.required)
                return self.field.options[place][0] if 0 <= place < len(self.field.options) else None
            case "number" | "integer":
                return _number(text.strip(), self.field.kind == "integer") if text.strip() else None
            case _:
                return text or None


def _name_of(field: FormField) -> str:
    return field.title or field.name


def _choice(values: Sequence[str], index: int) -> Choice:
    made = Choice(values)
    made.set_reactive(Choice.index, index)
    return made


def _number(text: str, whole: bool) -> int | float:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        raise ValueError("is a whole number" if whole else "is a number") from None


def _placeholder(field: FormField) -> str:
    need = "needed" if field.required else "may stay empty"
    return " · ".join(filter(None, (need, field.format, clean_line(field.description, 80))))


class ServerForm(ServerDialog[ElicitAnswer]):
    """Dismissed with what the person did; None when they went away. Enter goes on, and never sends.

    Args:
        request: what is asked for; raw.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f5", "agree", show=False),
        Binding("ctrl+r", "decline", show=False),
        Binding("enter,down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    KEYS = (("↵ ↑↓", "move"), ("◂▸", "choose"), ("^S", "send"), ("^R", "decline"))

    def __init__(self, request: FormRequest) -> None:
        super().__init__()
        self._name = clean_line(request.server, 40)
        self.title = f"{self._name} asks"
        self._request = request
        self._lines = [line for field in request.fields for line in _lines(field)]

    @override
    def compose_body(self) -> ComposeResult:
        yield ServerWords(styled(f"What you fill in goes to {self._name}, and to whom it likes. It says:", "muted"))
        yield Line(styled(clean(self._request.message).strip() or "not a word about why.", "text"))
        if any(_wants_secret(field) for field in self._request.fields):
            yield Line(styled("! It asks for what looks like a password or key. A form is no place for one.", "care"))
        yield self.status
        yield Line()
        for line in self._lines:
            if line.option is not None and line.option == line.field.options[0]:
                yield Line(styled(clean_line(_name_of(line.field), 80), "text"))
            yield line

    @override
    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(ServerWords).focus()

    def action_agree(self) -> None:
        """Send what is filled in, if all of it can be."""
        values: dict[str, FormValue] = {}
        for field in self._request.fields:
            lines = [line for line in self._lines if line.field is field]
            try:
                value = _value(field, lines)
                problem = problem_with(field, value)
            except ValueError as wrong:
                problem = str(wrong)
            if problem:
                self.tell(f"{clean_line(_name_of(field), 60)} {problem}.")
                lines[0].input.focus()
                return
            if value is not None:
                values[field.name] = value
        self.dismiss(ElicitAnswer("accept", values))

    def action_decline(self) -> None:
        """Say no."""
        self.dismiss(ElicitAnswer("decline"))

    @on(Field.Submitted)
    def _go_on(self, event: Field.Submitted) -> None:
        event.stop()
        self.focus_next()

    @on(Field.Cancelled)
    def _cancel(self, event: Field.Cancelled) -> None:
        event.stop()
        self.action_close()

    @on(Field.Changed)
    def _write_on(self, event: Field.Changed) -> None:
        event.stop()
        if self.is_mounted:
            self.tell("")


def _lines(field: FormField) -> list[FormLine]:
    if field.kind == "choices":
        return [FormLine(field, option) for option in field.options]
    return [FormLine(field)]


def _value(field: FormField, lines: Sequence[FormLine]) -> FormValue | None:
    if field.kind == "choices":
        return tuple(line.option[0] for line in lines if line.option is not None and line.value)
    return lines[0].value


def _wants_secret(field: FormField) -> bool:
    words = f"{field.name} {field.title} {field.description}".casefold()
    return any(word in words for word in _SECRET)
