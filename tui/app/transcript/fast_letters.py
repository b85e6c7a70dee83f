"""Tells a word that is typed where letters are commands from the commands. Knows keys and times only."""

TOGETHER_S = 0.2
"""Letters that follow each other within this time are those of a word: nobody chooses commands as fast."""
_MOVES = frozenset("hjkl12345")
"""Keys that change nothing, unless somebody has given them to other commands."""


class FastLetters:
    """Lets the first letter of a word through, which may be a command; what follows it at once is none.

    One key over and over is no word, as when it is held down, nor is what follows one that only moves.
    """

    def __init__(self) -> None:
        self._before, self._at = "", float("-inf")
        self._in_word = False

    def drops(self, key: str, *, letter: bool, pressed_at: float) -> bool:
        """Whether a key is no command; to be asked once for each that is pressed.

        Args:
            key: its name, which for Enter is "enter".
            letter: the key writes something.
            pressed_at: seconds; of any clock, but always the same.
        """
        soon = bool(self._before) and pressed_at - self._at < TOGETHER_S
        repeated = key == self._before and not self._in_word
        self._in_word = soon and not repeated and (letter or (key == "enter" and self._in_word))
        counts = letter and (self._in_word or key not in _MOVES)
        self._before, self._at = (key if counts else ""), pressed_at
        return self._in_word
