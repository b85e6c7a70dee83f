"""What was written and not sent comes back; that `kill -9` takes no more than half a second of it: battery `kills`."""

from tests.support.pty import Terminal

QUIT = "\x11"


async def test_the_next_start_has_it_in_the_composer_and_one_for_another_model_leaves_it_there() -> None:
    async with Terminal("-m", "test:test") as terminal:
        await terminal.sees("Ask anything")
        terminal.press("half a thought")
        await terminal.sees("half a thought")
        terminal.press(QUIT)
        assert await terminal.gone() == 0, "nothing is asked"
    async with Terminal("-m", "demo:guide") as terminal:
        await terminal.sees("✎")
        assert "Ask anything" in terminal.text()
    async with Terminal() as terminal:
        await terminal.sees(r"❯ half a thought")
