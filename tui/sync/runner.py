"""Keeps a library and its hub together, in a thread of its own, for as long as the program runs.

One process of a machine at a time talks to the hub, whoever holds the lock file; the others look over its shoulder.
A write of this process, a word of the server and each second wake the thread; nobody ever waits for it.
"""

import logging
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from tui.dataclass import dataclass
from tui.errors import StoreError
from tui.figures import counted
from tui.files import SAFELY, hold
from tui.store.journal import Journal
from tui.store.sharing_records import SharingState
from tui.sync.address import SharedAddress
from tui.sync.exchange import Exchanged, exchange, meet
from tui.sync.hub import MISSING_AFTER_S, Hub, SharingError

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often to look whether another process has written to the library."""
GREET_S = 20.0
"""How often to say that this machine is there, and to ask whether anything came unheard."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0
_BESIDE_S = 2.0
_REST_S = 0.02
"""Between two pieces of a long exchange: keys and frames go first."""

Condition = Literal["starting", "current", "telling", "offline", "refused"]


@dataclass(frozen=True, slots=True)
class SharingStatus:
    """How a library stands with the others.

    Attributes:
        condition: "telling" while more goes to and fro than a moment takes; "refused" until a person does something.
        waiting: changes that the others have not got.
        problem: why it is offline or refused, a sentence.
        since: `time.monotonic` when the condition began.
    """

    condition: Condition
    waiting: int = 0
    problem: str = ""
    since: float = 0.0

    @property
    def text(self) -> str:
        """A few words for a line of the screen."""
        match self.condition:
            case "current":
                return "shared"
            case "starting":
                return ""
            case "telling":
                return f"sharing · {self.waiting:,} to go" if self.waiting else "sharing"
            case "offline" | "refused":
                word = "offline" if self.condition == "offline" else "not shared"
                return f"{word} · {counted(self.waiting, 'change')} waiting" if self.waiting else word


class _StoppedError(Exception):
    """The program ends, and the last exchange takes too long."""


class Runner:
    """The thread.

    Args:
        path: the library's file.
        address: of the hub.
        password: for it; "" for none.
        heard: is called on the thread when something has come from the others.
        note: see `Journal`.
    """

    def __init__(
        self,
        path: Path,
        address: SharedAddress,
        password: str = "",
        heard: Callable[[], None] = lambda: None,
        note: Callable[..., object] | None = None,
    ) -> None:
        self._path, self._address, self._password = path, address, password
        self._notes = note
        self._heard = heard
        self._status = SharingStatus("starting")
        self._read, self._write = socket.socketpair()  # Windows can wait for no pipe
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._until: float | None = None
        self._met_at = self._greeted_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="sharing", daemon=True)

    @property
    def status(self) -> SharingStatus:
        """How it stands now; from any thread."""
        return self._status

    def start(self) -> None:
        """Begin, and go on until `stop`."""
        self._thread.start()

    def wake(self) -> None:
        """Something was written; from any thread."""
        with suppress(OSError):  # it is full, and so awake, or closed
            self._write.send(b".")

    def stop(self, within_s: float = 2.0) -> None:
        """Tell what waits, if that takes no longer than this, and end; waits for it."""
        if self._until is not None:
            return
        self._until = time.monotonic() + within_s
        self.wake()
        if self._thread.ident is not None:
            self._thread.join(within_s + 0.2)
        if not self._thread.is_alive():
            self._read.close()
            self._write.close()

    # All of the following runs in the thread.

    def _run(self) -> None:
        try:
            while self._until is None:
                try:
                    self._take_turns()
                except OSError as error:  # no lock file can be made, as on a disk that is full
                    self._become("offline", problem=f"{lock_file(self._path)}: {error.strerror or error}.")
                    self._rest(_LONGEST_WAIT_S)
        except Exception:  # a bug must not look like an exchange that goes on
            log.exception("the sharing of the library broke down")
            self._become("refused", problem="A fault of Chinwag's own has ended the sharing; the log file has more.")

    def _take_turns(self) -> None:
        """Be the one of this machine who talks to the hub, as soon as no other process is."""
        lock = _opened_lock(self._path)
        try:
            with suppress(StoreError):
                while self._until is None and not hold(lock):
                    self._look_on()
                    self._rest(_BESIDE_S)
            if self._until is None:
                self._keep_together()
        finally:
            os.close(lock)

    def _look_on(self) -> None:
        journal = Journal(self._path)
        try:
            if not journal.is_begun:
                return
            state: SharingState = journal.state
            self._become(
                "offline" if state.problem else "current", state.pending if state.problem else 0, state.problem
            )
        finally:
            journal.close()

    def _keep_together(self) -> None:
        wait_s = _FIRST_WAIT_S
        while self._until is None:
            journal: Journal | None = None
            try:
                journal = Journal(self._path, self._notes)
                journal.begin()
                while self._until is None and journal.seed():  # without a server, too: it counts as waiting
                    time.sleep(_REST_S)
                self._talk(journal)
            except (SharingError, StoreError) as error:
                if time.monotonic() - self._met_at < wait_s:  # it went well until just now
                    wait_s = _FIRST_WAIT_S
                lasting = isinstance(error, SharingError) and error.lasting
                self._tell_problem(journal, error.sentence, lasting=lasting)
                if self._until is None:
                    self._rest(_LONGEST_WAIT_S if lasting else wait_s, journal)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            except _StoppedError:
                return
            finally:
                if journal is not None:
                    journal.close()

    def _talk(self, journal: Journal) -> None:
        """Exchange for as long as the connection holds and the program runs."""
        hub = Hub.connect(self._address, self._password)
        try:
            meet(journal, hub)
            self._greet(journal, hub)
            wanted = True
            while True:
                if wanted or self._greets:
                    self._exchange(journal, hub)
                if self._greets:
                    self._greet(journal, hub)
                    if journal.streams_elsewhere and journal.interrupt(hub.alive()):
                        self._heard()
                if self._until is not None:
                    return
                hub.wait(self._read, LOOK_S)
                woken = self._drain()
                wanted = hub.told or hub.speaks or ((woken or journal.has_changed) and journal.waits)
        finally:
            hub.close()

    @property
    def _greets(self) -> bool:
        return time.monotonic() - self._greeted_at >= GREET_S

    def _greet(self, journal: Journal, hub: Hub) -> None:
        self._greeted_at = time.monotonic()
        hub.greet(journal.state.machine)

    def _exchange(self, journal: Journal, hub: Hub) -> None:
        began = time.monotonic()

        def report(done: Exchanged) -> None:
            if self._until is not None and time.monotonic() > self._until:
                raise _StoppedError
            if time.monotonic() - began > 1.0:
                self._become("telling", journal.state.pending)
                if self._greets:
                    self._greet(journal, hub)
                time.sleep(_REST_S)

        done = exchange(journal, hub, report)
        self._met_at = time.monotonic()
        if done.told or done.heard or self._status.condition != "current" or journal.state.problem:
            journal.note_seen()
        self._become("current")
        if done.heard:
            self._heard()

    def _tell_problem(self, journal: Journal | None, problem: str, *, lasting: bool) -> None:
        waiting = self._status.waiting
        if journal is not None:
            with suppress(StoreError):
                journal.note_seen(problem)
                waiting = journal.state.pending
                if time.monotonic() - self._met_at > MISSING_AFTER_S and journal.streams_elsewhere:
                    journal.interrupt(())  # nobody was heard of for so long
                    self._heard()
        self._become("refused" if lasting else "offline", waiting, problem)

    def _rest(self, seconds: float, journal: Journal | None = None) -> None:
        """Wait before the next try; what is written meanwhile is counted."""
        until = time.monotonic() + seconds
        while self._until is None and (left := until - time.monotonic()) > 0:
            if select.select([self._read], [], [], min(left, LOOK_S))[0]:
                self._drain()
                time.sleep(0.05)  # several writes are counted once
            if journal is not None:
                with suppress(StoreError):
                    self._become(self._status.condition, journal.state.pending, self._status.problem)

    def _drain(self) -> bool:
        try:
            return bool(self._read.recv(4_096))
        except BlockingIOError:
            return False

    def _become(self, condition: Condition, waiting: int = 0, problem: str = "") -> None:
        before = self._status
        since = before.since if before.condition == condition else time.monotonic()
        self._status = SharingStatus(condition, waiting, problem, since)


def lock_file(path: Path) -> Path:
    """What the process of a machine holds that talks to the hub."""
    return path.with_name(f"{path.name}.sharing")


def _opened_lock(path: Path) -> int:
    return os.open(lock_file(path), os.O_CREAT | os.O_RDWR | SAFELY, 0o600)


@contextmanager
def alone_at(path: Path) -> Iterator[None]:
    """Nobody else of this machine talks to a hub for the library meanwhile.

    Raises:
        StoreError: somebody does, or no lock file can be made.
    """
    try:
        lock = _opened_lock(path)
    except OSError as error:
        problem = f"{lock_file(path)} cannot be made: {error.strerror or error}."
        raise StoreError(problem, "Check the folder's permissions and free space.") from error
    try:
        if not hold(lock):
            raise StoreError("Another Chinwag shares the library now.", "Close it, and try again.")
        yield
    finally:
        os.close(lock)


def exchange_once(path: Path, address: SharedAddress, password: str, within_s: float) -> bool:
    """Tell what waits, where no other process of this machine does; False when it came to no end in time.

    Raises:
        SharingError, StoreError: there was none.
    """
    until = time.monotonic() + within_s

    def look(done: Exchanged) -> None:
        if time.monotonic() > until:
            raise _StoppedError

    lock = _opened_lock(path)
    try:
        if not hold(lock):
            return True
        journal = Journal(path)
        try:
            if journal.begin().seeded and not journal.waits:
                return True
            hub = Hub.connect(address, password, timeout_s=within_s)
            try:
                meet(journal, hub)
                hub.greet(journal.state.machine)
                exchange(journal, hub, look)
                journal.note_seen()
            finally:
                hub.close()
        finally:
            journal.close()
    except _StoppedError:
        return False
    finally:
        os.close(lock)
    return True
