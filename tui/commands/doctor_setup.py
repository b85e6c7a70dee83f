"""What `chinwag doctor` says of how Chinwag came here, what it could have besides, and where else it was made known."""

import shutil
import sys
from collections.abc import Iterator
from typing import Literal

from tui.commands.completion import SHELLS
from tui.commands.integrate import completions, launcher, state_of
from tui.errors import ConfigError
from tui.installed import command, extras, how_to_get, way
from tui.paths import shortened

_Line = tuple[Literal["good", "fact"], str, str]
"""A state, a subject and what is said of it, as a `Diagnosis` has them."""


def setup() -> Iterator[_Line]:
    """The lines of the report."""
    yield "fact", "installed", f"by {way()}; started as {' '.join(map(shortened, command()))}"
    yield from _extras()
    yield from _desktop()
    yield from _completion()


def _extras() -> Iterator[_Line]:
    lacking = dict(extras())
    here = [extra for extra, packages in lacking.items() if not packages]
    if here:
        yield "good", "extras", ", ".join(here)
    absent = [extra for extra, packages in lacking.items() if packages]
    if absent:
        yield "fact", "more extras", f"{', '.join(absent)}; {how_to_get(*absent)}"


def _desktop() -> Iterator[_Line]:
    found = launcher(sys.platform)
    if not found:
        yield "fact", "desktop", "no launcher is known for this system"
        return
    if problem := next((text for text in map(state_of, found) if text), ""):
        what = "no launcher" if problem == "not there" else f"the launcher is {problem}"
        yield "fact", "desktop", f"{what}; chinwag integrate"
    else:
        yield "good", "desktop", shortened(found[-1].path)


def _completion() -> Iterator[_Line]:
    try:
        states = dict(
            zip((shell for shell in SHELLS if shutil.which(shell)), map(state_of, completions()), strict=True)
        )
    except ConfigError as error:
        yield "fact", "completion", f"none; {error.hint}"
        return
    done = [shell for shell, state in states.items() if not state]
    if done:
        yield "good", "completion", f"in {', '.join(done)}"
    if rest := [f"{shell} ({state})" for shell, state in states.items() if state]:
        yield "fact", "completion", f"{', '.join(rest)}; chinwag integrate"
