"""The models that this machine keeps, with their sizes, and how one of them is deleted: files, and those of Ollama."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from tui.chat.catalog.listings import ANSWER_S, accepts_connections
from tui.dataclass import dataclass
from tui.errors import ChinwagError, UsageError
from tui.model_id import ModelId
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog


@dataclass(frozen=True, slots=True)
class KeptModel:
    """A model that takes room on this machine, or on that of Ollama.

    Attributes:
        size_bytes: of its files, or of the link to one that lies elsewhere.
        place: what is deleted with it, for a question: its file, or its name at Ollama's.
    """

    id: str
    size_bytes: int
    place: str


async def kept_models(catalog: "Catalog") -> list[KeptModel]:
    """All that can be deleted, the largest first; Ollama's only while it runs.

    Raises:
        ChinwagError: Ollama runs, and does not say what it has.
    """
    found = await asyncio.to_thread(_files, catalog)
    if await accepts_connections(catalog.client("ollama").root_url, ANSWER_S):
        found += await _of_ollama(catalog)
    return sorted(found, key=lambda one: (-one.size_bytes, one.id))


async def kept_model(catalog: "Catalog", model_id: str) -> KeptModel:
    """One of them, by its id.

    Raises:
        UsageError: there is no such model, it came with a package, or its provider keeps its own.
        ChinwagError: Ollama cannot be asked.
    """
    model = ModelId.parse(model_id)
    if model.provider == "local":
        return await asyncio.to_thread(_file, catalog, model.name)
    if model.provider != "ollama":
        raise UsageError(
            f"{clean_line(model.provider or model_id, 60)} keeps its own models.",
            "Only local: and ollama: can be deleted.",
        )
    held = {one.id: one for one in await _of_ollama(catalog)}
    if model_id not in held:
        raise UsageError(f"Ollama has no {clean_line(model.name, 60)}.", "See: chinwag models ollama")
    return held[model_id]


async def delete_model(catalog: "Catalog", model_id: str) -> None:
    """Delete it; a model of this machine that is loaded is let go first.

    Raises:
        ChinwagError: it is not there, it is answering, or it cannot be deleted.
    """
    model = ModelId.parse(model_id)
    if model.provider == "local":
        await catalog.embedded.delete(model.name)
        return
    from tui.agent.exceptions import ModelAPIError
    from tui.agent.providers.ollama_models import delete
    from tui.chat.catalog.bringing import as_ours

    try:
        await delete(catalog.client("ollama"), model.name)
    except ModelAPIError as error:
        raise as_ours(error) from error


def _files(catalog: "Catalog") -> list[KeptModel]:
    found = []
    for info in catalog.embedded.infos():
        try:
            found.append(_file(catalog, info.name))
        except ChinwagError:  # it came with a package, or is gone
            continue
    return found


def _file(catalog: "Catalog", name: str) -> KeptModel:
    files = catalog.embedded.files_of(name)
    return KeptModel(f"local:{name}", sum(_size(file) for file in files), str(files[0]))


def _size(file: Path) -> int:
    try:
        return file.lstat().st_size
    except OSError as error:
        raise ChinwagError(f"{file} cannot be read: {error.strerror}.") from error


async def _of_ollama(catalog: "Catalog") -> list[KeptModel]:
    from tui.agent.exceptions import ModelAPIError
    from tui.agent.providers.ollama_models import sizes
    from tui.chat.catalog.bringing import as_ours

    try:
        held = await sizes(catalog.client("ollama"))
    except ModelAPIError as error:
        raise as_ours(error) from error
    return [KeptModel(f"ollama:{name}", size, clean_line(name, 60)) for name, size in held.items()]
