"""The commands that print or write and end: chats, models, keys, export. Each gets what it needs, prints plain text.

Everything from outside is cleaned before it is printed. Must not know Textual, nor how things are put together.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tui.errors import ExportError, UsageError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog, ModelInfo
    from tui.chat.library import Library
    from tui.config import Config
    from tui.formats import Format
    from tui.store.records import Conversation

_STDOUT = Path("-")

_ID_SHOWN = 13
"""Letters of an id that tell conversations apart: the time of their beginning in milliseconds, by uuid7."""


def table(rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()) -> str:
    """Rows as lines with aligned columns, two spaces between them; `right` names the columns that are flush right."""
    lines = [[clean_line(cell, 120) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    flush_right = set(right)
    shown = []
    for line in lines:
        cells = [
            cell.rjust(width) if number in flush_right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        shown.append("  ".join(cells).rstrip())
    return "".join(f"{line}\n" for line in shown)


async def chats(library: "Library", most: int) -> int:
    """Print the newest conversations."""
    found = await library.conversations(limit=max(1, most))
    if not found:
        sys.stderr.write('There is no conversation yet. Start one: chinwag -p "hello".\n')
        return 0
    short = {conversation.id[:_ID_SHOWN] for conversation in found}
    length = _ID_SHOWN if len(short) == len(found) else None
    rows = [
        (chat.id[:length], _local_time(chat.updated_at), chat.model.partition(":")[2], chat.title or "(no title)")
        for chat in found
    ]
    sys.stdout.write(table(rows))
    return 0


def _local_time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


async def models(catalog: "Catalog", words: Sequence[str]) -> int:
    """Ask the providers what they offer, and print the models whose id or label holds all of `words`."""
    offered = await catalog.refresh()
    for problem in catalog.problems.values():
        sys.stderr.write(f"chinwag: {clean_line(problem)}\n")
    found = [
        info for info in offered if all(word.lower() in f"{info.id} {info.provider_label}".lower() for word in words)
    ]
    if not found:
        raise UsageError(f'No model matches "{" ".join(words)}".', "See all of them: chinwag models")
    heads = ("MODEL", "WINDOW", "IN $/M", "OUT $/M", "NOTE")
    sys.stdout.write(table([heads, *(_model_row(info) for info in found)], right=(1, 2, 3)))
    return 0


def add_model(catalog: "Catalog", file: Path, name: str) -> int:
    """Make a GGUF file a model of this machine, and say what was done."""
    from tui.paths import data_dir

    info = catalog.add_local(file, name)
    sys.stdout.write(f"{info.id}\n")
    lines = [
        f"A link in {data_dir() / 'models'} leads to the file, which stays where it is; delete the link to undo this.",
        f"Ask it: chinwag -m {info.id}",
    ]
    if info.note:
        lines.append("Running it needs llama.cpp: pip install 'chinwag[local]'")
    sys.stderr.write("".join(f"{clean_line(line, 400)}\n" for line in lines))
    return 0


def _model_row(info: "ModelInfo") -> tuple[str, str, str, str, str]:
    window = "—" if info.window is None else f"{info.window // 1000}k" if info.window >= 1000 else str(info.window)
    prices = ("free", "free") if info.free else (_price(info.input_price), _price(info.output_price))
    return (info.id, window, *prices, info.note)


def _price(dollars: Decimal | None) -> str:
    if dollars is None:
        return "—"
    return f"{dollars:f}" if 0 < dollars < Decimal("0.01") else f"{dollars:.2f}"


async def keys(config: "Config", credentials: Path) -> int:
    """Print for every provider whether there is a key, and where it comes from; commands are not asked."""
    from tui.chat.catalog.providers import configured_providers
    from tui.chat.credentials.lookup import KeyLookup

    held = KeyLookup(credentials)
    rows = []
    for source in configured_providers(config).values():
        places, vendor = source.key_places, source.vendor
        if not (vendor.needs_key or places.variables or source.configured):
            continue
        waiting = source.configured is not None and bool(source.configured.key_command)
        key = held.find(places) if waiting else await held.fetch(places)
        if key is not None:
            rows.append(("✓", source.name, vendor.label, key.source))
        elif source.configured and source.configured.key_command:
            rows.append(("?", source.name, vendor.label, f"asked when needed: {source.configured.key_command[0]}"))
        else:
            variables = " or ".join(places.variables) or "key_command"
            rows.append(("-", source.name, vendor.label, f"set {variables}" if vendor.needs_key else "needs none"))
    rows.sort(key=lambda row: "✓?-".index(row[0]))
    sys.stdout.write(table(rows))
    if problem := held.problem(""):
        sys.stderr.write(f"chinwag: {clean_line(problem)}\n")
    return 0


async def export(
    library: "Library", which: str | None, *, everything: bool, format_name: str, place: Path | None, force: bool
) -> int:
    """Write one conversation, or every one, to a file, a folder or standard output."""
    from tui.formats import FORMATS

    if everything == (which is not None):
        raise UsageError("Say which conversation to export, or --all.", "As in: chinwag export last -f md -o notes.md")
    format = FORMATS[format_name]
    if which is not None:
        return await _export_one(library, await library.find(which), format, place, force)
    if place == _STDOUT:
        raise UsageError("--all writes a file for each conversation.", "Name a folder: -o chats/")
    return await _export_all(library, format, place or Path(), force)


async def _written(library: "Library", conversation: "Conversation", format: "Format") -> str:
    messages = await library.tree(conversation.id)
    return format.write(conversation, messages, await library.attachments(conversation.id))


async def _export_one(
    library: "Library", conversation: "Conversation", format: "Format", place: Path | None, force: bool
) -> int:
    from tui.formats.files import file_name, write_export

    text = await _written(library, conversation, format)
    if place == _STDOUT:
        sys.stdout.write(text)
        sys.stdout.flush()
        return 0
    target = _target(place, file_name(conversation, format))
    sys.stderr.write(f"wrote {write_export(target, text, overwrite=force)}\n")
    return 0


def _target(place: Path | None, name: str) -> Path:
    """The file to write: `name` in the folder `place`, or `place` itself."""
    return place / name if place is not None and place.is_dir() else place or Path(name)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{folder} cannot be used: {error.strerror}.", "Name a folder with -o.") from error


async def _export_all(library: "Library", format: "Format", folder: Path, force: bool) -> int:
    """Write every conversation; one that cannot be written does not keep the others from it."""
    from tui.formats.files import file_name, write_export

    _make_folder(folder)
    conversations = await library.conversations(limit=1_000_000)
    problems = []
    for conversation in conversations:
        try:
            text = await _written(library, conversation, format)
            write_export(folder / file_name(conversation, format), text, overwrite=force)
        except ExportError as error:
            problems.append(error)
    sys.stderr.write(f"wrote {len(conversations) - len(problems)} of {len(conversations)} conversations to {folder}\n")
    if problems:
        raise ExportError(f"{len(problems)} could not be written; the first: {problems[0].message}", problems[0].hint)
    return 0
