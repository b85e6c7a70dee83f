"""Two threads: the main one reads the terminal and gets the signals, one beside it runs the event loop.

Python's readline blocks the thread that it runs in, and only the main thread can be taken out of it by ctrl+c. Replies,
servers and timers go on meanwhile.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread, main_thread
from types import FrameType
from typing import Any

from tui.commands.exit_code import ExitCode
from tui.commands.plain.keyboard import InterruptedLineError, Keyboard
from tui.signals import LEAVING

_Wanted = tuple[str, bool, Future[list[str]]]
"""A prompt, whether it asks for an answer, and who waits for the lines."""
_SEEN_BY_THEN_S = 0.05


def _end(future: Future[list[str]], error: Exception) -> None:
    """Tell who waits for lines that none come, unless a second signal has cancelled the waiting already."""
    with suppress(InvalidStateError):
        future.set_exception(error)


class MainThreadLines:
    """Reads lines in the main thread for whoever runs in the other one.

    Attributes:
        interrupt: is called in the other thread by ctrl+c while nothing is read, and before the program ends; it ends
            all of it as long as nobody has set it otherwise.
    """

    def __init__(self, keyboard: Keyboard) -> None:
        self.interrupt: Callable[[], object] = lambda: None
        self._keyboard = keyboard
        self._wanted: SimpleQueue[_Wanted | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reading = False
        self._left = 0
        self._notices = -1  # gives the number of each signal

    # In the other thread.

    async def read(self, prompt: str, *, answer: bool = False) -> list[str]:
        """The lines that are typed next, see `Keyboard.read`."""
        future: Future[list[str]] = Future()
        self._wanted.put((prompt, answer, future))
        return await asyncio.wrap_future(future)

    async def _run(self, work: Callable[[], Coroutine[Any, Any, int]]) -> int:
        task = asyncio.current_task()
        assert task is not None
        self.interrupt = task.cancel
        self._loop = asyncio.get_running_loop()
        if self._notices >= 0:
            self._loop.add_reader(self._notices, self._note_signal)
        return await work()

    def _note_signal(self) -> None:
        """Have a signal acted on that came while the main thread went from one step of reading to the next.

        It would be seen with the next key only; a signal more takes the thread out of its waiting.
        """
        ours = set(os.read(self._notices, 100)) & {signal.SIGINT, *LEAVING}
        if ours and self._loop is not None:
            self._loop.call_later(_SEEN_BY_THEN_S, self._nudge)

    def _nudge(self) -> None:
        if self._reading and sys.platform != "win32":
            signal.pthread_kill(main_thread().ident or 0, signal.SIGUSR1)

    # In the main thread.

    def run(self, work: Callable[[], Coroutine[Any, Any, int]]) -> int:
        """Run `work` to its end, and read what it wants to be read; returns its exit code, 128 + n after signal n.

        SIGTERM and SIGHUP are the end of what can be read.
        """
        done: Future[int] = Future()

        def run_loop() -> None:
            try:
                done.set_result(asyncio.run(self._run(work)))
            except BaseException as error:  # noqa: BLE001  it goes on in the main thread
                done.set_exception(error)
            finally:
                self._wanted.put(None)

        thread = Thread(target=run_loop, name="plain chat")
        with self._signals():
            thread.start()
            while (wanted := self._wanted.get()) is not None:
                try:
                    self._read(*wanted)
                except KeyboardInterrupt:  # as the reading ended; who waits for it has to go on
                    _end(wanted[2], EOFError() if self._left else InterruptedLineError())
            thread.join()
        try:
            code = done.result()
        except asyncio.CancelledError:
            code = ExitCode.CTRL_C
        return 128 + self._left if self._left else code

    def _read(self, prompt: str, answer: bool, future: Future[list[str]]) -> None:
        try:
            self._reading = True
            if self._left:
                raise EOFError
            lines = self._keyboard.read(prompt, answer=answer)
        except KeyboardInterrupt:  # between two steps of reading
            _end(future, EOFError() if self._left else InterruptedLineError())
        except SystemError:
            # A second signal comes while input() hands on the first one's KeyboardInterrupt: CPython calls the handler
            # with that exception set, and takes its return for an error of its own.
            if not self._left:
                raise
            _end(future, EOFError())
        except (InterruptedLineError, EOFError) as error:
            _end(future, EOFError() if self._left else error)
        else:
            with suppress(InvalidStateError):
                future.set_result(lines)
        finally:
            self._reading = False

    @contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = {signal.SIGINT, *LEAVING}
        before = {number: signal.signal(number, self._receive) for number in numbers}
        try:
            with self._noticed():
                yield
        finally:
            for number, handler in before.items():  # a second one, as when a terminal is closed, changes nothing more
                signal.signal(number, signal.SIG_IGN if self._left and number in LEAVING else handler)

    @contextmanager
    def _noticed(self) -> Iterator[None]:
        """Have the other thread learn of every signal, where one thread can be sent one."""
        if sys.platform == "win32":
            yield
            return
        before = signal.signal(signal.SIGUSR1, lambda number, frame: None)
        self._notices, noted = os.pipe()
        os.set_blocking(noted, False)
        known = signal.set_wakeup_fd(noted, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(known)
            signal.signal(signal.SIGUSR1, before)
            os.close(noted)
            os.close(self._notices)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            self._left = number
        if self._reading:
            self._reading = False  # a second signal at once, as when a terminal is closed, interrupts nothing else
            raise KeyboardInterrupt
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(lambda: self.interrupt())
