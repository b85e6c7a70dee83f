"""The errors that a person reads: what happened, to what, and what to do next. Imports nothing of `tui`."""


class ChinwagError(Exception):
    """An expected failure with words for the person in front of the screen.

    Attributes:
        message: what happened and to what, one or two sentences.
        hint: what to do next, or an empty string when there is nothing to do.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def sentence(self) -> str:
        """Both in one line, for a notice or a log."""
        return f"{self.message} {self.hint}".rstrip()


class ConfigError(ChinwagError):
    """A configuration, theme, credentials or state file cannot be used; the message names file and line."""


class UsageError(ChinwagError):
    """The command line asks for something impossible, such as an unknown model (exit code 2)."""


class StoreError(ChinwagError):
    """The library on disk cannot be opened, read or written."""


class MessageGoneError(ChinwagError):
    """A message that something should be done with is not in the library any more."""

    def __init__(self) -> None:
        super().__init__("That message is not there any more.", "Another window may have deleted it.")


class AlreadySentError(ChinwagError):
    """Another window has sent a prompt that waited: it must not go twice."""


class LimitReachedError(ChinwagError):
    """As much is spent as the person has allowed: nothing more is sent, or a reply was stopped."""


class AttachmentError(ChinwagError):
    """A file, a page or a clipboard cannot be attached to a prompt; the message names it."""


class TerminalError(ChinwagError):
    """The terminal does not do what is asked of it."""


class ExportError(ChinwagError):
    """A conversation could not be written to where the person asked."""


class ExportExistsError(ExportError):
    """Something is there already that is not to be replaced unasked."""


class BackupError(ChinwagError):
    """A backup cannot be written or restored; the message names its file."""


class OutputError(ChinwagError):
    """Standard output takes nothing: it is closed, or its disk is full."""


class ForeignFileError(ChinwagError):
    """A file of another program cannot be read; the message is a part of a sentence that names it."""


class DamagedFileError(ForeignFileError):
    """It is one of ours, and broken: some of it may still be read."""
