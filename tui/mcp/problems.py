"""What goes wrong with a server, in our words: one line that names it, and what to do. Knows nothing of the SDK."""

from tui.installed import how_to_get
from tui.mcp.sizes import MOST_BYTES, MOST_VALUES
from tui.mcp.values import McpError
from tui.text import clean_line

UNREADABLE = "Failed to parse"
"""How the SDK begins what it says to whoever waits for an answer that is no JSON, or no message."""


class ServerError(McpError):
    """A server does not run any more, or does not start.

    Attributes:
        lasting: to try again would not help.
        is_slow: it has taken too long; its last words may say why.
    """

    def __init__(self, message: str, hint: str = "", *, lasting: bool = False, is_slow: bool = False) -> None:
        super().__init__(message, hint)
        self.lasting = lasting
        self.is_slow = is_slow

    def after(self, last_words: str) -> "ServerError":
        """The same, with the last words of a program."""
        message = self.message.removesuffix(".") + quoted(last_words)
        return ServerError(message, self.hint, lasting=self.lasting, is_slow=self.is_slow)


class ConnectionEndedError(Exception):
    """There will be no answer: the connection has ended. Whoever holds it knows why."""


def named(server: str) -> str:
    """A server's name as it stands in a message."""
    return clean_line(server, 40) or "A server"


def missing_package() -> ServerError:
    """The SDK is not installed."""
    return ServerError("Tool servers (MCP) need a package.", how_to_get("mcp"), lasting=True)


def ended(server: str, code: int | None, last_words: str) -> ServerError:
    """A program has ended by itself."""
    how = "" if code is None else f" (signal {-code})" if code < 0 else f" (exit code {code})"
    return ServerError(f"{named(server)} ended{how}{quoted(last_words)}", "Run it by hand to see why.")


def too_slow(server: str, stage: str, timeout_s: float) -> ServerError:
    """A stage of a start has taken too long; `stage` follows "did not"."""
    return ServerError(f"{named(server)} did not {stage} within {timeout_s:.0f} s.", is_slow=True)


def too_large(server: str) -> ServerError:
    """It would fill the memory, or hold up the screen."""
    most = f"{MOST_BYTES >> 20} MB or {MOST_VALUES:,} values"
    return ServerError(f"{named(server)} sent a message of more than {most}, and was stopped.", lasting=True)


def flood(server: str) -> ServerError:
    """More messages at once than one can read: they would fill the memory, or hold up the screen."""
    return ServerError(f"{named(server)} sent many thousands of messages at once, and was stopped.", lasting=True)


def not_mcp(server: str, line: str) -> ServerError:
    """A program that writes anything to its standard output."""
    return ServerError(
        f"{named(server)} writes to its standard output what is not MCP{quoted(line)}",
        "Is its command that of a server?",
        lasting=True,
    )


def unknown_form(server: str) -> ServerError:
    """What it answers is no MCP."""
    return ServerError(f"{named(server)} answered in a form that MCP does not know.", "Is there a newer version of it?")


def refused(server: str, message: str) -> McpError:
    """It answers a request with an error."""
    return McpError(f"{named(server)} refused{quoted(message)}")


def quoted(words: str) -> str:
    """The end of a message: what somebody else said, cleaned, or nothing."""
    line = clean_line(words, 160)
    return f": {line}" if line else "."
