"""How a terminal is drawn on: what is set, and what follows from the terminal where it is left to that."""

import os
import sys
from pathlib import Path

from tui.config.reading import load_settings
from tui.config.values import SettingValues
from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.streams import is_remote, knows_utf8, print_signs_in_ascii

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Look:
    """What holds for this terminal.

    Attributes:
        ascii: signs and lines are drawn in ASCII.
        still: nothing blinks or glides, and what streams is drawn less often.
        mouse: it is the app's; else the terminal's.
    """

    ascii: bool = False
    still: bool = False
    mouse: bool = True

    @classmethod
    def of(cls, values: SettingValues) -> "Look":
        """The look that the settings, the locale and the line to the terminal come to."""
        glyphs, motion = values.text("glyphs"), values.text("motion")
        return cls(
            ascii=glyphs == "ascii" or (glyphs != "unicode" and not knows_utf8(sys.stderr)),
            still=motion == "reduced" or (motion != "full" and is_remote(os.environ)),
            mouse=values.value("mouse") is not False,
        )


def print_as_set(file: Path | None) -> None:
    """Let what is printed on terminals have its signs in ASCII, where that is set, or follows from the locale.

    Args:
        file: the configuration; None for the usual one. Its mistakes are told by whoever uses it.
    """
    terminals = [stream for stream in (sys.stdout, sys.stderr) if stream.isatty()]
    if not terminals:
        return
    try:
        values = load_settings(file)
    except ConfigError:
        values = SettingValues()
    if Look.of(values).ascii:
        for stream in terminals:
            print_signs_in_ascii(stream)
