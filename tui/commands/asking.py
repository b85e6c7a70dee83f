"""A question on the terminal, and the letter that is typed for an answer; also where something else is piped in."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tui.errors import UsageError
from tui.streams import TERMINAL, print_note


async def agreed(question: str, *, yes: bool) -> bool:
    """Whether a person agrees, here or by `--yes`; says so where not.

    Raises:
        UsageError: there is nobody to ask.
    """
    if yes:
        return True
    with terminal() as descriptor:
        if descriptor is None:
            raise UsageError(f"{question} Nobody could be asked.", "Agree to it with --yes.")
        if await typed_letter(descriptor, f"{question} [y]es, [N]o: ") == "y":
            return True
    print_note("Nothing was changed.", prefix="")
    return False


@contextmanager
def terminal() -> Iterator[int | None]:
    """The terminal to ask on; None where there is none, or standard error, on which the question stands, is not one."""
    descriptor = None
    if sys.stderr is not None and sys.stderr.isatty():
        with suppress(OSError):  # what is piped in is no answer
            descriptor = os.dup(sys.stdin.fileno()) if sys.stdin.isatty() else os.open(TERMINAL, os.O_RDWR)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


async def typed_letter(descriptor: int, question: str) -> str:
    """The first letter of a line that is typed now; what was typed before the question was there does not count."""
    with suppress(OSError):
        _forget_typed(descriptor)
    print(question, end="", file=sys.stderr, flush=True)
    if sys.platform == "win32":
        return _letter(await asyncio.to_thread(os.read, descriptor, 1000))
    typed = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(descriptor)
    return _letter(os.read(descriptor, 1000))


def _letter(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip()[:1].casefold()


def _forget_typed(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        import termios

        with suppress(termios.error):  # it is gone
            termios.tcflush(descriptor, termios.TCIFLUSH)
