"""`chinwag library`: the same as `chinwag library status`."""

from tui.commands.library_status import add_arguments, run

__all__ = ["add_arguments", "run"]
