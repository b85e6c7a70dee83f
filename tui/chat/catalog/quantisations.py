"""Which files of a repository belong together, what they are called, and whether this machine can hold them. Pure.

A GGUF's name ends in its quantisation, such as "-Q4_K_M.gguf"; a large one is split, "-00001-of-00003.gguf" (llama.cpp,
gguf-split).
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.agent.providers.local_files import memory_for
from tui.dataclass import dataclass
from tui.errors import UsageError

if TYPE_CHECKING:
    from tui.agent.providers.hub import HubFile

_PART = re.compile(r"-(\d{5})-of-(\d{5})$")
_QUANTISATION = re.compile(r"(?:^|[-._/])((?:UD-)?(?:I?Q\d\w*|BF16|F16|F32|FP16|MXFP4\w*))$", re.IGNORECASE)
_PREFERRED = ("Q4_K_M", "Q4_K_S", "Q5_K_M", "Q4_0", "Q8_0")


@dataclass(frozen=True, slots=True)
class PullSource:
    """What a person asks to pull.

    Attributes:
        repository: "owner/name" on the hub.
        quantisation: in capitals; "" when it is still to be chosen.
    """

    repository: str
    quantisation: str


@dataclass(frozen=True, slots=True)
class Quantisation:
    """One model in one precision: its file, or all parts of it.

    Attributes:
        name: such as "Q4_K_M"; the file's stem where it has none.
        files: in the order of their parts.
        size_bytes: of all of them; None when one is not known.
    """

    name: str
    files: "tuple[HubFile, ...]"
    size_bytes: int | None

    def memory_bytes(self, context_tokens: int) -> int | None:
        """About how much memory it takes with such a window; None when its size is unknown."""
        return None if self.size_bytes is None else memory_for(self.size_bytes, context_tokens)

    def fits(self, memory_bytes: int | None, context_tokens: int) -> bool | None:
        """Whether it can run in that much memory with such a window; None when a size is unknown."""
        needed = self.memory_bytes(context_tokens)
        return None if needed is None or memory_bytes is None else needed <= memory_bytes


def parse_source(text: str) -> PullSource:
    """Read "hf:OWNER/REPO" or "hf:OWNER/REPO:QUANT".

    Raises:
        UsageError: it is neither.
    """
    found = re.fullmatch(r"hf:(?:https://huggingface\.co/)?([\w.-]+/[\w.-]+?)/?(?::([\w.-]+))?", text.strip())
    if found is None or ".." in found[1]:
        raise UsageError(
            f'"{text}" names no model to pull.',
            "As in: hf:Qwen/Qwen3-4B-GGUF, hf:Qwen/Qwen3-4B-GGUF:Q4_K_M, ollama:qwen3",
        )
    return PullSource(found[1], (found[2] or "").upper())


def quantisations(files: "Iterable[HubFile]") -> tuple[Quantisation, ...]:
    """The models of a repository, the smallest first; projectors for images and incomplete splits are left out."""
    groups: dict[str, list[HubFile]] = {}
    for file in files:
        stem = file.name[: -len(".gguf")]
        if stem.rpartition("/")[2].lower().startswith("mmproj"):
            continue
        groups.setdefault(_PART.sub("", stem), []).append(file)
    found = [_quantisation(stem, group) for stem, group in groups.items() if _is_whole(group)]
    return tuple(sorted(found, key=lambda one: (one.size_bytes is None, one.size_bytes or 0, one.name)))


def _is_whole(files: "list[HubFile]") -> bool:
    parts = [part for file in files if (part := _PART.search(file.name[: -len(".gguf")]))]
    return not parts or {int(part[1]) for part in parts} == set(range(1, int(parts[0][2]) + 1))


def _quantisation(stem: str, files: "list[HubFile]") -> Quantisation:
    found = _QUANTISATION.search(stem)
    sizes = [file.size_bytes for file in files]
    size = sum(one for one in sizes if one is not None) if None not in sizes else None
    name = found[1].upper() if found else stem.rpartition("/")[2]
    return Quantisation(name, tuple(sorted(files, key=lambda file: file.name)), size)


def find_quantisation(found: tuple[Quantisation, ...], name: str, repository: str) -> Quantisation:
    """The one of that name.

    Raises:
        UsageError: there is none; those that there are, are named.
    """
    for one in found:
        if one.name.upper() == name:
            return one
    names = ", ".join(one.name for one in found) or "no GGUF file"
    raise UsageError(f"{repository} has no {name}.", f"It has: {names}.")


def best_of(found: tuple[Quantisation, ...], memory_bytes: int | None, context_tokens: int) -> Quantisation | None:
    """The one to take where nobody says which: a usual one that fits, or the largest that does."""
    fitting = [one for one in found if one.fits(memory_bytes, context_tokens) is not False]
    by_name = {one.name: one for one in fitting}
    return next((by_name[name] for name in _PREFERRED if name in by_name), fitting[-1] if fitting else None)
