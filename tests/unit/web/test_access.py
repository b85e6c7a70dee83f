"""Who gets into a served Chinwag, request by request: names, pages, cookies, keys and tokens that are not ours."""

import asyncio
from collections.abc import AsyncIterator

import pytest

pytest.importorskip("textual_serve")
from aiohttp import ClientSession, CookieJar, WSServerHandshakeError
from aiohttp.test_utils import TestServer

from tui.web.access import KEY_HEADER, WrongTokens
from tui.web.address import Address
from tui.web.server import Server, Serving

TOKEN = "a-token-that-only-we-know"
HOST = "127.0.0.1:8000"
OURS = {"Host": HOST, "Origin": f"http://{HOST}"}
TAB = "0" * 32
PATHS = ("/", "/sign-in", "/alive", "/static/page.js", "/static/textual.js", f"/tab/{TAB}", f"/tab/{TAB}/download/x")


class Client:
    """A browser's side: it shows the headers that it is told, and the cookie that it has got."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self.session, self.base = session, base
        self.cookie = self.key = ""

    async def ask(self, method: str, path: str, headers: dict[str, str], data: bytes = b"") -> tuple[int, str]:
        own = {"Cookie": self.cookie} if self.cookie else {}
        async with self.session.request(
            method, self.base + path, headers={**own, **headers}, data=data or None, allow_redirects=False
        ) as answer:
            self.headers = answer.headers
            return answer.status, (await answer.content.read()).decode(errors="replace")

    async def sign_in(self, token: str = TOKEN, headers: dict[str, str] = OURS) -> tuple[int, str]:
        status, text = await self.ask("POST", "/sign-in", headers, token.encode())
        if status == 200:
            self.cookie, self.key = self.headers["Set-Cookie"].partition(";")[0], text
        return status, text


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async for one in clients(Address("127.0.0.1", 8000)):
        yield one


async def clients(address: Address) -> AsyncIterator[Client]:
    server = TestServer(Server(Serving(address, TOKEN)).application(), host="127.0.0.1")
    await server.start_server()
    try:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            session.cookie_jar.clear()
            yield Client(session, f"http://127.0.0.1:{server.port}")
    finally:
        await server.close()


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1", "127.0.0.1:80", "127.0.0.1.evil.example:8000", "",
             "user@127.0.0.1:8000", "127.0.0.1:8000/x", "127.0.0.2:8000", "[::1]", "0:8000", "2130706433:8000"]
)  # fmt: skip
async def test_a_name_that_is_not_ours_gets_nothing_whatever_it_brings(client: Client, host: str) -> None:
    await client.sign_in()
    for path in PATHS:
        assert (await client.ask("GET", path, {"Host": host}))[0] == 403
    assert (await client.ask("POST", "/sign-in", {**OURS, "Host": host}, TOKEN.encode()))[0] == 403


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1:8001", "https://127.0.0.1:8000", "http://127.0.0.1",
     "http://localhost:8000", "http://127.0.0.1:8000.evil.example", "file://", "HTTP://evil.example"],
)  # fmt: skip
async def test_a_page_that_is_not_ours_gets_nothing_whatever_it_brings(client: Client, origin: str) -> None:
    await client.sign_in()
    headers = {**OURS, "Origin": origin, KEY_HEADER: client.key}
    for path in PATHS:
        assert (await client.ask("GET", path, headers))[0] == 403
    for path in ("/sign-in", f"/tab/{TAB}/upload"):
        assert (await client.ask("POST", path, headers, TOKEN.encode()))[0] == 403


async def test_what_does_something_says_from_which_page(client: Client) -> None:
    await client.sign_in()
    without = {"Host": HOST, KEY_HEADER: client.key}
    for method, path in (("POST", "/sign-in"), ("POST", f"/tab/{TAB}/upload"), ("PUT", "/"), ("OPTIONS", "/")):
        assert (await client.ask(method, path, without, b"x"))[0] == 403
    upgrade = {**without, "Upgrade": "websocket", "Connection": "Upgrade"}
    assert (await client.ask("GET", f"/tab/{TAB}", upgrade))[0] == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_picture_or_a_script_in_another_page_gets_nothing(client: Client, site: str) -> None:
    await client.sign_in()
    fetched = {"Host": HOST, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}
    for path in PATHS:
        assert (await client.ask("GET", path, fetched))[0] == 403
    followed = {"Host": HOST, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    assert (await client.ask("GET", "/", followed))[0] == 200, "a link to it would not work"


async def test_without_the_token_there_is_only_what_asks_for_it(client: Client) -> None:
    cookies = ("", "chinwag-8000=", "chinwag-8000=x", "chinwag-8001=x", "chinwag-8000=ü")
    for client.cookie in cookies:
        status, text = await client.ask("GET", "/", {"Host": HOST})
        assert status == 401 and "token" in text and "page.js" not in text
        for path in PATHS[2:]:
            assert (await client.ask("GET", path, {"Host": HOST}))[0] == 401
        assert (await client.ask("POST", f"/tab/{TAB}/upload", OURS, b"x"))[0] == 401


async def test_the_token_gives_a_cookie_that_scripts_and_other_sites_do_not_get(client: Client) -> None:
    assert (await client.sign_in())[0] == 200
    attributes = {part.strip() for part in client.headers["Set-Cookie"].split(";")[1:]}
    assert attributes == {"HttpOnly", "SameSite=Strict", "Path=/"}
    assert TOKEN not in client.cookie + client.key
    status, text = await client.ask("GET", "/", {"Host": HOST})
    assert status == 200 and "page.js" in text
    assert (await client.ask("GET", "/static/textual.js", {"Host": HOST}))[0] == 200
    for name in ("nothing.js", "..%2fserver.py", "server.py", "page.html"):
        assert (await client.ask("GET", f"/static/{name}", {"Host": HOST}))[0] == 404


async def test_the_cookie_alone_which_other_ports_see_opens_no_tab(client: Client) -> None:
    await client.sign_in()
    assert (await client.ask("GET", "/alive", {"Host": HOST}))[0] == 401
    assert (await client.ask("POST", f"/tab/{TAB}/upload", OURS, b"x"))[0] == 403
    for protocols in ((), ("chinwag",), ("chinwag", "x"), ("chinwag", "x", client.key)):
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.session.ws_connect(
                f"{client.base}/tab/{TAB}", headers={**OURS, "Cookie": client.cookie}, protocols=protocols
            )
        assert refused.value.status == 403
    assert (await client.ask("GET", "/alive", {"Host": HOST, KEY_HEADER: client.key}))[0] == 204
    gone = await client.ask("POST", f"/tab/{TAB}/upload", {**OURS, KEY_HEADER: client.key}, b"x")
    assert gone == (404, "Chinwag has ended in this tab.\n")


async def test_wrong_tokens_are_looked_at_ten_times_a_minute(client: Client) -> None:
    for wrong in ("", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "ü", "x" * 5000, "\0", "a b", "%00"):
        assert await client.sign_in(wrong) == (401, "This is not the token.\n")
    status, text = await client.sign_in()
    assert status == 429 and "Try again in" in text and 0 < int(client.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("public", ["https://chat.example.com", ""])
async def test_wrong_tokens_through_a_proxy_lock_out_who_sends_them_and_no_forged_address_helps(public: str) -> None:
    async for client in clients(Address("127.0.0.1", 8000, public=public)):
        ours = {"Host": "chat.example.com", "Origin": public} if public else OURS
        for number in range(10):
            told = f"10.0.0.{number}, 203.0.113.7"  # the proxy adds who has really asked
            assert (await client.sign_in("wrong", {**ours, "X-Forwarded-For": told}))[0] == 401
        assert (await client.sign_in(headers={**ours, "X-Forwarded-For": "203.0.113.7"}))[0] == 429
        for told in ("203.0.113.8", "203.0.113.7, 203.0.113.8", "2001:db8::1", "nobody"):
            status = (await client.sign_in(headers={**ours, "X-Forwarded-For": told}))[0]
            assert status == (200 if public else 429), "without a proxy the header is anybody's word"


async def test_tokens_that_are_all_under_way_at_once_are_no_more_than_ten_either(client: Client) -> None:
    host, port = client.base.removeprefix("http://").split(":")
    lines = await asyncio.gather(*(asyncio.open_connection(host, int(port)) for _ in range(25)))
    for _, writer in lines:
        writer.write(
            f"POST /sign-in HTTP/1.1\r\nHost: {HOST}\r\nOrigin: http://{HOST}\r\nContent-Length: 5\r\n\r\n".encode()
        )
    await client.ask("GET", "/", {"Host": HOST})  # all of them have been looked at by now
    for _, writer in lines:
        writer.write(b"wrong")
    answers = [int((await reader.readline()).split()[1]) for reader, _ in lines]
    for _, writer in lines:
        writer.close()
        await writer.wait_closed()
    assert (answers.count(401), answers.count(429)) == (10, 15)


async def test_a_token_that_comes_in_pieces_is_read_to_its_end(client: Client) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (TOKEN[:7], TOKEN[7:]):
            yield piece.encode()
            await asyncio.sleep(0.05)

    async with client.session.post(f"{client.base}/sign-in", headers=OURS, data=pieces()) as answer:
        assert answer.status == 200


async def test_to_ask_what_a_download_is_takes_it_from_nobody(client: Client) -> None:
    await client.sign_in()
    assert (await client.ask("HEAD", f"/tab/{TAB}/download/x", {"Host": HOST}))[0] == 405


def test_wrong_tokens_of_one_address_do_not_lock_out_others_and_are_forgotten() -> None:
    now = 0.0
    wrong = WrongTokens(lambda: now)
    for _ in range(10):
        assert wrong.wait_s("a") == 0
        wrong.note("a")
    assert (wrong.wait_s("a"), wrong.wait_s("b")) == (60, 0)
    now = 59.5
    assert wrong.wait_s("a") == 1
    now = 60.0
    assert wrong.wait_s("a") == 0
    for number in range(1000):
        wrong.note(str(number))
    assert wrong.wait_s("one more") > 0 and wrong.wait_s("5") == 0


async def test_every_answer_also_a_refusal_forbids_what_a_page_could_do(client: Client) -> None:
    await client.sign_in()
    asked = (("/", HOST), ("/nothing", HOST), ("/static/page.js", HOST), ("/", "evil.example"), ("/alive", HOST))
    for path, host in asked:
        await client.ask("GET", path, {"Host": host})
        headers = client.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe-eval" not in policy
        assert "script-src 'self';" in policy and "//" not in policy.replace("ws://127.0.0.1:8000", "")
        assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer" and headers["Server"] == "Chinwag"
        assert headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cache-Control"] in ("no-store", "no-cache")
        assert "Access-Control-Allow-Origin" not in headers


async def test_behind_a_proxy_the_public_name_is_ours_and_the_cookie_is_for_tls_only() -> None:
    public = "https://chat.example.com:8443"
    async for client in clients(Address("127.0.0.1", 8000, public=public)):
        for host in (HOST, "chat.example.com:8443", "chat.example.com"):  # the last by nginx's `$host`
            assert (await client.sign_in(headers={"Host": host, "Origin": public}))[0] == 200
        assert "Secure" in client.headers["Set-Cookie"]
        assert "wss://chat.example.com:8443" in client.headers["Content-Security-Policy"]
        foreign = ("evil.example.com", public), ("chat.example.com", "http://chat.example.com")
        for host, origin in (*foreign, ("chat.example.com", "https://chat.example.com")):
            assert (await client.sign_in(headers={"Host": host, "Origin": origin}))[0] == 403
