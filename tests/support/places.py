"""Places where a file cannot be written, as far as this system lets a test make them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Nothing below `folder` can be written: by its rights, or for root, whom no rights stop, by its mount."""
    if os.geteuid() == 0:
        with _mounted(folder, "--bind", "-o", "ro", str(folder)):
            yield
        return
    below = [folder, *(path for path in folder.rglob("*"))]
    modes = {path: path.stat().st_mode for path in below}
    for path in reversed(below):
        path.chmod(modes[path] & 0o555)
    try:
        yield
    finally:
        for path in below:
            path.chmod(modes[path])


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[None]:
    """`folder` is a disk of its own of `size_bytes`; skips the test where nothing can be mounted."""
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs"):
        yield


@contextmanager
def _mounted(folder: Path, *options: str) -> Iterator[None]:
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
