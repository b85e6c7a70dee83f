"""The folders in which prompts are kept, and which files of a working folder are trusted.

A person's own prompts lie in `prompts/` beside `config.toml`; those of the working folder in `.chinwag/prompts/`, which
may have come with somebody else's project: each of these is shown and agreed to once, and again when it has changed.
Reading happens in a thread, when it is asked for, and never at the start.
"""

import asyncio
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from tui.chat.prompt_library.template import PromptTemplate, TemplateKind, read_template, require_name
from tui.dataclass import dataclass
from tui.errors import ChinwagError, ConfigError, UsageError
from tui.files import make_private_folder, read_regular, replace_file
from tui.paths import config_dir, state_dir
from tui.text import clean_line

LARGEST_BYTES = 1 << 20
"""The longest prompt file that is read."""

MOST_FILES = 2_000
"""The most prompt files of a folder that are read."""

SYSTEM_FOLDER = "system"
"""The folder below another one whose files are system prompts."""


@dataclass(frozen=True, slots=True)
class PromptListing:
    """What the folders hold.

    Attributes:
        templates: by name; where both folders have one, the person's own comes first.
        problems: a line for each file that cannot be used.
    """

    templates: tuple[PromptTemplate, ...]
    problems: tuple[str, ...] = ()

    def of_kind(self, kind: TemplateKind) -> tuple[PromptTemplate, ...]:
        """The prompts that are sent, or the system prompts."""
        return tuple(template for template in self.templates if template.kind == kind)

    def find(self, name: str, kind: TemplateKind) -> PromptTemplate:
        """The prompt of that name.

        Raises:
            UsageError: there is none; the nearest is named, or what is wrong with its file.
        """
        import difflib

        found = {template.name: template for template in reversed(self.of_kind(kind))}
        if name in found:
            return found[name]
        what = "system prompt" if kind == "system" else "prompt"
        if broken := [problem for problem in self.problems if f"{name}.md" in problem]:
            raise UsageError(f'The {what} "{clean_line(name, 60)}" cannot be read: {broken[0]}')
        near = difflib.get_close_matches(name, found, n=1)
        hint = f'Did you mean "{near[0]}"?' if near else "See: chinwag prompts"
        raise UsageError(f'There is no {what} "{clean_line(name, 60)}".', hint)


class PromptLibrary:
    """Prompts as files.

    Args:
        own: the person's own folder.
        here: the folder of the working folder.
        trusted: the file that remembers which files of `here` were agreed to, a SHA-256 a line.
    """

    def __init__(self, own: Path | None = None, here: Path | None = None, trusted: Path | None = None) -> None:
        self.own = own or config_dir() / "prompts"
        self.here = here or Path.cwd() / ".chinwag" / "prompts"
        self._trusted = trusted or state_dir() / "trusted_prompts"

    async def read(self) -> PromptListing:
        """Read both folders; a file that cannot be used costs no more than itself."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> PromptListing:
        templates: list[PromptTemplate] = []
        problems: list[str] = []
        for folder, within in ((self.own, None), (self.here, self.here.parents[1])):
            for kind, path in _files(folder):
                try:
                    data = read_regular(path, LARGEST_BYTES)
                    templates.append(read_template(path, data, kind=kind, within=within))
                except ConfigError as error:
                    problems.append(". ".join(part for part in (error.message, error.hint) if part))
                except OSError as error:
                    problems.append(f"{path}: {error.strerror or error}.")
        templates.sort(key=lambda template: (template.name, not template.own))
        return PromptListing(tuple(templates), tuple(clean_line(problem, 300) for problem in problems))

    # Trust.

    async def is_trusted(self, template: PromptTemplate) -> bool:
        """Whether a prompt may be used without being shown first."""
        return template.own or template.digest in await asyncio.to_thread(self._digests)

    async def trust(self, template: PromptTemplate) -> None:
        """The person has seen this prompt and agreed to it.

        Raises:
            ConfigError: that cannot be remembered.
        """
        await asyncio.to_thread(self._remember, template.digest)

    def _digests(self) -> frozenset[str]:
        try:
            return frozenset(read_regular(self._trusted, LARGEST_BYTES).decode("ascii", "replace").split())
        except OSError:
            return frozenset()

    def _remember(self, digest: str) -> None:
        lines = [*sorted(self._digests() - {digest}), digest]
        try:
            make_private_folder(self._trusted.parent)
            replace_file(self._trusted, "".join(f"{line}\n" for line in lines).encode())
        except OSError as error:
            raise ConfigError(f"{self._trusted} cannot be written: {error.strerror or error}.") from error

    # Writing.

    async def save(self, name: str, text: str, kind: TemplateKind = "prompt", *, replace: bool = False) -> Path:
        """Write a prompt of the person's own; returns its file.

        Raises:
            UsageError: the name is none.
            ConfigError: the text cannot be read as a prompt, there is one of that name already and `replace` is False,
                or it cannot be written.
        """
        require_name(name)
        path = (self.own / SYSTEM_FOLDER if kind == "system" else self.own) / f"{name}.md"
        data = text.encode()
        read_template(path, data, kind=kind)
        await asyncio.to_thread(_write, path, data, replace)
        return path


def _write(path: Path, data: bytes, replace: bool) -> None:
    try:
        if path.exists() and not replace:
            raise ConfigError(f"{path} is there already.", "Choose another name.")
        make_private_folder(path.parent)
        replace_file(path, data)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}.") from error


def _files(folder: Path) -> Iterator[tuple[TemplateKind, Path]]:
    for path in _markdown(folder):
        yield "prompt", path
    for path in _markdown(folder / SYSTEM_FOLDER):
        yield "system", path


def _markdown(folder: Path) -> Iterable[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(".md") and entry.name[0] != ".")
    except OSError:  # there is no such folder, or it is not for us
        return []
    return [folder / name for name in names[:MOST_FILES]]


def agreement_error(template: PromptTemplate) -> ChinwagError:
    """What to say where nobody can be asked whether a prompt of the working folder is to be trusted."""
    return UsageError(
        f'The prompt "{template.name}" came with this folder and was not agreed to yet, or has changed since.',
        f"Read it, and agree: chinwag prompts trust {'--system ' if template.kind == 'system' else ''}{template.name}",
    )
