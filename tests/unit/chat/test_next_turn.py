"""What the switcher says of each model before it is chosen: right, quick for thousands, and the same as afterwards."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalog import catalog_of
from tests.support.library import conversation, prompt, reply
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tests.unit.chat.test_switching import rows
from tui.agent.models.fit import fit
from tui.chat.catalog.info import ModelInfo
from tui.chat.replies.messages import messages_of
from tui.chat.replies.next_turn import Forecast, NextTurn
from tui.chat.replies.switching import cached_tokens, price_of, switch_notes
from tui.chat.usage import StoredUsage
from tui.config import Config
from tui.store.records import Message, SwitchLine

CLAUDE = "anthropic:claude-sonnet-4-5"


async def no_files(hashes: Collection[str]) -> dict[str, bytes]:
    return {}


def answered(model: str, minutes_ago: float, **usage: Any) -> list[Message]:
    owner = conversation(model=model)
    asked = prompt(owner, "look")
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    known = StoredUsage(**usage).to_json()
    return [asked, replace(reply(owner, asked, "a cat", model=model), created_at=at, usage=known)]


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (NextTurn(78_400, None, 32_000, "", "cold"), "78.4k > 32k: will not fit · cache cold"),
        (NextTurn(78_400, None, None, "3 images → placeholders", ""), "3 images → placeholders"),
        (NextTurn(78_400, Decimal(1), 400_000, "2 thoughts not sent", "warm"), "2 thoughts not sent · cache warm"),
        (NextTurn(0, None, 1, "", ""), "will not fit"),
    ],
)
def test_the_worst_comes_first_and_what_is_not_known_is_not_said(turn: NextTurn, words: str) -> None:
    assert turn.words == (words if turn.tokens else "")


async def test_what_is_said_before_the_switch_is_what_the_line_says_after_it() -> None:
    catalog = catalog_of(Config(Path("config.toml")), environ={"DEEPSEEK_API_KEY": "k", "OPENAI_API_KEY": "k"})
    branch = rows("anthropic:claude-sonnet-5-5")
    await catalog.load_prices()
    ids = ("deepseek:deepseek-chat", "openai:gpt-5.6", "groq:no-key", "demo:guide")
    forecast = Forecast(catalog, branch, no_files, 1_000)
    await forecast.look([catalog.find(id) for id in ids])
    for id in ids:
        (line,) = [note async for _, note in switch_notes(branch, [SwitchLine(None, "", id)], catalog)]
        turn = forecast.known(catalog.find(id))
        assert turn is not None and turn.words == line


async def test_hundreds_of_models_are_fitted_by_what_they_take_and_the_history_is_decoded_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A list that is slow while one types in it is not used."""
    catalog = catalog_of(Config(Path("config.toml")), environ={"OPENROUTER_API_KEY": "k", "DEEPSEEK_API_KEY": "k"})
    branch = rows("anthropic:claude-sonnet-5-5")
    fitted, decoded = [], []

    def counted_fit(history: Sequence[Any], target: Any, **options: Any) -> Any:
        fitted.append(target)
        return fit(history, target, **options)

    def counted(row: Message) -> Any:
        decoded.append(row.id)
        return messages_of(row)

    monkeypatch.setattr("tui.agent.models.fit.fit", counted_fit)
    monkeypatch.setattr("tui.chat.replies.messages.messages_of", counted)
    infos = [catalog.find(f"openrouter:lab/model-{number}") for number in range(300)]
    forecast = Forecast(catalog, branch, no_files, 1_000)
    for start in range(0, 300, 100):
        await forecast.look(infos[start : start + 100])
    await forecast.look([catalog.find("deepseek:deepseek-chat")])
    assert len(fitted) == 2 and len(decoded) == len(branch)
    assert all(turn is not None and turn.losses == "2 thoughts not sent" for turn in map(forecast.known, infos))


async def test_a_model_that_wrote_the_thoughts_gets_them_back_and_its_neighbours_do_not() -> None:
    catalog = catalog_of(Config(Path("config.toml")), environ={"OPENROUTER_API_KEY": "k"})
    branch = rows("anthropic:claude-sonnet-5-5")
    own, other = catalog.find("bedrock:claude-sonnet-5-5"), catalog.find("anthropic:claude-sonnet-5-5")
    forecast = Forecast(catalog, branch, no_files, 1_000)
    await forecast.look([own, other])
    assert [turn.losses for one in (own, other) if (turn := forecast.known(one))] == ["2 thoughts not sent", ""]


async def test_a_model_with_other_facts_is_looked_at_anew() -> None:
    catalog = ScriptedCatalog({"fake:one": ScriptedModel()}, window=500)
    (info,) = catalog.models()
    forecast = Forecast(catalog, rows("fake:two"), no_files, 1_000, draft=200)
    await forecast.look([info])
    known, larger = forecast.known(info), replace(info, window=5_000)
    assert known is not None and known.too_long == "1.2k > 500: will not fit"
    assert forecast.known(larger) is None
    await forecast.look([larger])
    assert (turn := forecast.known(larger)) is not None and turn.fits


async def test_a_model_that_cannot_be_built_is_left_out_and_the_others_are_told() -> None:
    catalog = catalog_of(Config(Path("config.toml")), environ={})
    gone, guide = ModelInfo("local:gone", "gone", "local", "This machine"), catalog.find("demo:guide")
    forecast = Forecast(catalog, rows("a:b"), no_files, None)
    await forecast.look([gone, guide])
    assert forecast.known(gone) is None and forecast.known(guide) is not None
    assert forecast.tokens > 0, "estimated by the words where no provider counted"


def test_a_cache_is_warm_for_five_minutes_and_for_what_was_read_or_put_there() -> None:
    assert (
        cached_tokens(answered(CLAUDE, 2, input=900, cached=600, cache_written=200), CLAUDE, datetime.now(UTC)) == 800
    )
    assert cached_tokens(answered(CLAUDE, 6, input=900, cached=600), CLAUDE, datetime.now(UTC)) == 0
    assert cached_tokens(answered("a:b", 1, input=900, cached=600), CLAUDE, datetime.now(UTC)) == 0


async def test_what_is_in_the_cache_costs_what_the_cache_costs_and_an_unknown_price_is_the_full_one() -> None:
    catalog = catalog_of(Config(Path("config.toml")), environ={})
    await catalog.load_prices()
    info, now = catalog.find(CLAUDE), datetime.now(UTC)
    branch = answered(CLAUDE, 1, input=900_000, cached=900_000)
    written = Decimal("7.50")  # above 200k tokens Claude takes twice as much, and a quarter more for keeping them
    assert price_of([], 1_000_000, info, catalog, now) == written
    assert price_of([], 100_000, catalog.find("bedrock:meta.llama4-x"), catalog, now) is None
    by_hand = replace(info, priced_by_hand=True, written_price=None)
    assert price_of([], 1_000_000, by_hand, catalog, now) == Decimal(3), "what keeping costs is not known"
    assert price_of(branch, 100_000, info, catalog, now) == Decimal("0.03")
    listed = replace(info, id="x:y", provider="x", input_price=Decimal(2), output_price=Decimal(3), cached_price=None)
    branch = answered("x:y", 1, input=900_000, cached=900_000)
    assert price_of(branch, 1_000_000, listed, catalog, now) == 2
    assert price_of(branch, 1_000_000, replace(listed, input_price=None), catalog, now) is None
