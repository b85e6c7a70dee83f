"""What is typed above the list of chats: which folder of them is listed, and what is looked for in it. Pure."""

from typing import TYPE_CHECKING

from tui.dataclass import dataclass
from tui.tags import is_tag

if TYPE_CHECKING:
    from tui.store.records import ChatFolder

_FOLDERS: "dict[str, ChatFolder]" = {"is:archived": "archived", "is:bin": "trash", "is:pinned": "pinned"}

TYPED: "dict[ChatFolder, str]" = {"chats": "", "archived": "is:archived", "trash": "is:bin"}
"""What has a folder listed, in the order in which a key goes through them."""


def next_folder(folder: "ChatFolder") -> "ChatFolder":
    """Where a key goes from one."""
    folders = list(TYPED)
    return folders[((folders.index(folder) if folder in folders else 0) + 1) % len(folders)]


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What is typed, taken apart.

    Attributes:
        folder: whose chats are listed.
        tag: what they all have; "" for any.
        words: the rest, which is looked for.
    """

    folder: "ChatFolder" = "chats"
    tag: str = ""
    words: str = ""


def read_filter(typed: str) -> ListFilter:
    """The folder and the first tag that are named, and what else is typed."""
    folder: ChatFolder = "chats"
    tag, words = "", []
    for word in typed.split():
        name = word.casefold()
        if name in _FOLDERS and folder == "chats":
            folder = _FOLDERS[name]
        elif name.startswith("tag:") and is_tag(name[4:]) and not tag:
            tag = name[4:]
        else:
            words.append(word)
    return ListFilter(folder, tag, " ".join(words))
