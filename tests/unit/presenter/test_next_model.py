"""Who answers next: what was chosen for one turn, for the conversation, or for nothing yet."""

from dataclasses import replace

from tests.support.library import MODEL, conversation
from tui.app.chat.next_model import NextModel

CHAT = conversation()
OTHER = conversation("Another")


def test_nobody_answers_before_the_first_conversation() -> None:
    assert NextModel().of(None, empty=True) == ""


def test_an_offer_stands_in_for_a_choice_until_one_is_made() -> None:
    next_model = NextModel()
    next_model.offered = "local:found"
    assert next_model.of(CHAT, empty=False) == "local:found"
    next_model.chosen = True
    assert next_model.of(CHAT, empty=False) == MODEL
    assert next_model.of(CHAT, empty=True) == "local:found", "nobody has gone on with an empty one"


def test_a_model_that_is_asked_once_answers_one_turn_of_one_conversation() -> None:
    next_model = NextModel()
    next_model.offered = "local:found"
    next_model.ask_once(CHAT, "a:guest")
    assert next_model.of(CHAT, empty=True) == "a:guest" and next_model.of(OTHER, empty=True) == "local:found"
    assert next_model.take_once(OTHER.id) == "" and next_model.take_once(CHAT.id) == "a:guest"
    assert next_model.once(CHAT) == "" and next_model.of(CHAT, empty=True) == "local:found"


def test_asking_the_conversations_own_model_once_takes_the_guest_back() -> None:
    for own in ("", MODEL):
        next_model = NextModel()
        next_model.chosen = True
        next_model.ask_once(CHAT, "a:guest")
        next_model.ask_once(CHAT, own)
        assert next_model.once(CHAT) == "" and next_model.of(CHAT, empty=False) == MODEL


def test_the_conversations_own_model_is_that_of_this_window() -> None:
    next_model = NextModel()
    next_model.chosen = True
    assert next_model.of(replace(CHAT, model="a:here"), empty=False) == "a:here"
