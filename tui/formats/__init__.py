"""Conversations as text for files. To add a format, copy `json.py`, and give it a row in `FORMATS`.

A format's module has one function `write(conversation, messages, attachments) -> str`, where `messages` is the whole
tree, parents before children; a format that shows one branch picks the active one, unless it is told `branches=True`.
One that has its files beside itself takes the name of their folder too. What it writes is safe to `cat`: no control
character, no bidirectional trick, and none of the signs by which a screen shows them. `json` keeps everything,
`markdown` is for reading, with the `tool_calls` of each reply, `side_files` names what lies beside an export; `neutral`
makes text harmless. The modules load when they are first used. `readers` are the way back, from the files of other
programs, by the values of `imported`. This room knows rows, but no database, no screen and no
`tui.chat`.
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
        side_files: attached files lie beside it, in a folder; else they are in it.
        one_branch: it has the branch that is shown, unless all of them are asked for.
    """

    name: str
    label: str
    suffix: str
    module: str
    side_files: bool = False
    one_branch: bool = False

    def write(
        self,
        conversation: Conversation,
        messages: Sequence[Message],
        attachments: Sequence[Attachment] = (),
        *,
        folder: str = "",
        branches: bool = False,
    ) -> str:
        """The file's text, for UTF-8.

        Args:
            conversation: what is written.
            messages: the whole tree, parents before children.
            attachments: its files.
            folder: name of the folder beside it that gets the files, by `side_file_names`; "" if none does.
            branches: all branches, not only the one that is shown.
        """
        asked: dict[str, str | bool] = {"folder": folder} if self.side_files else {}
        if self.one_branch and branches:
            asked["branches"] = True
        written: str = import_module(self.module).write(conversation, messages, attachments, **asked)
        return written


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        format.name: format
        for format in (
            Format("md", "Markdown", ".md", "tui.formats.markdown", side_files=True, one_branch=True),
            Format("json", "JSON", ".json", "tui.formats.json"),
        )
    }
)
"""Every format by its name; the first is the one that is offered at first."""
