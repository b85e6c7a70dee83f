"""What the app asks of its driver beside what Textual does, whether a terminal or a browser shows it."""

from collections.abc import Mapping

from textual.driver import Driver


class OutputDriver(Driver):
    """A driver that never lets the app wait for what shows it."""

    @property
    def behind(self) -> bool:
        """Whether what was written long before was not taken yet; another frame would only pile up."""
        raise NotImplementedError

    def show_title(self, sequence: str) -> None:
        """Have the window called by what the sequence says, as long as it is the app's."""
        raise NotImplementedError

    def restore(self) -> None:
        """Take back the modes, with at most a moment's wait."""
        raise NotImplementedError

    def follow_background(self, follow: bool) -> None:
        """Ask whether it is dark or light, now and whenever that changes; or no more.

        The answer is a `BackgroundReported`; there may never be one, and one may come unasked.
        """

    def take_mouse(self, take: bool) -> None:
        """Have the mouse reported to the app, or leave it to what shows it, which selects with it."""

    def tell_tab(self, data: Mapping[str, str]) -> None:
        """Tell a browser's tab to do something; a terminal has none."""
