"""What a person sends: words and files. One value from the composer through drafts and queue to the engine.

Knows the store's rows and, when it is sent, the engine's content types; no screen.
"""

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.store.records import Attachment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.agent.messages import UserContent


@dataclass(frozen=True, slots=True)
class PromptAttachment:
    """A file as it was when it was attached.

    Attributes:
        name: as the person knows it; raw. That of a folder ends with a slash.
        media_type: such as "image/png".
        data: an image, a recording or a PDF as it was; a text in UTF-8.
        note: what is to be said of it beside its name, such as which files of a folder are left out; raw, and not kept.
    """

    name: str
    media_type: str
    data: bytes
    note: str = field(default="", compare=False)

    @property
    def hash(self) -> str:
        """Hex SHA-256 of the content, under which the library keeps it once."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words and files that are sent together; either may be missing, not both."""

    text: str = ""
    attachments: tuple[PromptAttachment, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to send."""
        return bool(self.text.strip() or self.attachments)

    def joined(self, later: "Prompt") -> "Prompt":
        """This prompt with another one below it, as when one that could not be sent returns to a draft."""
        text = "\n".join(part for part in (self.text, later.text) if part)
        return Prompt(text, (*self.attachments, *later.attachments))

    def content(self) -> "str | Sequence[UserContent]":
        """What the engine sends: the words alone as a text, else files in front of the words."""
        from tui.agent.messages import BinaryContent

        if not self.attachments:
            return self.text
        files = [BinaryContent(file.data, file.media_type) for file in self.attachments]
        return [*files, self.text] if self.text else files

    def rows(self, message_id: str) -> tuple[Attachment, ...]:
        """The attachments as rows of the library."""
        return tuple(
            Attachment(file.hash, message_id, file.name, file.media_type, file.data) for file in self.attachments
        )
