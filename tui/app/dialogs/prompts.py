"""Finding a prompt of the library, and seeing one that came with the working folder before it is used."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.base import Dialog
from tui.app.dialogs.picker import Picker
from tui.app.fuzzy import fuzzy
from tui.app.styles import spread, styled
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.chat.prompt_library.folders import PromptListing
from tui.chat.prompt_library.template import PromptTemplate, TemplateKind
from tui.chat.tools.server_content import ServerPrompt
from tui.text import clean, clean_line

EDIT, NONE = "=edit", "=none"
"""Keys of the rows of a system prompt that are no prompts of the library; "=" stands in no name."""

_Row = PromptTemplate | ServerPrompt | str
_NAME_CELLS = 20


class PromptRows(SelectList[_Row]):
    """A prompt's name, what it is for, and whose it is."""

    @override
    def draw(self, row: ListRow[_Row], width: int, chosen: bool) -> Content:
        template = row.value
        if isinstance(template, str):
            return Content.assemble("  ", styled(template, "muted" if not row.key else "strong" if chosen else "text"))
        name = styled(f"{clean_line(template.name, _NAME_CELLS):<{_NAME_CELLS}}", "strong" if chosen else "text")
        if isinstance(template, ServerPrompt):
            what, whose = template.description, styled(clean_line(template.prompt.server, 30), "care")
            name = styled(
                f"{clean_line(template.prompt.name, _NAME_CELLS):<{_NAME_CELLS}}", "strong" if chosen else "text"
            )
        else:
            what, whose = template.description or template.text, styled("" if template.own else "this folder", "care")
        return Content.assemble(
            "  ", spread(Content.assemble(name, "  ", styled(clean_line(what, 120), "muted")), whose, width - 4), "  "
        )


class PromptPicker(Picker[_Row]):
    """Dismissed with the name of the prompt that was chosen, with `EDIT` or `NONE`, or None.

    Args:
        listing: what the library holds.
        kind: which of it is offered; for a system prompt also to edit the one at hand, or to have none.
        folder: where a first prompt would be written.
        servers: prompts of servers, which stand below those of the library.
    """

    KEYS = (("↵", "use it"), ("↑↓", "move"))
    HINT = "type a name, or what it is for"

    def __init__(
        self, listing: PromptListing, kind: TemplateKind, folder: str, servers: Sequence[ServerPrompt] = ()
    ) -> None:
        super().__init__(PromptRows())
        self.title = "System prompt" if kind == "system" else "Prompts"
        self._templates: Sequence[PromptTemplate | ServerPrompt] = (*listing.of_kind(kind), *servers)
        self._fixed = ((EDIT, "Edit the text"), (NONE, "No system prompt")) if kind == "system" else ()
        where = f"{folder}/system" if kind == "system" else folder
        self._remarks = (
            *([] if self._templates else ["A prompt is a Markdown file in this folder:", where]),
            *(f"! {problem.removeprefix(f'{folder}/')}" for problem in listing.problems),
        )

    @override
    def find(self, query: str) -> Sequence[ListRow[_Row]]:
        """The prompts for what was typed, the best first; then what is wrong with files."""
        query = query.strip()
        fixed: list[ListRow[_Row]] = [
            ListRow(key, text) for key, text in self._fixed if not query or fuzzy(query, text)
        ]
        scored = [(self._score(query, template), template) for template in self._templates]
        best = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
        found: list[ListRow[_Row]] = [ListRow(template.name, template) for _, template in best]
        remarks: list[ListRow[_Row]] = [] if query else [ListRow("", clean_line(text, 200)) for text in self._remarks]
        return [*fixed, *found, *remarks]

    @staticmethod
    def _score(query: str, template: PromptTemplate | ServerPrompt) -> float:
        return max(fuzzy(query, template.name), fuzzy(query, template.description) / 2) if query else 1.0


class PromptReview(Dialog[bool]):
    """A prompt that came with the working folder, in full. Dismissed with True when the person agrees to it.

    Enter does not agree: whoever presses it in haste has not read.
    """

    DEFAULT_CSS = """
    PromptReview {
        & #box { width: 92; height: 80%; }
        & #body { height: 1fr; }
        & VerticalScroll { height: 1fr; background: transparent; }
        & #where { margin-bottom: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "agree", show=False)]
    KEYS = (("a", "agree, until it changes"), ("↑↓", "read"))

    def __init__(self, template: PromptTemplate) -> None:
        super().__init__()
        self.title = f"Prompt of this folder: {clean_line(template.name, 40)}"
        self._template = template

    @override
    def compose_body(self) -> ComposeResult:
        yield Line(styled(clean_line(str(self._template.path), 300), "muted"), id="where")
        with VerticalScroll():
            yield Line(styled(clean(_described(self._template)), "text"))

    def on_mount(self) -> None:
        """The keys scroll the text."""
        self.query_one(VerticalScroll).focus()

    def action_agree(self) -> None:
        """Use it, now and until it changes."""
        self.dismiss(True)


def _described(template: PromptTemplate) -> str:
    files = f"Attaches: {', '.join(template.attachments)}\n\n" if template.attachments else ""
    model = f"Asks: {template.model}\n\n" if template.model else ""
    return f"{model}{files}{template.text}"
