"""Questions that are answered by typing one of the words that they name; Enter alone answers none."""

from collections.abc import Sequence
from typing import Protocol

from tui.commands.plain.page import Page
from tui.figures import counted


class LineSource(Protocol):
    """Gives the lines that a person types."""

    async def read(self, prompt: str, *, answer: bool = False) -> list[str]:
        """The lines that are typed next, see `Keyboard.read`."""


class Asker:
    """Asks on a page, and reads what is answered."""

    def __init__(self, page: Page, lines: LineSource) -> None:
        self._page = page
        self._lines = lines

    async def read(self, prompt: str) -> str:
        """What is typed in answer to a question that stands above, without the blanks around it; raises as `ask`."""
        (typed,) = await self._lines.read(prompt, answer=True)
        self._page.typed()
        return typed.strip()

    async def ask(self, question: str, answers: Sequence[str], *, words_behind: str = "") -> tuple[str, str]:
        """Ask until one of the answers was typed.

        Args:
            question: what is asked; raw.
            answers: words of which one has to be typed, such as "yes" and "this chat".
            words_behind: the answer behind which words of the person may stand; "" for none.

        Returns:
            The answer, and the words behind it.

        Raises:
            InterruptedLineError: ctrl+c.
            EOFError: ctrl+d.
        """
        self._page.say(question)
        *others, last = answers
        wanted = f"Type {', '.join(others)} or {last}"
        while True:
            typed = " ".join((await self.read(f"{wanted}: ")).split())
            if typed.casefold() in answers:
                return typed.casefold(), ""
            first, _, words = typed.partition(" ")
            if words_behind and first.casefold().rstrip(",:") == words_behind and words:
                return words_behind, words
            self._page.say(f"That is none of the {counted(len(answers), 'answer')}.")
