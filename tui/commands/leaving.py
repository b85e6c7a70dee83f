"""What the library could not take, when the program ends: where it is now, or the words themselves."""

from typing import TYPE_CHECKING

from tui.paths import state_dir
from tui.streams import print_note

if TYPE_CHECKING:
    from tui.chat.library import Library


async def keep_unsaved(library: "Library") -> None:
    """Save it once more, or write it to the state folder, or print it; once the terminal is as it was."""
    if library.all_saved:
        return
    from tui.chat.unsaved import rescue, unsaved_text

    rescued = await rescue(library, state_dir())
    for file in rescued.files:
        print_note(f"What could not be saved in the library is in {file}")
    if rescued.left:
        print_note("What follows could be saved nowhere; copy it from here.")
        print_note(unsaved_text(rescued.left), prefix="")
