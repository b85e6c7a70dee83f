"""The values that Tab completes: chats, tags, models, prompts and servers, each with a few words about it.

Asked for at each press of the key, so it reads what is at hand, and asks no provider.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from tui.figures import counted
from tui.text import clean_line

_Values = list[tuple[str, str]]

_CHATS = 50
_LONGEST = 60


async def values(kind: str, config: Path | None) -> _Values:
    """Pairs of a value and what it is, in one line each; `kind` is one of `VALUES`."""
    return [(clean_line(value), clean_line(about, _LONGEST)) for value, about in await VALUES[kind](config)]


async def _chats(_: Path | None) -> _Values:
    from tui.bootstrap import open_library
    from tui.chat.ids import shortest

    async with open_library() as (library, _notice):
        found = await library.conversations(limit=_CHATS)
    short = shortest([chat.id for chat in found])
    return [("last", "the newest"), *((short[chat.id], chat.title or "(no title)") for chat in found)]


async def _tags(_: Path | None) -> _Values:
    from tui.bootstrap import open_library

    async with open_library() as (library, _notice):
        return [(tag, counted(count, "chat")) for tag, count in (await library.folders.tags()).items()]


async def _models(config: Path | None) -> _Values:
    from tui.bootstrap import open_catalog
    from tui.config import load_config

    async with open_catalog(load_config(config)) as catalog:
        named = [(name, model) for name, model in catalog.aliases.items()]
        return [*named, *((info.id, info.provider_label) for info in catalog.models())]


async def _prompts(_: Path | None) -> _Values:
    from tui.chat.prompt_library.folders import PromptLibrary

    listing = await PromptLibrary().read()
    return [(template.name, template.description or template.text) for template in listing.templates]


async def _servers(config: Path | None) -> _Values:
    from tui.config import load_config

    return [(server.name, "") for server in load_config(config).servers]


VALUES: dict[str, Callable[[Path | None], Awaitable[_Values]]] = {
    "chats": _chats,
    "models": _models,
    "prompts": _prompts,
    "servers": _servers,
    "tags": _tags,
}
"""By kind, which is the metavar of the arguments that take one, in small letters and with an "s"."""
