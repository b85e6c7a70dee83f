"""What may be spent, as a person writes it: dollars ("$5", 5.0) or tokens ("200k tokens"). Pure."""

from decimal import Decimal

from tui.bounds import LARGEST, dollars
from tui.dataclass import dataclass
from tui.figures import money, tokens
from tui.pattern import pattern
from tui.text import clean_line

RULE = "an amount such as $5 or 200k tokens, or off"

_OFF = ("off", "none", "no limit")
_MONEY = pattern(r"\$?\s*(?P<number>[\d.,]+)\s*(?:\$|usd|dollars?)?")
_TOKENS = pattern(r"(?P<number>[\d.,]+)\s*(?P<scale>[km]?)\s*(?:tokens?|tok)")
_GROUPED = pattern(r"\d{1,3}(,\d{3})+(\.\d+)?")
_SCALES = {"": 1, "k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True)
class Amount:
    """Dollars or tokens; the other one is None."""

    dollars: Decimal | None = None
    tokens: int | None = None

    @property
    def shown(self) -> str:
        """For a sentence: "$5.00", "200k tokens"."""
        return money(self.dollars) if self.tokens is None else f"{tokens(self.tokens)} tokens"

    @property
    def written(self) -> str:
        """Exact, as it can be read again: "$5", "200k tokens"."""
        if self.tokens is None:
            return f"${self.dollars:f}"
        for scale, letter in ((1_000_000, "M"), (1_000, "k")):
            if self.tokens % scale == 0:
                return f"{self.tokens // scale}{letter} tokens"
        return f"{self.tokens} tokens"


def read_amount(value: object) -> Amount | None:
    """An amount out of a file or of what was typed; a number alone is dollars, 0 is nothing at all. None for "off".

    Raises:
        ValueError: it is none, or below 0; the message is half a sentence, "-1 is not an amount such as …".
    """
    text = str(value).strip().casefold()
    if text in _OFF:
        return None
    amount = Amount()
    if isinstance(value, int | float) and not isinstance(value, bool):
        amount = Amount(dollars(value))
    elif match := _MONEY.fullmatch(text):
        amount = Amount(_decimal(match["number"]))
    elif match := _TOKENS.fullmatch(text):
        number = _decimal(match["number"])
        count = None if number is None else number * _SCALES[match["scale"]]
        amount = Amount(tokens=None if count is None or 0 < count < 1 or count > LARGEST else int(count))
    if amount == Amount():
        raise ValueError(f"{clean_line(str(value), 20) or 'Nothing'} is not {RULE}")
    return amount


def _decimal(digits: str) -> Decimal | None:
    """A number: 1,000 is a thousand, and 2,50 two and a half; None for what is none, or none that can be meant."""
    return dollars(digits.replace(",", "") if _GROUPED.fullmatch(digits) else digits.replace(",", "."))
