"""The dialog of pulled models, and what a choice in it comes to."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.app.chat.outcome import NOTHING, Outcome
from tui.errors import ChinwagError
from tui.figures import size
from tui.paths import shortened

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.bootstrap import Services


class PullActions:
    """What can be done with models of this machine.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        use_model: lets a model answer from now on.
    """

    def __init__(
        self,
        services: "Services",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        use_model: Callable[[str], Awaitable[Outcome]],
    ) -> None:
        self._catalog = services.catalog
        self._pulls = services.pulls
        self._ask = ask
        self._use_model = use_model

    async def open(self, query: str = "") -> Outcome:
        """Show them until one is chosen or the person has seen enough; one that is to go is asked about in between."""
        from tui.app.dialogs.pull_model import PullModel
        from tui.chat.catalog.kept import kept_models

        deleted = ""
        while True:
            dialog = PullModel(self._pulls, partial(kept_models, self._catalog), query)
            chosen = await self._ask(dialog)
            if chosen is None:
                return Outcome(done=deleted) if deleted else NOTHING
            if not dialog.deletes:
                return replace(await self._use_model(chosen), done=deleted)
            try:
                deleted = await self._delete(chosen) or deleted
            except ChinwagError as error:
                return Outcome(problem=error.sentence)
            query = ""

    async def _delete(self, model_id: str) -> str:
        """Delete a model, after asking; what was done, in words."""
        from tui.app.dialogs.confirm import Confirm
        from tui.chat.catalog.kept import delete_model, kept_model

        kept = await kept_model(self._catalog, model_id)
        file = f" It is {shortened(Path(kept.place))}." if model_id.startswith("local:") else ""
        question = f"Delete {model_id} ({size(kept.size_bytes)})?{file}"
        if not await self._ask(Confirm("Delete model", question, "delete")):
            return ""
        await delete_model(self._catalog, model_id)
        return f"{model_id} deleted"
