"""A sign-in from the shell: the page is shown, the tokens are kept as keys are, and one word forgets them."""

import asyncio
import stat
from argparse import Namespace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.played_http import played_http
from tests.unit.mcp.test_sign_in import Town, visit
from tui.commands import mcp_login, mcp_logout, mcp_test
from tui.config import save_servers
from tui.errors import ChinwagError
from tui.mcp.config import ServerConfig
from tui.paths import config_dir


async def test_signed_in_once_and_out_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr("tui.commands.mcp_login.print_note", lambda text, **_: shown.put_nowait(text))
    login = Namespace(name="docs", config=None)
    stored = config_dir() / "credentials.local.toml"
    async with played_http(Town().answer) as server:
        save_servers(config_dir() / "config.toml", [ServerConfig("docs", url=server.url, enabled=False)])
        assert await mcp_test.run(Namespace(names=["docs"], config=None)) == 1
        assert "docs wants a sign-in. Run: chinwag mcp login docs" in capsys.readouterr().out
        assert shown.empty() and not (stored.exists() and "secret-token" in stored.read_text())

        signing_in = asyncio.create_task(mcp_login.run(login))
        showing = asyncio.create_task(shown.get())
        await asyncio.wait({signing_in, showing}, return_when=asyncio.FIRST_COMPLETED)
        words, _, url = showing.result().partition("\n")
        assert words == "Open this page, and sign in to docs:"
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        await visit(f"{asked['redirect_uri']}?code=abc&state={asked['state']}")
        assert await signing_in == 0
        said = await shown.get()
        assert said.startswith("Signed in to docs: ") and "secret" not in said
        assert stat.S_IMODE(stored.stat().st_mode) == 0o600 and "secret-token" in stored.read_text()

        assert await mcp_login.run(login) == 0 and (await shown.get()).startswith("docs needs no sign-in now: ")
        assert await mcp_logout.run(login) == 0 and "secret" not in stored.read_text()
        assert "The sign-in to docs is forgotten." in capsys.readouterr().err
        assert await mcp_logout.run(login) == 0 and "There was no sign-in" in capsys.readouterr().err


async def test_a_server_that_cannot_be_reached_is_named() -> None:
    save_servers(config_dir() / "config.toml", [ServerConfig("docs", url="http://127.0.0.1:1/mcp")])
    with pytest.raises(ChinwagError, match=r"docs \(127\.0\.0\.1:1\) takes no connections"):
        await mcp_login.run(Namespace(name="docs", config=None))
