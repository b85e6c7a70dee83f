"""What an action came to, as a value: the actions return it, the screen shows it."""

from typing import TYPE_CHECKING

from tui.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui.app.chat.changes import Change
    from tui.chat.prompt import Prompt
    from tui.store.records import Conversation


@dataclass(frozen=True, slots=True)
class Edited:
    """A prompt that is written anew, to stand beside the old one.

    Attributes:
        id: of the old one.
        words: how it begins, cleaned.
    """

    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action came to, for the screen to show.

    Attributes:
        conversation: as it is stored now; None when it was not changed.
        list_changed: the list of chats is to be read again.
        deleted: ids of chats that are gone.
        for_good: they cannot come back.
        gone: ids of more that are gone, and cannot come back.
        changes: of the messages that are shown; () draws only what stands around them, None nothing.
        answer_again: the last prompt is to be answered again.
        used_model: id of the model that was chosen, for the next new chat; "" for none.
        once: id of the model that answers the next turn alone; "" for none.
        compared: ids of models that are to be asked the same, side by side; () for none.
        models_added: a key or a server was added, whose models nobody has seen yet.
        done: what was done, in the past tense, for a toast; "" for nothing to say.
        undo: a key of the list undoes it, which the toast says, and stays longer for.
        notice: what must be known beyond that, until it was read.
        problem: why nothing came of it, which is of no interest any more once something else is done.
        link: a link that may be opened now.
        download: a file that the browser is to fetch which shows the app.
        upload: that browser is to ask for files, which come as pasted paths.
        open_chat: id of a chat that is to be shown; "" for none.
        message: id of the message that is to be in view there; "" for the end.
        prompt: what is to stand where one writes; None to leave that.
        prompt_for: id of the chat that it is for.
        replaces: what stood there when it was asked for.
        edited: it is an edit of this prompt; what stood there comes back behind it.
    """

    conversation: "Conversation | None" = None
    list_changed: bool = False
    deleted: tuple[str, ...] = ()
    for_good: bool = False
    gone: tuple[str, ...] = ()
    changes: "Sequence[Change] | None" = None
    answer_again: bool = False
    used_model: str = ""
    once: str = ""
    compared: tuple[str, ...] = ()
    models_added: bool = False
    done: str = ""
    undo: bool = False
    notice: str = ""
    problem: str = ""
    link: str = ""
    download: "Path | None" = None
    upload: bool = False
    open_chat: str = ""
    message: str = ""
    prompt: "Prompt | None" = None
    prompt_for: str = ""
    replaces: "Prompt | None" = None
    edited: Edited | None = None


NOTHING = Outcome()
