"""What two windows write at one moment: each finds its own and the other's in `config.local.toml`."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tui.config import save_servers
from tui.config.own_file import read_own
from tui.mcp.config import ServerConfig


def test_servers_that_are_added_at_the_same_moment_are_all_there(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    servers = [ServerConfig(f"server-{number}", ("run",)) for number in range(16)]
    with ThreadPoolExecutor(8) as windows:
        list(windows.map(lambda server: save_servers(config, [server]), servers))
    assert {server.name for server in read_own(config).servers} == {server.name for server in servers}
