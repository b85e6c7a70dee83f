"""Windows and macOS, as far as they can be seen from here: a name that only POSIX has ends a start there."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.doors import sources

ROOT = Path(__file__).parents[2]

MODULES = {"curses", "fcntl", "grp", "nis", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
OF_WINDOWS = {"msvcrt", "winreg", "_winapi", "winsound", "asyncio.windows_utils", "asyncio.windows_events"}
NAMES = {
    "os": """O_ASYNC O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC P_PID WEXITED WNOHANG WNOWAIT chown
        chroot ctermid fchmod fchown fork forkpty getegid geteuid getgid getgroups getloadavg getpgid getpgrp
        getpriority
        getsid getuid initgroups killpg lchown login_tty major minor mkfifo mknod nice openpty pread preadv pwrite
        sched_getaffinity sendfile setegid seteuid setgid setpgid setpriority setsid setuid splice statvfs sync sysconf
        tcgetpgrp tcsetpgrp ttyname uname wait wait3 wait4 waitid O_BINARY O_NOINHERIT startfile""",
    "signal": """SIGALRM SIGCHLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGUSR1
        SIGUSR2 SIGWINCH SIGXFSZ alarm pause pthread_kill pthread_sigmask setitimer sigwait SIGBREAK CTRL_C_EVENT""",
    "socket": "AF_UNIX",
    "ctypes": "WinDLL windll",
}
"""What one of the two kinds of system alone has. mypy knows it, too: `.ci/run` has it look as if on Windows."""
CALLS = {"add_reader", "remove_reader", "add_writer", "remove_writer", "connect_read_pipe", "connect_write_pipe",
         "add_signal_handler", "remove_signal_handler"}  # fmt: skip
"""What event loops of Windows refuse, or do for pipes of their own only."""
KEYWORDS = {"preexec_fn", "pass_fds", "dir_fd"}
PLACES = ("/dev/", "/proc/", "/sys/", "/bin/", "/usr/", "/tmp")
GUARDED_OTHERWISE = {"tui/store/opening.py": {"/proc/self/mounts"}}  # a file that may not be there
"""What a module has that never asks which system it is on."""


def names_in(tree: ast.AST) -> Iterator[str]:
    """What a module has that is not everywhere."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from {one.name for one in names} & (MODULES | OF_WINDOWS)
            case ast.ImportFrom(module=str(module), names=names):
                wanted = {module, *(f"{module}.{one.name}" for one in names)}
                yield from wanted & (MODULES | OF_WINDOWS)
                yield from {one.name for one in names} & set(NAMES.get(module, "").split())
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in NAMES.get(module, "").split():
                yield name
            case ast.Call(func=ast.Attribute(attr=name)) if name in CALLS:
                yield name
            case ast.keyword(arg=str(name)) if name in KEYWORDS:
                yield name
            case ast.Constant(value=str(text)) if text.startswith(PLACES) and "\n" not in text:
                yield text


def asks_for_the_system(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Compare) and ast.unparse(node.left) == "sys.platform" for node in ast.walk(tree))


def test_what_one_system_alone_has_stands_where_the_system_is_asked_for() -> None:
    found: dict[str, set[str]] = {}
    for path, tree in sources():
        if (used := set(names_in(tree))) and not asks_for_the_system(tree):
            found[path] = used
    assert found == GUARDED_OTHERWISE


PURE = (
    "tests/unit/test_figures.py", "tests/unit/test_toml_source.py",
    "tests/unit/test_key_text.py", "tests/unit/test_tags.py", "tests/unit/config/test_reading.py",
    "tests/unit/config/test_settings.py", "tests/unit/store/test_instances.py", "tests/unit/test_elsewhere.py",
)  # fmt: skip


@pytest.mark.apart
@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_all_of_it_loads_and_the_pure_parts_work_as_if_on(system: str) -> None:
    """In a process of its own, where that system's names are all that there is."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.elsewhere", system, "--rounds=1", *PURE],
        capture_output=True, text=True, timeout=100, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "passed" in done.stdout


POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{[\d,]+\})\+|\(\?>")


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Before 3.11.5 Python forgets what it has tried inside of one: lists were cut in the wrong places (gh-106052)."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        if POSSESSIVE_GROUP.search(node.value if isinstance(node.value, str) else node.value.decode("latin-1"))
    ]
    assert not [place for place in found if not place.startswith("tui/chat/tools/uri_template.py")]
