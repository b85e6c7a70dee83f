"""Where you write: grows with what you write, sends on Enter, remembers what you sent, and never waits for a reply."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import TextArea
from typing_extensions import override

from tui.app.slash import slash_call
from tui.app.styles import BLANK, StyledText, join, key_hint, styled
from tui.app.widgets.chips import AttachmentFacts, Chip
from tui.app.widgets.completing_area import CompletingArea
from tui.app.widgets.completion_keys import CompletionKeys
from tui.app.widgets.line import Line
from tui.app.widgets.prompt_area import PromptArea
from tui.app.widgets.prompt_foot import Estimate, PromptFoot
from tui.chat.prompt import Prompt
from tui.chat.usage import text_tokens
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.widgets.history_search import HistorySearch
    from tui.chat.prompt import PromptAttachment
    from tui.store.records import PastPrompt

MOST_TEXT_ROWS = 10
_ROOMY = 11
"""Rows of the composer from which on two of them are for files."""
_ESTIMATE_S = 0.25


class ComposerGutter(StyledText):
    """The bar that says "yours", and the sign that says whether the keys go here."""

    DEFAULT_CSS = "ComposerGutter { dock: left; width: 4; height: 100%; }"

    active: reactive[bool] = reactive(False)

    @override
    def render(self) -> Content:
        bar = styled("▌", "bar-you" if self.active else "bar-idle")
        first = Content.assemble(bar, " ", styled("❯", "key") if self.active else styled("›", "muted"))
        return Content("\n").join([first, *[bar] * (self.size.height - 1)])


class Composer(CompletionKeys, Horizontal):
    """Gutter, text area and what stands below it, on the surface that sent messages will have.

    Attributes:
        reading: names of files that are being read, for the prompt that is written.
        facts: what is known of its files, by `id` of the attachment.
        edited: how the sent prompt begins that is written anew; cleaned, "" for none.
        price_next: what the next turn costs with so many tokens more, see `Estimate`.
    """

    DEFAULT_CSS = """
    Composer {
        height: auto;
        & > Vertical { height: auto; margin-right: 2; }
        & .edited { height: 1; display: none; }
    }
    """

    Sent: TypeAlias = PromptArea.Sent
    Confirmed: TypeAlias = PromptArea.Confirmed
    Stepped: TypeAlias = PromptArea.Stepped
    Interrupted: TypeAlias = PromptArea.Interrupted
    QuitRequested: TypeAlias = PromptArea.QuitRequested
    Paged: TypeAlias = PromptArea.Paged
    AttachRequested: TypeAlias = PromptArea.AttachRequested
    Called: TypeAlias = CompletingArea.Called
    PromptRequested: TypeAlias = CompletingArea.PromptRequested
    ResourceRequested: TypeAlias = CompletingArea.ResourceRequested
    Completing: TypeAlias = CompletingArea.Completing
    ReadingCancelled: TypeAlias = PromptArea.ReadingCancelled
    Pasted: TypeAlias = PromptArea.Pasted
    ImageRequested: TypeAlias = PromptArea.ImageRequested

    reading: reactive[tuple[str, ...]] = reactive((), repaint=False)
    facts: reactive[Mapping[int, AttachmentFacts]] = reactive({}, repaint=False)
    edited: reactive[str] = reactive("", repaint=False)

    @dataclass
    class AttachmentsChanged(Message):
        """Other files go along now: what is to be known of them may be looked up."""

        attachments: tuple["PromptAttachment", ...]

    def __init__(self) -> None:
        super().__init__()
        self.area = CompletingArea()
        self.area.list_action = self.list_action
        self.foot = PromptFoot()
        self.price_next: Callable[[int], Estimate] = Estimate
        self._gutter = ComposerGutter()
        self._mark = Line(classes="edited")
        self._least, self._most = 1, 10
        self._estimating = False
        self._search: HistorySearch | None = None

    @override
    def compose(self) -> ComposeResult:
        yield self._gutter
        with Vertical():
            yield self.area
            yield self._mark
            yield self.foot

    def on_mount(self) -> None:
        """Follow the files of the area."""
        self.watch(self.area, "attachments", self._show_attachments)
        self.watch(self.area, "send_wanted", self._show_waiting)

    # The prompt.

    @property
    def prompt(self) -> Prompt:
        """What is written and not sent; setting it puts the cursor at its end."""
        return self.area.prompt

    @prompt.setter
    def prompt(self, prompt: Prompt) -> None:
        self.area.prompt = prompt

    @property
    def draft(self) -> Prompt:
        """What is to be kept of it; see `PromptArea.draft`."""
        return self.area.draft

    @property
    def text(self) -> str:
        """The text of the prompt alone, with the content of pastes; setting it leaves its files."""
        return self.area.full_text

    @text.setter
    def text(self, text: str) -> None:
        self.area.prompt = Prompt(text, self.area.attachments)

    def attach(self, files: Sequence["PromptAttachment"]) -> None:
        """Let files go along; one that does already goes once."""
        attached = self.area.attachments
        self.area.attachments = (*attached, *[file for file in files if file not in attached])

    def clear(self) -> None:
        """Empty the composer; the arrow up brings the text back, and undo the files."""
        self.area.discard_prompt()

    # What stands below it.

    def watch_reading(self) -> None:
        """Show what is being read; a prompt may wait for it."""
        self._show_chips()
        self.area.reading = len(self.reading)

    def watch_facts(self) -> None:
        """Show what is known now."""
        self._show_chips()
        self.estimate_soon()

    def watch_edited(self, words: str) -> None:
        """Say that it is an edit, and how that is given up."""
        said = join([styled(f"edits “{words}”", "care"), key_hint("esc", "not")], 2)
        self._mark.content = said if words else BLANK
        self._mark.display = bool(words)
        self._fit()

    def _show_attachments(self, attachments: tuple["PromptAttachment", ...]) -> None:
        self._show_chips()
        self.post_message(self.AttachmentsChanged(attachments))

    def _show_waiting(self, wanted: bool) -> None:
        self.foot.waiting = wanted

    def _show_chips(self) -> None:
        unknown = AttachmentFacts()
        known = [(file, self.facts.get(id(file), unknown)) for file in self.area.attachments]
        read = [Chip(file.name, len(file.data), facts.tokens, facts.care, facts.detail) for file, facts in known]
        self.foot.chips = (*read, *map(Chip, self.reading))
        self.estimate_soon()
        self._fit()

    @on(TextArea.Changed)
    def _follow_text(self) -> None:
        self.estimate_soon()  # the screen hears of it, too: it keeps the draft

    def estimate_soon(self) -> None:
        """Count what is written after a moment, however many keys come until then."""
        if self.area.is_blank and not self.area.attachments:
            self.foot.estimate = None
            self._fit()
        elif not self._estimating:
            self._estimating = True
            self.set_timer(_ESTIMATE_S, self._estimate)

    def _estimate(self) -> None:
        self._estimating = False
        prompt = self.prompt
        facts = [self.facts.get(id(file)) for file in prompt.attachments]
        files = [known.tokens for known in facts if known and known.tokens is not None]
        sent = bool(prompt) and slash_call(prompt.text) is None
        if sent and len(files) == len(facts):  # a sum without the files that are still being counted would be wrong
            self.foot.estimate = self.price_next(text_tokens(prompt.text) + sum(files))
        else:
            self.foot.estimate = None
        self._fit()

    # What was asked before.

    def search_history(self, prompts: Sequence["PastPrompt"]) -> None:
        """Let the person find an earlier prompt; what is written stays."""
        if self._search is None:
            from tui.app.widgets.history_search import HistorySearch

            self._search = HistorySearch()
            self.mount(self._search, after=self.foot)
        self._search.prompts = prompts
        self._search.set_rows(3 if self._most < _ROOMY else 6)

    def on_history_search_taken(self, event: "HistorySearch.Taken") -> None:
        """Write an earlier prompt again; undo brings back what was written."""
        event.stop()
        self._end_search()
        self.area.take(event.text)

    def on_history_search_closed(self, event: "HistorySearch.Closed") -> None:
        """Go on writing."""
        event.stop()
        self._end_search()

    def _end_search(self) -> None:
        search, self._search = self._search, None
        self.area.focus()
        if search is not None:
            search.remove()

    # Rows.

    def set_rows(self, least: int, most: int) -> None:
        """How many rows the composer has when it is empty, and at most."""
        self._least, self._most = least, most
        self.styles.min_height = least
        self.foot.most_rows = 1 if most < _ROOMY else 2
        self._fit()

    def _fit(self) -> None:
        """Give what stands below the text its rows: an estimate alone only where no row is added for it."""
        foot = self.foot
        shown = bool(foot.chips) or (foot.estimate is not None and (self._least > 1 or self.area.size.height > 1))
        foot.display = shown
        rows = (foot.get_content_height(None, None, foot.size.width or 80) if shown else 0) + bool(self.edited)
        self.area.styles.max_height = max(1, min(MOST_TEXT_ROWS, self._most - rows))

    def on_resize(self) -> None:
        """Show below the text what there are rows for."""
        self._fit()

    # Focus.

    @on(PromptArea.ChipsRequested)
    def _go_to_chips(self, event: PromptArea.ChipsRequested) -> None:
        event.stop()
        self.foot.focus_last()

    @on(PromptFoot.Left)
    def _go_to_text(self, event: PromptFoot.Left) -> None:
        event.stop()
        self.area.focus()
        if event.typed:
            self.area.insert_typed(event.typed)

    @on(PromptFoot.Removed)
    def _remove(self, event: PromptFoot.Removed) -> None:
        event.stop()
        read = len(self.area.attachments)
        if event.index < read:
            self.area.remove_file(event.index)
        else:
            self.post_message(self.ReadingCancelled(event.index - read))

    def on_descendant_focus(self) -> None:
        """The keys come here; a search has a sign of its own."""
        self._gutter.active = self.area.has_focus or self.foot.has_focus

    def on_descendant_blur(self) -> None:
        """The keys go elsewhere."""
        self._gutter.active = False
