"""What a server asks of the person: a page to visit, or an answer of a model. Only the named keys agree to anything.

All words of a server are cleaned here, and stand below its name.
"""

from collections.abc import Awaitable, Callable
from typing import ClassVar
from urllib.parse import urlsplit

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ScreenResultType
from typing_extensions import override

from tui.app.dialogs.cautious import CautiousDialog
from tui.app.styles import join, styled
from tui.app.transcript.links import link_warnings
from tui.app.widgets.line import Line
from tui.chat.server_requests import SampleCost, SampleGrant, sample_text
from tui.errors import ChinwagError
from tui.figures import UNKNOWN, money, tokens
from tui.mcp.hooks import ElicitAnswer, SampleRequest
from tui.text import clean, clean_line


class ServerWords(Line, can_focus=True):
    """Whose words follow. It has the focus at first: what is typed just then goes into no field."""


class ServerDialog(CautiousDialog[ScreenResultType]):
    """A dialog that a server has caused: it opens while somebody may be typing."""

    DEFAULT_CSS = """
    ServerDialog {
        & #box { width: 92; }
        & #body { max-height: 80vh; overflow-y: auto; }
        & VerticalScroll { height: auto; max-height: 16; background: transparent; }
        & .gap { margin-top: 1; }
        & #status { display: none; }
    }
    """
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self.status = Line(id="status")

    def tell(self, problem: str) -> None:
        """Say what is wrong with the answer."""
        self.status.content = styled(f"! {problem}", "care")
        self.status.display = bool(problem)


def address_content(url: str) -> Content:
    """An address in full, its host marked."""
    shown = clean_line(url, len(url) + 1)
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    place = shown.casefold().find(host, shown.find("//") + 2) if host else -1
    if place < 0:
        return styled(shown, "text")
    end = place + len(host)
    return Content.assemble(
        styled(shown[:place], "muted"), styled(shown[place:end], "strong"), styled(shown[end:], "muted")
    )


def problem_with_address(url: str) -> str:
    """Why an address is not opened; "" where it may be."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "This is no address."
    return "" if parts.scheme.casefold() in ("http", "https") and parts.hostname else "Only web addresses are opened."


class VisitPage(ServerDialog[ElicitAnswer]):
    """A page that a server wants to be visited. Dismissed with what the person did; None when they went away.

    Args:
        server: whose wish it is; raw, as all words here.
        message: why.
        url: the address, shown in full.
        copy: copies a text, whose second argument names it.
        sign_in: it is the server's own sign-in.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "agree", show=False),
        Binding("d", "decline", show=False),
        Binding("y", "copy", show=False),
    ]

    def __init__(
        self, server: str, message: str, url: str, copy: Callable[[str, str], None], *, sign_in: bool = False
    ) -> None:
        super().__init__()
        name = self._name = clean_line(server, 40)
        self.title = f"Sign in to {name}" if sign_in else f"{name} wants you to visit a page"
        self._message, self._url, self._copy = message, url, copy
        self._problem = problem_with_address(url)
        opening = () if self._problem else (("o", "open in the browser"),)
        self.show_keys((*opening, ("y", "copy"), ("d", "decline")), "not now")

    @override
    def compose_body(self) -> ComposeResult:
        yield ServerWords(styled(f"{self._name} {'says' if self._message.strip() else 'sends you here'}:", "muted"))
        if self._message.strip():
            yield Line(styled(clean(self._message).strip(), "text"))
        yield Line(address_content(self._url), classes="gap")
        warnings = [*([self._problem] if self._problem else ()), *link_warnings(self._url)]
        if warnings:
            yield Line(styled("\n".join(f"! {clean_line(text, 300)}" for text in warnings), "care"), classes="gap")
        yield self.status

    @override
    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(ServerWords).focus()

    def action_agree(self) -> None:
        """Open the page, and tell the server so."""
        if not self._problem:
            self.app.open_url(self._url)
            self.dismiss(ElicitAnswer("accept"))

    def action_decline(self) -> None:
        """Say no."""
        self.dismiss(ElicitAnswer("decline"))

    def action_copy(self) -> None:
        """Copy the address, to open it elsewhere."""
        self._copy(self._url, "address")


class SampleReview(ServerDialog[SampleGrant]):
    """A server wants an answer of a model, at the person's cost: the whole request. Dismissed with a grant, or None.

    Args:
        model: name of the model that would answer.
        grant: what is given when the person agrees; None where no model can.
        cost: finds out what it would take; may raise ChinwagError.
    """

    DEFAULT_CSS = """
    SampleReview {
        & #box { height: 80%; }
        & #body { height: 1fr; }
        & VerticalScroll { height: 1fr; max-height: 100%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "agree", show=False),
        Binding("d", "close", show=False),
    ]
    KEYS = (("a", "allow once"), ("d", "deny"), ("↑↓", "read"))

    def __init__(
        self,
        request: SampleRequest,
        model: str,
        grant: SampleGrant | None,
        cost: Callable[[], Awaitable[SampleCost]],
    ) -> None:
        super().__init__()
        self.title = f"{clean_line(request.server, 40)} asks a model"
        self._request, self._model, self._grant, self._cost = request, model, grant, cost
        self._facts = Line()

    @override
    def compose_body(self) -> ComposeResult:
        request = self._request
        yield self._facts
        yield self.status
        with VerticalScroll(classes="gap"):
            if request.system.strip():
                yield Line(styled("As standing instructions:", "muted"))
                yield Line(styled(clean(request.system), "text"))
                yield Line(styled("\nIt is to answer:", "muted"))
            yield Line(styled(clean(sample_text(request)), "text"))

    @override
    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(VerticalScroll).focus()
        self._show_facts(None)
        self._find_cost()

    def _show_facts(self, cost: SampleCost | None) -> None:
        who = join([styled("answered by", "muted"), styled(clean_line(self._model or "nobody", 60), "model-name")])
        if cost is None:
            figures = styled(f"costs {UNKNOWN}", "muted")
        else:
            size = f"{tokens(cost.input, estimated=True)} tokens in, at most {tokens(cost.output)} out"
            price = "free" if cost.price == 0 else f"at most {money(cost.price, estimated=cost.price is not None)}"
            figures = join([styled(size, "muted"), styled(price, "strong")], 2)
        self._facts.content = Content("\n").join([who, figures])

    @work(group="cost", exit_on_error=False)
    async def _find_cost(self) -> None:
        try:
            self._show_facts(await self._cost())
        except ChinwagError as error:
            self.tell(clean_line(error.sentence, 200))

    def action_agree(self) -> None:
        """Let the model answer, this once."""
        if self._grant is not None:
            self.dismiss(self._grant)
        else:
            self.tell("No model can answer: choose one with /model.")
