"""The very first screen: what there is to chat with, filled in as it is found, and ways to add more.

What it asks goes to the providers whose keys were found, one free call each, and to servers of this machine.
"""

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from typing_extensions import override

from tui.app.commands import BY_ID, bindings
from tui.app.dialogs.add_key import AddKey
from tui.app.dialogs.add_server import AddServer
from tui.app.dialogs.models import ModelSwitcher
from tui.app.first_run.banner import Banner
from tui.app.first_run.found_list import ADD_DEMO, ADD_KEY, ADD_SERVER, AddOption, FoundList
from tui.app.first_run.start_bar import StartBar
from tui.app.keymap.keymap import take_keys
from tui.app.styles import STYLE_CLASSES, styled
from tui.app.widgets.footer import Footer
from tui.app.widgets.line import Line
from tui.app.widgets.list import SelectList
from tui.app.widgets.notices import StandingNotice
from tui.chat.catalog.discovery import best_of
from tui.chat.catalog.info import DEMO
from tui.model_id import ModelId
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.bootstrap import Services
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.discovery import Discovery, Finding


@dataclass(frozen=True, slots=True)
class Meeting:
    """What the very first start comes to.

    Attributes:
        choose: there is something to choose from.
        model: id of the one model there is; "" when there is none but those of this machine.
        message: a toast; "" for none.
    """

    choose: bool = False
    model: str = ""
    message: str = ""


async def meet(catalog: "Catalog", discovery: "Discovery") -> Meeting:
    """Look whether there is anything to choose from; without a key or a server this takes a moment and no network."""
    asked = [*discovery.known(), *await discovery.servers()]
    if not asked:
        return Meeting()
    others = [info for info in catalog.models() if info.provider == "local" and not info.note]
    if len(asked) > 1 or others or not asked[0].on_this_machine:
        return Meeting(choose=True)
    async with aclosing(discovery.look()) as findings:
        found = [finding async for finding in findings if finding.state != "checking"]
    if len(found) == 1 and found[0].state == "found" and found[0].count == 1:
        name = clean_line(ModelId.parse(found[0].model).name, 60)
        label = clean_line(found[0].label, 40)
        return Meeting(model=found[0].model, message=f"Found {label}: chatting with {name}")
    return Meeting(choose=True)


class FirstRun(Screen[str]):
    """Found, add, start. Dismissed with the id of the model to chat with, or None for the one that is set anyway.

    Args:
        services: what the program stands on.
        chosen: a model was chosen before, and skipping keeps it; else it takes the best one that was found.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    CSS_PATH = "first_run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("first"),
        # The app's own, which wait for the chat.
        Binding(",".join((*BY_ID["app.palette"].keys, *BY_ID["app.help"].keys)), "nothing", show=False),
    ]

    def __init__(self, services: "Services", *, chosen: bool = False) -> None:
        super().__init__()
        self._chosen = chosen
        self._catalog = services.catalog
        self._discovery = services.discovery
        self._setup = services.setup
        self._findings: dict[str, Finding] = {}
        self._moved = False
        self.rows = FoundList()
        self._start_bar = StartBar()
        self._added = Line(id="added")

    @override
    def compose(self) -> ComposeResult:
        yield StandingNotice()
        with Vertical(id="page"), Vertical(id="paper"):
            yield Banner()
            yield self.rows
            yield self._added
            yield self._start_bar
        yield Footer()

    def on_mount(self) -> None:
        """Begin to look."""
        take_keys(self)
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
        async with aclosing(self._discovery.look()) as findings:
            async for finding in findings:
                self._findings[finding.provider] = finding
                self._fill()
        await self._catalog.load_prices()  # only now: it takes the processor from those who are asked
        self._show_start()

    def _fill(self) -> None:
        first = best_of(self._findings.values()) or ADD_DEMO
        self.rows.fill(list(self._findings.values()), at=None if self._moved and self.rows.key else first)
        self._show_start()

    @property
    def _finding(self) -> "Finding | None":
        """What was found on the row under the cursor; None on one that adds something."""
        item = self.rows.item
        return None if isinstance(item, AddOption) else item

    @property
    def _model(self) -> str:
        """Id of the model for which the row under the cursor stands; "" for none."""
        if self.rows.item == ADD_DEMO:
            return DEMO
        return self._finding.model if self._finding else ""

    @on(SelectList.Moved)
    def _follow_cursor(self, event: SelectList.Moved) -> None:
        event.stop()
        self._show_start()

    def _show_start(self) -> None:
        self._start_bar.show(self.rows.item, self._catalog.find(self._model) if self._model else None)
        self.refresh_bindings()

    # What can be done.

    def on_key(self) -> None:
        """From the first key on, the cursor stays where the person put it."""
        self._moved = True

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "fix":
            return any(one.state == "refused" for one in self._findings.values())
        if action == "again":
            return any(one.state == "unknown" for one in self._findings.values())
        return True

    @on(SelectList.Chosen)
    def _choose_row(self, event: SelectList.Chosen) -> None:
        event.stop()
        self.action_start()

    @on(Footer.Clicked)
    async def _run_clicked(self, event: Footer.Clicked) -> None:
        event.stop()
        await self.app.run_action(event.action, event.node)

    def action_start(self) -> None:
        """Do what the bar says."""
        finding = self._finding
        if self.rows.item == ADD_KEY:
            self.action_add_key()
        elif self.rows.item == ADD_SERVER:
            self.action_add_server()
        elif finding is not None and finding.state == "refused":
            self.action_fix()
        elif self._model:
            self.dismiss(self._model)
        elif finding is not None and finding.state == "unknown":
            self.action_again()

    def action_nothing(self) -> None:
        """Menu and help are those of a chat."""

    def action_skip(self) -> None:
        """Go to the chat, with the model that was chosen before, or the best one that has answered."""
        best = None if self._chosen else best_of(self._findings.values())
        self.dismiss(best.model if best is not None and best.state == "found" else None)

    def action_demo(self) -> None:
        """Chat with the offline guide."""
        self.dismiss(DEMO)

    def action_again(self) -> None:
        """Look once more."""
        self._look()

    # Dialogs.

    def action_fix(self) -> None:
        """Ask for another key for the provider that refused the one it was shown."""
        refused = [one.provider for one in self._findings.values() if one.state == "refused"]
        if refused:
            under_cursor = self._finding.provider if self._finding else ""
            self._add(AddKey(self._setup, under_cursor if under_cursor in refused else refused[0]))

    def action_add_key(self) -> None:
        """Ask for a key."""
        self._add(AddKey(self._setup))

    def action_add_server(self) -> None:
        """Ask for the address of a server."""
        self._add(AddServer(self._setup))

    @work(group="action", exit_on_error=False)
    async def _add(self, dialog: AddKey | AddServer) -> None:
        added = await self.app.push_screen_wait(dialog)
        if added is not None:
            message = clean_line(f"{added.message}. {added.notice}", 300)
            self._added.content = Content.assemble("\n", styled("✓ ", "good"), styled(message, "text"))
            self._moved = False
            self._look()

    def action_another(self) -> None:
        """Choose among all models."""
        self._choose_model()

    @work(group="action", exit_on_error=False)
    async def _choose_model(self) -> None:
        current = self._finding.model if self._finding else ""
        model = await self.app.push_screen_wait(ModelSwitcher(self._catalog, current, None, streaming=False))
        if model:
            self.dismiss(model)
