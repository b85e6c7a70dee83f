"""Exit codes, as the shell and its scripts know them."""

from enum import IntEnum

from tui.errors import AttachmentError, ChinwagError, ConfigError, UsageError


class ExitCode(IntEnum):
    """How the program ended, where no signal ended it: 128 + n stands for signal n.

    Attributes:
        FAILED: no answer, or a failure of files.
        USAGE: wrong usage or configuration.
        CTRL_C: as after SIGINT.
        BROKEN_PIPE: as after SIGPIPE: what read the output is gone.
    """

    OK = 0
    FAILED = 1
    USAGE = 2
    CTRL_C = 130
    BROKEN_PIPE = 141


def exit_code_of(error: ChinwagError) -> int:
    """The code of a program that an error has ended."""
    return ExitCode.USAGE if isinstance(error, UsageError | ConfigError | AttachmentError) else ExitCode.FAILED
