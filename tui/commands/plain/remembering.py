"""What a plain chat leaves for the next start of the program, this one or the app."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from tui.config import load_state, save_state
from tui.errors import ConfigError


def remember(**changes: Any) -> None:
    """Keep fields of `State`; a folder that cannot be written to costs no more than that."""
    with suppress(ConfigError):  # what a window has remembered since the start stays
        save_state(replace(load_state(), **changes))
