"""The blanks of a prompt: a line for each variable, and below them the text as it will be."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from typing_extensions import override

from tui.app.dialogs.base import Dialog
from tui.app.styles import styled
from tui.app.widgets.choice import Choice
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.chat.prompt_library.template import TemplateVariable
from tui.text import clean, clean_line

_LABEL_CELLS = 16


class VariableLine(Horizontal):
    """A variable's name, and its value as a field or as a choice."""

    DEFAULT_CSS = """
    VariableLine {
        height: 1;
        padding: 0 2;
        & > .label { width: 18; }
    }
    """

    def __init__(self, variable: TemplateVariable) -> None:
        super().__init__()
        self.variable = variable
        self.input: Field | Choice = (
            Choice(variable.choices) if variable.choices else Field(placeholder=_placeholder(variable), limit=4_000)
        )

    @override
    def compose(self) -> ComposeResult:
        yield Line(styled(clean_line(self.variable.name, _LABEL_CELLS), "muted"), classes="label")
        yield self.input

    @property
    def value(self) -> str | None:
        """What stands there; None while it is blank and something must."""
        if isinstance(self.input, Choice) or self.input.value:
            return self.input.value
        return self.variable.default


def _placeholder(variable: TemplateVariable) -> str:
    begun = "needed" if variable.default is None else clean_line(variable.default, 60) or "may stay empty"
    return " · ".join(filter(None, (begun, clean_line(variable.about, 80))))


class Blanks(Protocol):
    """A prompt or an address of which parts are to be filled in before it is used."""

    @property
    def name(self) -> str:
        """What it is called, raw."""

    @property
    def variables(self) -> tuple[TemplateVariable, ...]:
        """The blanks."""

    def fill(self, values: Mapping[str, str]) -> str:
        """What it comes to with values in its blanks, raw."""


class PromptForm(Dialog[Mapping[str, str]]):
    """Dismissed with a value for each variable, or None.

    Args:
        template: whose blanks they are.
        known: values that are there already and not asked for.
    """

    DEFAULT_CSS = """
    PromptForm {
        & #box { width: 92; }
        & #body { max-height: 80vh; overflow-y: auto; }
        & VerticalScroll { height: auto; max-height: 14; background: transparent; }
        & #preview { margin-top: 1; }
        & #status { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", show=False),
        Binding("ctrl+s,f5", "keep", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    KEYS = (("↵", "next, and use it"), ("↑↓", "move"), ("◂▸", "choose"))

    def __init__(self, template: Blanks, known: Mapping[str, str]) -> None:
        super().__init__()
        self.title = clean_line(template.name, 60)
        self._template = template
        self._known = known
        self._lines = [VariableLine(variable) for variable in template.variables if variable.name not in known]
        self._preview = Line()
        self._status = Line(id="status")

    @override
    def compose_body(self) -> ComposeResult:
        yield from self._lines
        yield self._status
        with VerticalScroll(id="preview", can_focus=False):
            yield self._preview

    def on_mount(self) -> None:
        """Begin with the first blank."""
        self._inputs[0].focus()
        self._show()

    @property
    def _inputs(self) -> Sequence[Field | Choice]:
        return [line.input for line in self._lines]

    @property
    def _values(self) -> dict[str, str]:
        """What is given so far; a blank that must be filled is not in it."""
        given = {line.variable.name: line.value for line in self._lines}
        return {**self._known, **{name: value for name, value in given.items() if value is not None}}

    def _show(self) -> None:
        missing = {line.variable.name: f"[{line.variable.name}]" for line in self._lines}
        self._preview.content = styled(clean(self._template.fill({**missing, **self._values})), "muted")

    @on(Field.Changed)
    def _follow(self, event: Field.Changed) -> None:
        event.stop()
        if self.is_mounted:
            self._status.display = False
            self._show()

    @on(Choice.Changed)
    def _follow_choice(self, event: Choice.Changed) -> None:
        event.stop()
        self._show()

    @on(Field.Submitted)
    def _submit(self, event: Field.Submitted) -> None:
        event.stop()
        self.action_next()

    @on(Field.Cancelled)
    def _cancel(self, event: Field.Cancelled) -> None:
        event.stop()
        self.action_close()

    def action_next(self) -> None:
        """To the next blank; from the last one, use the prompt."""
        inputs = list(self._inputs)
        place = next((number for number, one in enumerate(inputs) if one.has_focus), len(inputs) - 1)
        if place + 1 < len(inputs):
            inputs[place + 1].focus()
        else:
            self.action_keep()

    def action_keep(self) -> None:
        """Use the prompt, if every blank that must be filled is."""
        blank = next((line for line in self._lines if line.value is None), None)
        if blank is None:
            self.dismiss(self._values)
            return
        blank.input.focus()
        self._status.content = styled(f"! {clean_line(blank.variable.name, 60)} needs a value.", "care")
        self._status.display = True
