"""Conversations as text for files. To add a format, copy `json.py`, and give it a row in `FORMATS`.

A format's module has one function `write(conversation, messages, attachments) -> str`, where `messages` is the whole
tree, parents before children; a format that shows one branch picks the active one. What it writes is safe to `cat`: no
control character, no bidirectional trick, and none of the signs by which a screen shows them. `json` keeps everything,
`markdown` is for reading; `neutral` makes text harmless. The modules load when they are first used. This room knows
rows, but no database, no screen and no `tui.chat`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

from tui.store.records import Attachment, Conversation, Message


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a conversation to a file.

    Attributes:
        name: as after `chinwag export -f`.
        label: as in the app, such as "Markdown".
        suffix: of a file's name, such as ".md".
        module: where its `write` is.
    """

    name: str
    label: str
    suffix: str
    module: str

    def write(
        self, conversation: Conversation, messages: Sequence[Message], attachments: Sequence[Attachment] = ()
    ) -> str:
        """The file's text, for UTF-8; `messages` is the whole tree, parents before children."""
        written: str = import_module(self.module).write(conversation, messages, attachments)
        return written


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        format.name: format
        for format in (
            Format("md", "Markdown", ".md", "tui.formats.markdown"),
            Format("json", "JSON", ".json", "tui.formats.json"),
        )
    }
)
"""Every format by its name; the first is the one that is offered at first."""
