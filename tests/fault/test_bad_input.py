"""Bad circumstances in front of a person: what happened, to what, what next; nothing typed or received is lost."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.protocol_server import Answer, ProtocolServer, json_answer, sse
from tests.support.pty import Terminal, library_of
from tui.paths import config_dir
from tui.store.migrations import APPLICATION_ID

QUESTION = "Is it all kept?"
CUT = sse({"choices": [{"delta": {"content": "Half an answer"}}]}, done=False)


def configured(text: str) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(text)


def provider(url: str) -> str:
    return f'[providers.mine]\nbase_url = "{url}/v1"\napi_key_env = "MINE_SECRET"\n'


def kept(home: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{library_of(home)}?mode=ro", uri=True)) as library:
        return [text for (text,) in library.execute("SELECT text FROM messages ORDER BY number")]


def refusal(status: int, words: str) -> Answer:
    return json_answer({"error": {"message": words}}, status, retry_after="0")


@pytest.mark.parametrize(
    ("answer", "says", "words"),
    [
        (refusal(401, "Incorrect API key provided: sk-canary"), "Key refused .*mine refused the key .*Check", ""),
        (refusal(404, "no such model"), "Model not found .*mine does not know .*Choose a model that mine offers", ""),
        (Answer(CUT, end="cut"), "Connection lost .*middle of the answer.* Retry to get", "Half an answer"),
    ],
    ids=["refused key", "404", "cut"],
)  # fmt: skip
async def test_a_provider_that_fails_is_named_with_what_to_do_and_can_be_asked_again(
    answer: Answer, says: str, words: str, _home: Path
) -> None:
    async with ProtocolServer(answer) as server:
        configured(provider(server.url))
        async with Terminal("-m", "mine:one", QUESTION, MINE_SECRET="sk-canary") as screen:
            await screen.sees(f"{words}.*✗ {says}.*r retry")
            screen.press("typed since")
            await screen.sees("❯ typed since")
            screen.press("\x11")
            assert await screen.gone() == 0
            assert "Traceback" not in screen.printed() and "canary" not in screen.printed()
    assert kept(_home) == [QUESTION, words]


async def test_a_server_that_is_down_is_named_with_its_address(_home: Path) -> None:
    async with ProtocolServer(Answer()) as server:
        url = server.url
    configured(provider(url))
    async with Terminal("-m", "mine:one", QUESTION, MINE_SECRET="sk-canary") as screen:
        await screen.sees(
            f"✗ No connection .*mine cannot be reached at {url} .*Your message is saved. Start the server"
        )
        screen.press("\x11")
        assert await screen.gone() == 0
    assert kept(_home)[0] == QUESTION


async def test_without_a_key_the_variable_is_named_and_the_question_kept(_home: Path) -> None:
    async with Terminal("-m", "openai:gpt-5.6", QUESTION) as screen:
        await screen.sees("✗ No model to ask .*There is no key for OpenAI. Your message is saved. Set OPENAI_API_KEY")
        screen.press("\x11")
        assert await screen.gone() == 0
    assert kept(_home)[0] == QUESTION


async def test_a_home_that_cannot_be_written_costs_the_library_only(_home: Path) -> None:
    (_home / "data").write_text("a file where the folder should be")
    async with Terminal("--demo", "keys") as screen:
        await screen.sees("! Nothing will be saved. The library .*chats.db could not be opened.* CHINWAG_DATA_DIR")
        await screen.sees("guide, not a model")
        screen.press("\x1b")
        await screen.sees("■ Stopped by you")
        screen.press("\x11")
        await screen.sees("2 messages could not be saved")
        screen.press("\r")
        assert await screen.gone() == 0
        assert "Traceback" not in screen.printed()
        assert "unsaved-" in screen.printed()


async def test_a_broken_theme_is_named_with_file_and_line_and_another_is_worn(_home: Path) -> None:
    configured('theme = "mine"\n')
    (config_dir() / "themes").mkdir()
    (config_dir() / "themes" / "mine.toml").write_text('name = "mine"\nprimary = \n')
    async with Terminal("--demo", size=(90, 30)) as screen:
        await screen.sees("! The theme .*mine.toml cannot be read: .*line 2.*\\. Mend or remove the file")
        await screen.sees("There is no theme “mine”; this is chinwag-dark. Choose another")
        screen.press("\x11")
        assert await screen.gone() == 0


async def test_a_library_of_a_newer_version_is_refused_and_not_touched(_home: Path) -> None:
    (_home / "data").mkdir()
    with closing(sqlite3.connect(library_of(_home))) as library:
        library.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        library.execute("PRAGMA user_version = 99")
        library.execute("CREATE TABLE of_the_future (words TEXT)")
        library.commit()
    before = library_of(_home).read_bytes()
    async with Terminal() as screen:
        assert await screen.gone() == 1
        assert "was written by a newer Chinwag: its format is 99" in " ".join(screen.printed().split())
        assert "Update Chinwag, or set CHINWAG_DATA_DIR" in screen.printed()
        assert "Traceback" not in screen.printed() and screen.left_behind() == []
    assert library_of(_home).read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "configuration", "says"),
    [
        (["-m", "opnai:gpt-5"], "", r'no model "opnai:gpt-5"\.\s+Did you mean openai:gpt-5\?'),
        ([], 'model = "demo:guide"\nmodle = 1\n', r"config\.toml:2: .*modle"),
    ],
    ids=["unknown model", "broken configuration"],
)
async def test_what_cannot_be_started_is_said_before_the_screen_changes(
    arguments: list[str], configuration: str, says: str
) -> None:
    configured(configuration)
    async with Terminal(*arguments) as screen:
        assert await screen.gone() == 2
        assert re.search(says, screen.printed())
        assert "Traceback" not in screen.printed() and "\x1b[?1049h" not in screen.printed()
