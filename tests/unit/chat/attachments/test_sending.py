"""What a chip says before sending: nothing where all goes as it is, else what and why. Agreement with the request is
held by tests/recorded/test_attachments_on_the_wire.py.
"""

from pathlib import Path

from tests.support.catalog import catalog_of
from tests.support.files import pdf, png, wav
from tests.support.switch_cases import PLACES, model_at
from tui.agent.models.test import TestModel
from tui.chat.attachments import Sending, how_all_sent, how_sent
from tui.chat.prompt import PromptAttachment
from tui.config import Config

CAT = PromptAttachment("cat.png", "image/png", png())
BILL = PromptAttachment("bill.pdf", "application/pdf", pdf("Pay."))
BELL = PromptAttachment("bell.wav", "audio/wav", wav())
NOTE = PromptAttachment("a.txt", "text/plain", b"a")
WHOLE = Sending("whole")


async def asked(model: str, *files: PromptAttachment) -> tuple[Sending, ...]:
    environ = {"DEEPSEEK_API_KEY": "k", "ANTHROPIC_API_KEY": "k"}
    return await how_all_sent(files, catalog_of(Config(Path("config.toml")), environ=environ), model)


async def test_what_a_model_takes_needs_no_words() -> None:
    assert await asked("anthropic:claude-sonnet-5-5", CAT, BILL, NOTE) == (WHOLE, WHOLE, WHOLE)


async def test_what_it_does_not_take_is_told_with_the_reason() -> None:
    found = await asked("deepseek:deepseek-chat", CAT, BILL, NOTE, BELL)
    assert found == (
        Sending("omitted", "not sent, only named: images are not read by this model"),
        Sending("text", "only its text is sent: documents of this kind are not read by this model"),
        WHOLE,
        Sending("omitted", "not sent, only named: recordings are not read by this model"),
    )


async def test_without_a_key_nothing_is_claimed() -> None:
    assert await asked("openai:gpt-5.6", CAT, BILL) == (WHOLE, WHOLE)


async def test_text_goes_to_every_model_without_asking_which() -> None:
    assert await asked("nobody:never", NOTE) == (WHOLE,)


def test_what_the_providers_list_says_a_model_cannot_see_is_doubted() -> None:
    model = model_at(PLACES["ollama"])
    assert how_sent(CAT, model, frozenset({"tools"})) == Sending("whole", "this model may not read images")
    assert how_sent(CAT, model, frozenset({"vision"})) == how_sent(CAT, model, None) == WHOLE
    assert how_sent(CAT, TestModel(), frozenset()) == WHOLE
