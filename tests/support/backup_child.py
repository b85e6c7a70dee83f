"""Backs up or restores until it is killed: `python -m tests.support.backup_child TASK HOME ARCHIVE`.

It prints a line after each step, so that a test can kill it at any of them.
"""

import sys
from pathlib import Path

from tui.chat.backup_archive import write_backup
from tui.chat.backup_files import Places
from tui.chat.restoring import opened_backup, restore
from tui.files import growing_file
from tui.store.backups import back_up_in_use


def step(*_: object) -> None:
    print("step", flush=True)


def main(task: str, home: Path, archive: Path) -> None:
    places = Places(home / "chats.db", home / "config.toml", home)
    step()
    if task == "copy":
        back_up_in_use(places.library, "daily", step=step)
    elif task == "backup":
        with growing_file(archive, overwrite=True) as out:
            write_backup(places, out, step)
    else:
        with opened_backup(archive, places, step) as plan:
            step()
            restore(plan, places.library)
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
