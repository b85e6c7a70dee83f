"""What goes wrong between a library and its hub, as sentences: what happened, to what, and what to do."""

import re
from typing import TYPE_CHECKING

from tui.errors import ChinwagError
from tui.installed import how_to_get
from tui.text import clean_line, redact

if TYPE_CHECKING:
    import psycopg

    from tui.sync.address import SharedAddress

_NETWORK = ("08000", "08001", "08003", "08004", "08006", "57P01", "57P02", "57P03", "57P05")
_PASSWORD = 'Keep it as CHINWAG_LIBRARY_PASSWORD, or as a line library = "…" in credentials.toml.'
_BY_STATE = {
    "28P01": ("refused the password", _PASSWORD),
    "28000": ("refused the user", "Look at the user of [library] url, and at pg_hba.conf of the server."),
    "3D000": ("has no such database", "Make it there: createdb NAME"),
    "25006": ("can only be read now", "What was written waits here."),
    "42501": ("does not let this user write", "Give it rights on the schema chinwag; what was written waits here."),
    "53100": ("has a full disk", "What was written waits here."),
    "53300": ("takes no more connections", ""),
    "55P03": ("is busy with another machine", ""),
    "57014": ("took too long", ""),
}
_UNSAFE = "certificate|private key|does not support SSL|alert"
"""What libpq says of an encryption that cannot be; of one that only ended with its connection it says "SSL", too."""
_BY_WORDS = (
    (r"password authentication failed|no password supplied|fe_sendauth", "28P01"),
    (r"database .* does not exist", "3D000"),
    (r"role .* does not exist|no pg_hba\.conf entry", "28000"),
    (r"too many (clients|connections)", "53300"),
)
"""A connection that is refused has no code, only words, which may be of another language."""


class SharingError(ChinwagError):
    """A library cannot be exchanged with the others now.

    Attributes:
        lasting: it stays so until a person does something.
    """

    def __init__(self, message: str, hint: str = "", *, lasting: bool = False) -> None:
        super().__init__(message, hint)
        self.lasting = lasting


def missing_extra() -> SharingError:
    """The driver is not installed."""
    return SharingError("Sharing a library needs a package.", how_to_get("postgres"), lasting=True)


def newer_hub(version: int, known: int) -> SharingError:
    """Another machine has a newer Chinwag."""
    return SharingError(
        f"The shared library was changed by a newer Chinwag: its format is {version}, this one knows up to {known}.",
        "Update Chinwag on this machine, too; what is written waits here until then.",
        lasting=True,
    )


def translated(error: "psycopg.Error", address: "SharedAddress", password: str = "") -> SharingError:
    """What a driver's error means; no word of it holds the password."""
    words = clean_line(redact(" ".join(str(error).split()), [password] if password else []), 300)
    state = error.sqlstate or next((state for pattern, state in _BY_WORDS if re.search(pattern, words)), "")
    server = f"The shared library {address.shown}"
    if state in _BY_STATE:
        what, hint = _BY_STATE[state]
        return SharingError(f"{server} {what}.", hint, lasting=state in ("28P01", "28000", "3D000"))
    if re.search(_UNSAFE, words):
        return SharingError(f"{server} could not be reached safely: {_last(words)}.", "", lasting=True)
    if not state or state in _NETWORK:
        return SharingError(f"{server} cannot be reached: {_last(words)}.")
    return SharingError(f"{server} reported {state}: {_last(words)}.")


def _last(words: str) -> str:
    """What libpq says in the end; before that it names the address once more."""
    words = re.sub(r"\s*(Is the server running|Multiple connection attempts).*", "", words)
    return re.sub(r"^.*\b(?:failed|error|FATAL): +", "", words).rstrip(".") or "no answer"
