"""Puts what servers ask to the person, one after the other, and shows the tools anew when a server changes."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, assert_never

from tui.errors import ChinwagError

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.host import DrawingHost
    from tui.app.chat.presenter import ChatPresenter
    from tui.app.dialogs.server_asks import ServerDialog
    from tui.bootstrap import Services
    from tui.chat.server_requests import WaitingRequest


class ServerAsks:
    """The person's side of what servers ask.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        copy: copies a text, whose second argument names it.
    """

    def __init__(
        self,
        host: "DrawingHost",
        presenter: "ChatPresenter",
        services: "Services",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        copy: Callable[[str, str], None],
    ) -> None:
        self._host = host
        self._presenter = presenter
        self._catalog = services.catalog
        self._requests = services.requests
        self._tools = services.tools
        self._ask = ask
        self._copy = copy
        self._shown: tuple[WaitingRequest, ServerDialog[Any]] | None = None
        self._asking = False
        self._ends: list[Callable[[], None]] = []

    def follow(self) -> None:
        """Answer servers from now on."""
        self._ends = [
            self._requests.listen(self._look),
            self._tools.listen(lambda server: self._host.show_view()),
        ]

    def end(self) -> None:
        """Nobody is there any more: what is asked is declined."""
        for end in self._ends:
            end()

    def _look(self) -> None:
        if self._shown is not None and self._shown[0].over and self._shown[1].is_current:
            self._shown[1].dismiss(None)  # the server does not wait any more
        if not self._asking and self._requests.waiting:
            self._asking = True
            self._host.begin(self._answer_all, "server")

    async def _answer_all(self) -> None:
        try:
            while waiting := next((one for one in self._requests.waiting if not one.over), None):
                dialog = self._dialog(waiting)
                self._shown = (waiting, dialog)
                waiting.answer(await self._ask(dialog))
        finally:
            self._asking, self._shown = False, None

    def _dialog(self, waiting: "WaitingRequest") -> "ServerDialog[Any]":
        from tui.app.dialogs.server_asks import SampleReview, VisitPage
        from tui.app.dialogs.server_form import ServerForm
        from tui.chat.server_requests import SampleGrant, SignIn
        from tui.mcp.hooks import FormRequest, SampleRequest, UrlRequest

        match waiting.request:
            case FormRequest() as form:
                return ServerForm(form)
            case UrlRequest(server, message, url):
                return VisitPage(server, message, url, self._copy)
            case SignIn(server, url):
                return VisitPage(server, "", url, self._copy, sign_in=True)
            case SampleRequest() as sample:
                model = self._presenter.model
                try:
                    name, grant = self._catalog.find(model).name, SampleGrant(model, self._presenter.id)
                except ChinwagError:
                    return SampleReview(sample, "", None, partial(self._requests.cost, sample, model))
                return SampleReview(sample, name, grant, partial(self._requests.cost, sample, model))
            case _:
                assert_never(waiting.request)
