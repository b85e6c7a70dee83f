"""What a person sends: words and files. One value from the composer through drafts and queue to the engine.

Knows the store's rows and, when it is sent, the engine's content types; no screen.
"""

from dataclasses import field
from typing import TYPE_CHECKING

from tui.dataclass import dataclass
from tui.store.records import Attachment, UnsentPrompt
from tui.text import storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.agent.messages import UserContent


REFERENCE = "attachment"
"""The kind of an item in a stored prompt that stands for a file of the library."""


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
        import hashlib  # 3 ms, for a file that is sent

        return hashlib.sha256(self.data).hexdigest()

    def reference(self) -> dict[str, str | int]:
        """What stands in a stored prompt for the file, as JSON."""
        return {
            "kind": REFERENCE,
            "hash": self.hash,
            "name": storable(self.name),
            "media_type": self.media_type,
            "size_bytes": len(self.data),
        }


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words and files that are sent together; either may be missing, not both."""

    text: str = ""
    attachments: tuple[PromptAttachment, ...] = ()

    @classmethod
    def of_row(cls, row: UnsentPrompt) -> "Prompt":
        """One that was kept and not sent."""
        files = tuple(PromptAttachment(file.name, file.media_type, file.data) for file in row.files)
        return cls(row.text, files)

    def __bool__(self) -> bool:
        """Whether there is anything to send."""
        return bool(self.text.strip() or self.attachments)

    def joined(self, later: "Prompt") -> "Prompt":
        """This prompt with another one below it, as when one that could not be sent returns to a draft."""
        text = "\n".join(part for part in (self.text, later.text) if part)
        return Prompt(text, (*self.attachments, *later.attachments))

    def content(self) -> "str | Sequence[UserContent]":
        """What is stored of it: the words alone as a text, else references to the files in front of the words.

        The files themselves are in the library; `tui.chat.attachments.references` puts them back for a request.
        """
        from tui.agent.messages import UnknownPart

        if not self.attachments:
            return self.text
        files = [UnknownPart(file.reference()) for file in self.attachments]
        return [*files, self.text] if self.text else files

    def rows(self, message_id: str) -> tuple[Attachment, ...]:
        """The attachments as rows of the library."""
        return tuple(
            Attachment(file.hash, message_id, file.name, file.media_type, file.data) for file in self.attachments
        )
