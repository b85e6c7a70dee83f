"""In a real terminal `chinwag doctor keys` shows what arrives, and leaves the terminal as it was."""

import pytest

from tests.support.pty import Terminal


@pytest.mark.parametrize("leave", ["\x11", "\x1b\x1b"])
async def test_a_pressed_key_is_shown_with_its_bytes_its_name_and_its_command(leave: str) -> None:
    async with Terminal("doctor", "keys", size=(120, 30)) as terminal:
        await terminal.sees("Press keys to see")
        terminal.press("\x0c")
        await terminal.sees(r"\\x0c +ctrl\+l +chat\.switch_model")
        terminal.press("\x1b[27;2;13~")
        await terminal.sees(r"shift\+enter +composer\.newline")
        terminal.press(leave)
        assert await terminal.gone() == 0
        assert terminal.left_behind() == []
