"""The line above the composer: prompts that wait for the end of the reply. Not there while none waits."""

from textual.content import Content
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import StyledText, join, spread, styled
from tui.text import clean_line


class QueueLine(StyledText):
    """How many prompts wait, and how the next one begins.

    Attributes:
        prompts: their texts, the next one first.
    """

    DEFAULT_CSS = "QueueLine { height: 1; padding: 0 2; background: $surface; display: none; }"

    prompts: reactive[tuple[str, ...]] = reactive(())

    def watch_prompts(self) -> None:
        """Take no row while nothing waits."""
        self.display = bool(self.prompts)

    @override
    def render(self) -> Content:
        if not self.prompts:
            return Content("")
        count = join([styled("◷", "care"), styled(f"{len(self.prompts)}", "text"), styled("queued", "muted")])
        text = styled(clean_line(self.prompts[0], 200), "text")
        hint = join([styled("esc", "key"), styled("stops, and gives it back", "muted")])
        return spread(join([count, text], 2), hint, self.content_size.width)
