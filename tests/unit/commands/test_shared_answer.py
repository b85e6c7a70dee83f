"""A printed answer on a shared library: the other machines have it when the program has ended."""

from contextlib import closing
from pathlib import Path

from tests.support.shell import Chinwag
from tui.sync.address import read_address
from tui.sync.hub import Hub


def test_what_was_asked_with_print_is_told_before_the_program_ends(chinwag: Chinwag, _home: Path, hub_url: str) -> None:
    (_home / "config").mkdir(parents=True, exist_ok=True)
    (_home / "config" / "config.toml").write_text(f'[library]\nurl = "{hub_url}"\n')
    assert chinwag("-p", "hello", "--demo").code == 0
    with closing(Hub.connect(read_address(hub_url))) as hub:
        cells, _ = hub.pull(0, 1 << 20)
        assert "hello" in [cell.data["text"] for cell in cells if (cell.kind, cell.field) == ("message", "row")]
        assert len(hub.machines()) == 1
    (_home / "config" / "config.toml").write_text(f'[library]\nurl = "postgresql:///nowhere?host={_home}"\n')
    answered = chinwag("-p", "hello again", "--demo")
    assert answered.code == 0 and "nowhere" not in answered.err, "it waits, and goes with the next one"
