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

    def tell_tab(self, data: Mapping[str, str]) -> None:
        """Tell a browser's tab to do something; a terminal has none."""
