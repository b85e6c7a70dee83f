"""`chinwag mcp`: the same as `chinwag mcp list`."""

from tui.commands.mcp_list import add_arguments, run

__all__ = ["add_arguments", "run"]
