"""Which chats a person means by a word in a shell: "last", an id or the beginning of one, or what to search for."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date

from tui.chat.ids import shortest
from tui.chat.library import EVERY_CONVERSATION, Library
from tui.chat.search import read_query
from tui.errors import UsageError
from tui.figures import local_time
from tui.store.records import Conversation
from tui.store.search_records import SearchQuery
from tui.text import clean_line

_CANDIDATES = 10


async def _nothing() -> None:
    """There is nothing to get ready."""


async def chats_meant(
    library: Library,
    wanted: str,
    *,
    every: bool = False,
    trash: bool = False,
    get_ready: Callable[[], Awaitable[None]] = _nothing,
) -> tuple[Conversation, ...]:
    """The chats that are meant: one, or with `every` all that are found.

    Words mean the only chat whose title has them, or else the only one in which they were said.

    Args:
        library: where they are.
        wanted: "last", an id, the beginning of one, or a query as `chinwag search` takes it.
        every: take all that are found, of which there is at least one.
        trash: look in the trash, and only there.
        get_ready: is awaited before anything is searched for.

    Raises:
        UsageError: there is none; or more than one, which the message lists.
        StoreError: the library cannot be read.
    """
    limit = EVERY_CONVERSATION if every else _CANDIDATES + 1
    if wanted.strip() == "last":
        found = await library.folders.page("trash" if trash else "chats", limit=1)
        if not found:
            raise _none_at_all(trash)
    else:
        found = await library.folders.with_id(wanted, limit=limit, trash=trash)
        found = tuple(one for one in found if one.id == wanted.strip().lower()) or found
        if every and len(found) > 1:  # ids begin alike: "0" is a word to look for, and not the library
            found = ()
    if not found:
        await get_ready()
        found = await _searched(library, wanted, every=every, trash=trash, limit=limit)
    if not found:
        raise await _none_found(library, wanted, trash)
    if len(found) > 1 and not every:
        raise _more_than_one(wanted, found)
    return found


def read_words(words: str, *, trash: bool = False) -> SearchQuery:
    """Words and filters as a query.

    Raises:
        UsageError: a part of them is not understood: what would be found without it is not what was meant.
    """
    query = read_query(words, date.today())
    if query.problems:
        raise UsageError(" ".join(query.problems))
    return replace(query, trash=True) if trash else query


async def _searched(library: Library, wanted: str, *, every: bool, trash: bool, limit: int) -> tuple[Conversation, ...]:
    query = read_words(wanted, trash=trash)
    if not query:
        return ()
    hits = () if every else await library.search.titles(query, limit)
    if len(hits) > 1:  # a title that is just that goes before those that only have its words
        exact = [hit for hit in hits if hit.title.casefold() == wanted.strip().casefold()]
        hits = tuple(exact) if len(exact) == 1 else hits
    if len(hits) != 1:
        hits = await library.search.chats(query, limit)
    return kept_there(await library.folders.chats([hit.conversation_id for hit in hits]), query)


def kept_there(chats: Sequence[Conversation], query: SearchQuery) -> tuple[Conversation, ...]:
    """Those that lie where a query looks: a message in the trash does not make its chat one of the trash."""
    return tuple(chat for chat in chats if (chat.deleted_at is not None) == query.trash)


async def _none_found(library: Library, wanted: str, trash: bool) -> UsageError:
    what = clean_line(wanted, 60)
    if not trash and await library.folders.with_id(wanted, limit=1, trash=True):
        return UsageError(f'The conversation "{what}" lies in the trash.', f"Bring it back: chinwag rm --undo {what}")
    return UsageError(
        f'There is no conversation "{what}" {"in the trash" if trash else "here"}.',
        "Use its id, the beginning of its id, last, or words that stand in it; "
        f"chinwag chats{' --trash' if trash else ''} lists them.",
    )


def _none_at_all(trash: bool) -> UsageError:
    if trash:
        return UsageError("There is no conversation in the trash.")
    return UsageError("There is no conversation yet.", 'Start one: chinwag -p "hello".')


def _more_than_one(wanted: str, found: Sequence[Conversation]) -> UsageError:
    shown = found[:_CANDIDATES]
    short = shortest([one.id for one in shown])
    lines = [f"  {short[one.id]}  {local_time(one.updated_at)}  {clean_line(one.title, 80)}" for one in shown]
    more = ["  … and more"] if len(found) > len(shown) else []
    head = f'"{clean_line(wanted, 60)}" fits more than one conversation:'
    return UsageError("\n".join([head, *lines, *more]), "Give the beginning of an id, or more words.")
