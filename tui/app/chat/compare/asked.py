"""The prompt that all columns answer, above them."""

from textual.content import Content
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import StyledText, fit, join, styled
from tui.app.transcript.from_messages import clock_text
from tui.app.transcript.markdown.wrap import wrap_spans
from tui.app.transcript.row import Span
from tui.chat.message_parts import AttachmentContent, TextContent
from tui.chat.stored_parts import stored_parts
from tui.store.records import Message
from tui.text import clean, clean_line

_MOST_LINES = 20
_LONGEST = 4_000


class AskedPrompt(StyledText):
    """Its first lines, as many as there is room for; the rest of a long one is in the chat.

    Attributes:
        prompt: None before it was sent.
    """

    DEFAULT_CSS = "AskedPrompt { width: 1fr; height: auto; display: none; }"

    prompt: reactive[Message | None] = reactive(None, layout=True)

    def watch_prompt(self, prompt: Message | None) -> None:
        """Take no room before it is there."""
        self.display = prompt is not None

    def _lines(self, width: int) -> list[Content]:
        if self.prompt is None:
            return []
        bar = Content.assemble(styled("▌", "bar-you"), " ")
        head = join([styled("you", "you"), styled(clock_text(self.prompt.created_at), "muted")], 2)
        parts = stored_parts(self.prompt)
        text = "\n".join([part.text for part in parts if isinstance(part, TextContent)])[:_LONGEST]
        spans = [Span(part) for line in clean(text).expandtabs(4).split("\n") for part in (line, "\n")][:-1]
        rows = ["".join([span.text for span in row]) for row, _ in wrap_spans(spans, max(8, width - 4))]
        rows += [f"@ {clean_line(part.name)}" for part in parts if isinstance(part, AttachmentContent)]
        lines = [head, *[fit(styled(row, "text"), width - 3) for row in rows[:_MOST_LINES]]]
        return [Content.assemble(bar, line) for line in lines]

    @override
    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._lines(width))

    @override
    def render(self) -> Content:
        """Draw what there is room for; where something is left out, the last line says so."""
        lines, rows = self._lines(self.content_size.width), self.content_size.height
        if len(lines) > rows > 0:
            lines[rows - 1] = Content.assemble(lines[rows - 1], styled(" …", "muted"))
        return Content("\n").join(lines[:rows])
