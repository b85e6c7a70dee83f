"""The very first screen: what there is to chat with, filled in as it is found, and ways to add more.

Dismissed with the id of the model to chat with, or None for the one that would answer anyway. What it asks goes to the
providers whose keys were found, one free call each, and to servers of this machine.
"""

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen

from tui.app.commands import BY_ID, bindings
from tui.app.screens.add_key import Added, AddKey
from tui.app.screens.add_server import AddServer
from tui.app.screens.models import ModelSwitcher
from tui.app.screens.overlay import Line
from tui.app.widgets.found_rows import FoundRows, Offer
from tui.app.widgets.ink import BLANK, INKS, Inked, fit, ink, join
from tui.app.widgets.rows import Rows
from tui.app.widgets.status import Footer
from tui.figures import tokens
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.discovery import Finding

DEMO = "demo:guide"

_LOGO = (
    ("╭─╴ ╷ ╷ ╷ ╭─╮", " ╷ ╷ ╭─╮ ╭─╴"),
    ("│   ├─┤ │ │ │", " │╷│ ├─┤ │ ╮"),
    ("╰─╴ ╵ ╵ ╵ ╵ ╵", " ╰┴╯ ╵ ╵ ╰─╯"),
)
_LOGO_CELLS = 25
_SLOGAN = "Talk to any model."
_PROMISE = "Nothing you write leaves this machine until you press send."
_CHECKS = "A key found here is checked with its own provider only."
_KINDS = ("key", "server", "local")
_OFFERS = (
    Offer("a", "API key", "kept in your keyring, or in a private file"),
    Offer("u", "OpenAI-compatible URL", "vLLM, llama.cpp, LiteLLM, a gateway at work"),
    Offer("d", "Demo model", "answers offline, so that you can try it all"),
)


@dataclass(frozen=True, slots=True)
class Meeting:
    """What the very first start comes to.

    Attributes:
        choose: there is something to choose from.
        model: id of the one model there is; "" when there is none but those of this machine.
        words: a toast; "" for none.
    """

    choose: bool = False
    model: str = ""
    words: str = ""


async def meet(catalog: "Catalog") -> Meeting:
    """Look whether there is anything to choose from; without a key or a server this takes a moment and no network."""
    discovery = catalog.discovery()
    asked = [*discovery.known(), *await discovery.servers()]
    if not asked:
        return Meeting()
    others = [info for info in catalog.models() if info.provider == "local" and not info.note]
    if len(asked) > 1 or others or not asked[0].on_this_machine:
        return Meeting(choose=True)
    async with aclosing(discovery.look()) as findings:
        found = [finding async for finding in findings if finding.state != "checking"]
    if len(found) == 1 and found[0].state == "found" and found[0].count == 1:
        name = clean_line(found[0].model.partition(":")[2], 60)
        return Meeting(model=found[0].model, words=f"Found {clean_line(found[0].label, 40)}: chatting with {name}")
    return Meeting(choose=True)


class Banner(Inked):
    """The name, and what is promised."""

    DEFAULT_CSS = "Banner { height: 3; }"

    def render(self) -> Content:
        """Draw it; the name gives way where there is no room for both."""
        wide = self.size.width >= 2 + _LOGO_CELLS + 5 + len(_PROMISE)
        words = (ink(_SLOGAN, "strong"), ink(_PROMISE, "muted"), ink(_CHECKS, "muted"))
        lines = [
            Content.assemble("  ", ink(you, "you"), ink(model, "model"), "     ", said) if wide else
            Content.assemble("  ", said)
            for (you, model), said in zip(_LOGO, words, strict=True)
        ]  # fmt: skip
        return Content("\n").join([fit(line, self.size.width) for line in lines])


class StartBar(Inked):
    """What Enter does now."""

    DEFAULT_CSS = "StartBar { height: auto; }"

    content: reactive[Content] = reactive(BLANK, layout=True)

    def render(self) -> Content:
        """Draw it."""
        return self.content


class FirstRun(Screen[str]):
    """Found, add, start."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(INKS)
    CSS_PATH = "first_run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("first"),
        # The app's own, which wait for the chat.
        Binding(",".join((*BY_ID["app.palette"].keys, *BY_ID["app.help"].keys)), "nothing", show=False),
    ]

    def __init__(self, catalog: "Catalog") -> None:
        super().__init__()
        self._catalog = catalog
        self._findings: dict[str, Finding] = {}
        self._moved = False
        self.rows = FoundRows()
        self._bar = StartBar()
        self._told = Line(id="told")

    def compose(self) -> ComposeResult:
        """Banner, rows, and what Enter does; keys below."""
        with Vertical(id="page"), Vertical(id="paper"):
            yield Banner()
            yield self.rows
            yield self._told
            yield self._bar
        yield Footer()

    def on_mount(self) -> None:
        """Begin to look."""
        self._fill()
        self.rows.focus()
        self._look()

    def on_resize(self, event: events.Resize) -> None:
        """Leave the air out where there is no room for it."""
        self.set_class(event.size.height >= 30, "-tall")
        self.set_class(event.size.height < 20, "-flat")

    # What is found.

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        async with aclosing(self._catalog.discovery().look()) as findings:
            async for finding in findings:
                self._findings[finding.provider] = finding
                self._fill()
        await self._catalog.load_prices()  # only now: it takes the processor from who waits for an answer
        self._show_start()

    def _fill(self) -> None:
        from tui.chat.catalog.discovery import best_of

        best = best_of(self._findings.values())
        first = f"found:{best.provider}" if best else "add:d"
        at = self.rows.key if self._moved and self.rows.key else first
        self.rows.styles.height = len(self._findings) + bool(self._findings) + len(_OFFERS)
        self.rows.fill(sorted(self._findings.values(), key=lambda one: _KINDS.index(one.kind)), _OFFERS, at=at)
        self._show_start()

    @property
    def _chosen(self) -> "Finding | None":
        kind, _, name = self.rows.key.partition(":")
        return self._findings.get(name) if kind == "found" else None

    @on(Rows.Moved)
    def _moved_to(self, event: Rows.Moved) -> None:
        event.stop()
        self._show_start()

    def _show_start(self) -> None:
        self._bar.content = Content.assemble(ink("↵", "key"), "  ", self._start_words())
        self.refresh_bindings()

    def _start_words(self) -> Content:
        chosen = self._chosen
        if chosen is None:
            key = self.rows.key.partition(":")[2]
            if key == "d":
                return self._chat_with(DEMO)
            return ink(next((one.label for one in _OFFERS if one.key == key), ""), "text")
        if chosen.state == "refused":
            ask = join([ink("Paste another key of", "text"), ink(clean_line(chosen.label, 40), "strong")])
            return join([ask, ink(clean_line(chosen.words), "muted")], 3)
        if not chosen.model:
            return ink("Asking…" if chosen.state == "checking" else "Ask again", "muted")
        words = self._chat_with(chosen.model)
        if chosen.state == "unknown":
            words = join([words, ink("unchecked", "care"), ink(clean_line(chosen.words), "muted")], 3)
        return words

    def _chat_with(self, model: str) -> Content:
        info = self._catalog.find(model)
        about = [clean_line(info.provider_label, 30)]
        if info.window:
            about.append(f"{tokens(info.window)} window")
        if info.free:
            about.append("free")
        elif info.input_price is not None and info.output_price is not None:
            about.append(f"${info.input_price.normalize():f} in, ${info.output_price.normalize():f} out per million")
        name = ink(clean_line(info.name, 60), "model-name")
        return join([join([ink("Chat with", "text"), name]), ink(" · ".join(about), "muted")], 3)

    # What can be done.

    def on_key(self) -> None:
        """From the first key on, the cursor stays where the person put it."""
        self._moved = True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which commands act on this row."""
        if action == "fix":
            return any(one.state == "refused" for one in self._findings.values())
        if action == "again":
            return any(one.state == "unknown" for one in self._findings.values())
        return True

    @on(Rows.Chosen)
    async def _clicked(self, event: Rows.Chosen) -> None:
        event.stop()
        self.action_start()

    @on(Footer.Clicked)
    async def _do(self, event: Footer.Clicked) -> None:
        event.stop()
        await self.app.run_action(event.action, event.node)

    def action_start(self) -> None:
        """Do what the bar says."""
        chosen = self._chosen
        if chosen is None:
            getattr(self, {"a": "action_add_key", "u": "action_add_server"}.get(self.rows.key[4:], "action_demo"))()
        elif chosen.state == "refused":
            self.action_fix()
        elif chosen.model:
            self.dismiss(chosen.model)
        elif chosen.state == "unknown":
            self.action_again()

    def action_nothing(self) -> None:
        """Menu and help are those of a chat."""

    def action_skip(self) -> None:
        """To the chat, with the model that would answer anyway."""
        self.dismiss(None)

    def action_demo(self) -> None:
        """Chat with the offline guide."""
        self.dismiss(DEMO)

    def action_again(self) -> None:
        """Look once more."""
        self._look()

    def action_fix(self) -> None:
        """Another key for the provider that refused the one it was shown."""
        refused = [one.provider for one in self._findings.values() if one.state == "refused"]
        chosen = self._chosen
        wanted = chosen.provider if chosen is not None and chosen.provider in refused else next(iter(refused), "")
        if wanted:
            self._add(AddKey(self._catalog.access(), wanted))

    def action_add_key(self) -> None:
        """Paste a key."""
        self._add(AddKey(self._catalog.access()))

    def action_add_server(self) -> None:
        """Name a server."""
        self._add(AddServer(self._catalog.access()))

    @work(group="errand", exit_on_error=False)
    async def _add(self, screen: "AddKey | AddServer") -> None:
        added: Added | None = await self.app.push_screen_wait(screen)
        if added is not None:
            told = Content.assemble(ink("✓ ", "good"), ink(clean_line(f"{added.words}. {added.notice}", 300), "text"))
            self._told.content = Content.assemble("\n", told)
            self._moved = False
            self._look()

    def action_another(self) -> None:
        """Choose among all models."""
        self._choose()

    @work(group="errand", exit_on_error=False)
    async def _choose(self) -> None:
        current = self._chosen.model if self._chosen else ""
        model = await self.app.push_screen_wait(ModelSwitcher(self._catalog, current, None, streaming=False))
        if model:
            self.dismiss(model)
