"""A question on the terminal, and the letter that is typed for an answer; also where something else is piped in."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tui.errors import UsageError
from tui.streams import print_note


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
            descriptor = os.dup(sys.stdin.fileno()) if sys.stdin.isatty() else os.open("/dev/tty", os.O_RDWR)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


async def typed_letter(descriptor: int, question: str) -> str:
    """The first letter of a line that is typed now; what was typed before the question was there does not count."""
    with suppress(ImportError, OSError):
        import termios

        termios.tcflush(descriptor, termios.TCIFLUSH)
    os.write(descriptor, question.encode())
    typed = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, 1000).decode("utf-8", "replace").strip()[:1].casefold()
