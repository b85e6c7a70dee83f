"""Models on their way, as the chat shows them: how far they are in the header, and a line at the end of each."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app.chat.host import Host
    from tui.app.chat.layout import ChatLayout
    from tui.chat.catalog.pulls import Pulls, PullState


class PullStatus:
    """Follows the pulls of the program for one chat screen."""

    def __init__(self, host: "Host", layout: "ChatLayout", pulls: "Pulls") -> None:
        self._host = host
        self._layout = layout
        self._pulls = pulls

    def follow(self) -> None:
        """From now on, draw in the header how far pulls are, and say how they end."""
        self._pulls.listen(self._show)

    def _show(self, state: "PullState") -> None:
        self._layout.header.pulling = self._words()
        if state.state == "done":
            self._host.show_notice("", f"pull of {state.source}")
            self._host.toast("✓", f"{state.model_id} is here; pick it among the models")
        elif state.state == "failed":
            self._host.show_notice(f"{state.source} was not pulled. {state.problem}", f"pull of {state.source}")

    def _words(self) -> str:
        running = [one for one in self._pulls.states() if one.state == "running"]
        if not running:
            return ""
        parts = [one.progress for one in running]
        sizes = [part.size_bytes if part is not None else None for part in parts]
        done, size = sum(part.done_bytes for part in parts if part is not None), sum(one or 0 for one in sizes)
        count = f" {len(running)} models" if len(running) > 1 else ""
        share = f" {min(done * 100 // size, 100)} %" if size and None not in sizes else "…"
        return f"pulling{count}{share}"
