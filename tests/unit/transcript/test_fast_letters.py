"""Who types a sentence where letters are commands must not delete, ask and pay with it; who presses commands must not
wait for any of them."""

from tui.app.transcript.fast_letters import FastLetters


def acting(*keys: str, pause: float) -> list[str]:
    """Which of keys that follow each other after a pause are commands."""
    letters, times = FastLetters(), (number * pause for number in range(len(keys)))
    return [
        key for key, at in zip(keys, times, strict=True) if not letters.drops(key, letter=len(key) == 1, pressed_at=at)
    ]


def test_of_a_word_no_letter_but_the_first_is_a_command() -> None:
    assert acting(*"dread", pause=0.1) == ["d"]
    assert acting(*"/compare quick gpt-5.6", "enter", pause=0.1) == ["/"], "neither Enter, which would pick an answer"
    assert acting(*"middle", pause=0.15) == ["m"], "two of one letter in a word are no key that is held down"


def test_commands_that_a_person_chooses_act() -> None:
    assert acting(*"dread", pause=0.3) == [*"dread"]
    assert acting(*"dddd", pause=0.03) == [*"dddd"], "a key that is held down"
    assert acting(*"jjkr", pause=0.05) == [*"jjkr"], "one that follows moves"
    assert acting("d", "enter", "down", "r", pause=0.05) == ["d", "enter", "down", "r"]
