"""The arrow up goes through what was sent, and the arrow down back to what was being written."""

from tui.app.widgets.prompt_history import PromptHistory


def test_up_to_the_first_and_down_to_what_was_written() -> None:
    history = PromptHistory()
    history.load(["one", "two"])
    assert [history.step(step, "draft") for step in (-1, -1, -1, 1, 1)] == ["two", "one", None, "two", "draft"]


def test_what_was_sent_again_stands_there_once_and_blanks_do_not() -> None:
    history = PromptHistory()
    for text in ("one", "one", "  "):
        history.add(text)
    assert [history.step(-1, ""), history.step(-1, "")] == ["one", None]


def test_the_last_200_are_remembered() -> None:
    history = PromptHistory()
    history.load([str(number) for number in range(300)])
    steps = [history.step(-1, "") for _ in range(201)]
    assert steps[0] == "299" and steps[199] == "100" and steps[200] is None
