"""Places where a file cannot be read or written, as far as this system lets a test make them."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


# What may lie where a file belongs.


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def terminal(path: Path) -> None:
    path.symlink_to("/dev/ptmx")


def listening_socket(path: Path) -> None:
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as one:
        os.chdir(path.parent)  # the name of a socket may have 108 characters only
        try:
            one.bind(path.name)
        finally:
            os.chdir(here)


def loop(path: Path) -> None:
    path.symlink_to(path)


def loop_of_two(path: Path) -> None:
    other = path.with_name("other")
    other.symlink_to(path)
    path.symlink_to(other)


Make = Callable[[Path], None]
NO_FILES: list[Any] = [
    pytest.param(folder, "it is a folder, not a file", id="folder"),
    pytest.param(pipe, "it is a pipe, not a file", id="pipe"),
    pytest.param(device, "it is a device, not a file", id="device"),
    pytest.param(terminal, "it is a device, not a file", id="terminal"),
    pytest.param(listening_socket, "it is a socket, not a file", id="socket"),
    pytest.param(loop, "symbolic links", id="loop"),
    pytest.param(loop_of_two, "symbolic links", id="loop of two"),
]
"""What makes each, and what is said of it."""
