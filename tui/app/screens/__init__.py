"""One file per screen, with its layout in the sheet of the same name: it composes, listens, and calls `tui.chat`."""
