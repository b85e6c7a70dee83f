"""A key that is not found stands in the clear in a file and on the screen; a word that is taken for one is hidden."""

import pytest

from tui.mcp.config import ServerConfig, mistakes_in
from tui.mcp.resolving import resolved
from tui.mcp.secrets import masked, parted

CANARY = "canary-9f8e7d6c"


@pytest.mark.parametrize(
    ("server", "name"),
    [
        (ServerConfig("s", command=("x",), env={"GITHUB_TOKEN": CANARY}), "mcp.s.GITHUB_TOKEN"),
        (ServerConfig("s", command=("x",), env={"PGPASSWORD": CANARY}), "mcp.s.PGPASSWORD"),
        (ServerConfig("s", command=("x",), env={"HARMLESS": f"sk-proj-{CANARY}"}), "mcp.s.HARMLESS"),
        (ServerConfig("s", command=("x",), env={"DSN": f"postgres://me:{CANARY}@host/db"}), "mcp.s.DSN"),
        (ServerConfig("s", command=("x", "--api-key", CANARY)), "mcp.s.api-key"),
        (ServerConfig("s", command=("x", f"--token={CANARY}", "--verbose", "on")), "mcp.s.token"),
        (ServerConfig("s", command=("docker", "run", "-e", f"MY_SECRET={CANARY}", "img")), "mcp.s.MY_SECRET"),
        (ServerConfig("s", command=("x", f"sk-ant-{CANARY}")), "mcp.s.argument"),
        (ServerConfig("s", url=f"https://a/mcp?api_key={CANARY}&b=c"), "mcp.s.url"),
        (ServerConfig("s", url="https://a", headers={"Authorization": f"Bearer {CANARY}"}), "mcp.s.Authorization"),
        (ServerConfig("s", url="https://a", headers={"X-API-Key": CANARY}), "mcp.s.X-API-Key"),
        (ServerConfig("s", url="https://a", headers={"Cookie": f"id={CANARY}"}), "mcp.s.Cookie"),
    ],
)
async def test_a_secret_is_found_stored_and_put_back_when_the_server_starts(server: ServerConfig, name: str) -> None:
    apart = parted(server)
    assert list(apart.secrets) == [name] and CANARY in apart.secrets[name]
    everything = f"{apart.server.command}{dict(apart.server.env)}{apart.server.url}{dict(apart.server.headers)}"
    assert CANARY not in everything and f"${{key:{name}}}" in everything
    assert not [*mistakes_in(apart.server)] and parted(apart.server) == type(apart)(apart.server, {})

    async def find(wanted: str) -> str | None:
        return apart.secrets.get(wanted)

    assert await resolved(apart.server, find, {}) == server
    hidden = masked(server)
    assert CANARY not in f"{hidden.command}{dict(hidden.env)}{hidden.url}{dict(hidden.headers)}"


def test_two_secrets_of_one_name_stay_two() -> None:
    apart = parted(ServerConfig("s", command=("x", "--token", "first-secret", "--token", "second-secret")))
    assert dict(apart.secrets) == {"mcp.s.token": "first-secret", "mcp.s.token-2": "second-secret"}
    one = parted(ServerConfig("s", command=("x", "--token=mine-again"), env={"token": "mine-again"}))
    assert dict(one.secrets) == {"mcp.s.token": "mine-again"}


def test_what_tells_nothing_stays_as_it_was_written() -> None:
    server = ServerConfig(
        "s",
        command=("x", "--key", "/etc/key.pem", "--token", "--verbose", "--auth=none", "-e", "GITHUB_TOKEN", "monkey"),
        env={
            "MAX_TOKENS": "4096",
            "KEY_FILE": "~/key",
            "API_KEY": "${API_KEY}",
            "AUTH": "true",
            "TOKEN": "",
            "KEYBOARD": "dvorak",
            "DSN": "postgres://me:${PASSWORD}@host",
        },
    )
    assert parted(server) == type(parted(server))(server, {}) and masked(server) == server
