"""A GGUF file of the person's own becomes a model: a link to it in the folder of local models, under the model's name.

The file stays where it is, and is not copied: these are gigabytes. Must not know how a model is run.
"""

from collections.abc import Iterable
from pathlib import Path

from tui.agent.providers.local import LocalFile, find_local_files, is_model
from tui.errors import ChinwagError, UsageError

_MAGIC = b"GGUF"


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
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
