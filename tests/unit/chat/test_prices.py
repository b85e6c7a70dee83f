"""What a reply cost, from the bundled table: the right sum, or an honest "unknown"."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

from tui.chat.catalog.prices import Prices, Seller
from tui.chat.usage import StoredUsage

NOW = datetime(2026, 1, 15, tzinfo=UTC)
CLAUDE = (Seller("anthropic"), "claude-sonnet-4-5")
THOUSAND = StoredUsage(input=1000, output=100, requests=1)


async def loaded() -> Prices:
    prices = Prices()
    await prices.load()
    return prices


async def test_cached_tokens_are_billed_at_their_own_price() -> None:
    prices = await loaded()
    full = prices.price(*CLAUDE, THOUSAND, NOW)
    cached = prices.price(*CLAUDE, StoredUsage(input=1000, cached=200, output=100, requests=1), NOW)
    written = prices.price(*CLAUDE, StoredUsage(input=1000, cache_written=200, output=100, requests=1), NOW)
    assert full == Decimal("0.0045")
    assert cached == Decimal("0.00396")
    assert written == Decimal("0.00465")


async def test_window_and_list_prices_of_a_known_model() -> None:
    listed = (await loaded()).look_up(*CLAUDE)
    assert listed is not None
    assert (listed.window, listed.input, listed.output) == (200_000, Decimal(3), Decimal(15))


async def test_what_is_not_known_has_no_price_and_not_a_price_of_zero() -> None:
    prices = await loaded()
    assert prices.price(Seller("ollama"), "qwen3:30b", THOUSAND, NOW) is None
    assert prices.price(Seller("openai"), "gpt-99-imaginary", THOUSAND, NOW) is None
    assert prices.price(*CLAUDE, StoredUsage(input=1000), NOW) is None
    assert prices.price(*CLAUDE, StoredUsage(), NOW) is None
    assert prices.price(Seller("cerebras"), "qwen-3-coder-480b", THOUSAND, NOW) is None, "listed without a price"
    assert prices.look_up(Seller(None, "http://127.0.0.1:8000/v1"), "gpt-4o") is None
    assert prices.look_up(Seller(None, None), "gpt-4o") is None


async def test_our_names_of_vendors_find_the_tables_names() -> None:
    prices = await loaded()
    assert prices.look_up(Seller("google"), "gemini-2.5-flash") is not None
    assert prices.look_up(Seller("gemini"), "gemini-2.5-flash") is not None
    assert prices.look_up(Seller("xai"), "grok-4") is not None
    assert prices.look_up(Seller(None, "https://api.openai.com/v1"), "gpt-4o") is not None


async def test_before_the_table_is_loaded_everything_is_unknown() -> None:
    assert Prices().price(*CLAUDE, THOUSAND, NOW) is None


async def test_counts_that_contradict_each_other_give_no_price() -> None:
    prices = await loaded()
    assert prices.price(*CLAUDE, StoredUsage(input=10, cached=20, output=1), NOW) is None


async def test_two_who_ask_at_once_share_one_load_and_one_who_gives_up_spoils_nothing() -> None:
    prices = Prices()
    impatient = asyncio.create_task(prices.load())
    patient = asyncio.create_task(prices.load())
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert prices.loaded


def test_the_table_is_not_imported_with_the_module() -> None:
    code = "import sys, tui.chat.catalog.prices; print('genai_prices' in sys.modules, 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == (
        "False False\n"
    )


def test_who_asks_before_the_table_is_loaded_waits_for_no_import() -> None:
    """Lost else: the keys of the first prompt, which is priced beside them, behind a second of imports."""
    code = """
import sys
from datetime import UTC, datetime
from tui.chat.catalog.prices import Prices, Seller
from tui.chat.usage import StoredUsage
seller = Seller("anthropic")
assert Prices().price(seller, "claude-sonnet-4-5", StoredUsage(input=1000, output=100), datetime.now(UTC)) is None
assert Prices().look_up(seller, "claude-sonnet-4-5") is None
assert "genai_prices" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
