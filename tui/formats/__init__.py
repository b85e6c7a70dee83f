"""Conversations as text for files. To add a format, copy `json.py`, and give it a row in `FORMATS`.

A format's module has one function `write(conversation, messages, attachments) -> str`, where `messages` is the whole
tree, parents before children; a format that shows one branch picks the active one, unless it is told `branches=True`.
One that has its files beside itself takes the name of their folder too. What it writes is safe to `cat`: no control
character, no bidirectional trick, and none of the signs by which a screen shows them.

`json` keeps everything; `markdown`, `html` (its Markdown by `html_text`) and `plain_text` are for reading, and say the
same by `document`; `messages` and `jsonl` are for programs that talk to models, and read what the engine had by
`payloads`; `csv` is what was used. `left_out` says what a file lacks, `side_files` names what lies beside it, `tar` is
the archive of a backup, `tool_calls` are those of a reply, `neutral` makes Markdown harmless, `markdown_lines` lays it
out as text, and `wrapping` breaks lines; `terminal_text` is the plain text with colours, for a terminal and no file.
The modules load when they are first used. `readers` are the way back, from the files of other programs, by the values
of `imported`. This room knows rows, but no database, no screen and no `tui.chat`.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from tui.dataclass import dataclass
from tui.errors import UsageError
from tui.files import is_folder
from tui.pattern import pattern
from tui.store.records import Attachment, Conversation, Message

Kept = Literal["words", "thinking", "tools", "files", "figures", "settings", "tags"]
"""What a format may have: what was said, thoughts, calls of tools, all files, tokens and prices, settings, and tags."""

KEPT: tuple[Kept, ...] = get_args(Kept)


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a conversation to a file.

    Attributes:
        name: as after `chinwag export -f`.
        label: as in the app, such as "Markdown".
        suffix: of a file's name, such as ".md"; no two formats have the same.
        module: where its `write` is.
        side_files: attached files lie beside it, in a folder; else they are in it.
        one_branch: it has the branch that is shown, unless all of them are asked for.
        branches: all of them can be asked for, where it has one.
        joined: many conversations can stand in one file, one behind the other; its head, if any, is its first line.
        keeps: what of a conversation is in it.
        preview_from: behind what of its text the conversation itself begins, such as a tag; "" for the first line.
    """

    name: str
    label: str
    suffix: str
    module: str
    side_files: bool = False
    one_branch: bool = False
    branches: bool = False
    joined: bool = False
    keeps: frozenset[Kept] = frozenset()
    preview_from: str = ""

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
        if self.branches and branches:
            asked["branches"] = True
        written: str = import_module(self.module).write(conversation, messages, attachments, **asked)
        return written

    def held(self, files: Sequence[Attachment], messages: Sequence[Message]) -> frozenset[str]:
        """The hashes of the files whose content the text itself has, of those of the messages that are written."""
        if "files" in self.keeps:
            return frozenset() if self.side_files else frozenset(file.hash for file in files)
        held: frozenset[str] = getattr(import_module(self.module), "held", _none_held)(files, messages)
        return held

    @property
    def head(self) -> str:
        """The first line of a file, where it is the same in all of them; else ""."""
        head: str = getattr(import_module(self.module), "HEAD", "")
        return head


def _none_held(files: Sequence[Attachment], messages: Sequence[Message]) -> frozenset[str]:
    return frozenset()


def _kept(*parts: Kept) -> frozenset[Kept]:
    return frozenset(parts)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        format.name: format
        for format in (
            Format(
                "md", "Markdown", ".md", "tui.formats.markdown", side_files=True, one_branch=True, branches=True,
                keeps=_kept("words", "thinking", "tools", "files", "figures", "tags"), preview_from="\n---\n\n",
            ),
            Format(
                "text", "Text", ".txt", "tui.formats.plain_text", one_branch=True, branches=True,
                keeps=_kept("words", "figures"),
            ),
            Format(
                "html", "HTML", ".html", "tui.formats.html", one_branch=True, branches=True,
                keeps=_kept("words", "thinking", "tools", "figures"), preview_from="</header>\n",
            ),
            Format(
                "json", "JSON", ".json", "tui.formats.json",
                keeps=_kept(*KEPT),
            ),
            Format(
                "messages", "Messages", ".messages.json", "tui.formats.messages", one_branch=True,
                keeps=_kept("words", "tools", "files", "figures"),
            ),
            Format(
                "jsonl", "JSONL", ".jsonl", "tui.formats.jsonl", one_branch=True, joined=True,
                keeps=_kept("words", "tools"),
            ),
            Format("csv", "CSV", ".csv", "tui.formats.csv", joined=True, keeps=_kept("figures")),
        )
    }
)  # fmt: skip
"""Every format by its name; the first is the one that is offered at first."""


_ENDING = pattern(r".+\.[A-Za-z][A-Za-z0-9]{0,9}")
"""The name of a file of some kind: neither "v1.2 notes" nor "meeting.2026-11-30"."""
_OTHER_FILES = pattern(
    r"(?i).*\.(pdf|docx?|odt|rtf|epub|xlsx?|ods|pptx?|xml|ya?ml|toml|zip|tar|gz|tgz|7z|db|sqlite|png|jpe?g)"
)
"""Files of which nobody means a folder."""


def suffix_of(name: str, suffixes: Iterable[str]) -> str:
    """The suffix that a file's name has, of several the longest; "" where it has none of any kind.

    Raises:
        UsageError: it has one, but of another kind, or is the name of such a kind alone, such as "pdf".
    """
    offered = tuple(suffixes)
    found = max((one for one in offered if name.lower().endswith(one)), key=len, default="")
    if not found and (_ENDING.fullmatch(name) or _OTHER_FILES.fullmatch(f".{name}")):
        ending = name[name.rfind(".") + 1 :]
        raise UsageError(f"There is no format for .{ending} files.", f"A name can end in {', '.join(offered)}.")
    return found


def named_by(name: str) -> Format | None:
    """The format that a file's name asks for by its suffix; None where it has none.

    Raises:
        UsageError: it ends in what is none of ours.
    """
    suffix = suffix_of(name, (format.suffix for format in FORMATS.values()))
    return next((format for format in FORMATS.values() if format.suffix == suffix), None)


def asked_by(place: Path | None, *, several: bool = False) -> Format:
    """The format for a place: by the name of a file, else the first, which goes into folders, too.

    Args:
        place: None for none that was named.
        several: of several chats, for which "my.chats" is a new folder, but no "chats.zip".

    Raises:
        UsageError: the name ends in what is none of ours.
    """
    first = next(iter(FORMATS.values()))
    if place is None or is_folder(place):
        return first
    if several and not (has_suffix(place.name) or _OTHER_FILES.fullmatch(place.name)):
        return first
    return named_by(place.name) or first


def has_suffix(name: str) -> bool:
    """Whether a name ends as one of our files does."""
    return name.lower().endswith(tuple(format.suffix for format in FORMATS.values()))
