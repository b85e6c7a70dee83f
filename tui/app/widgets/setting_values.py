"""The values of a conversation's settings: what a person typed for one, and the next one up or down. Pure."""

import math
from dataclasses import replace
from typing import Literal, get_args

from tui.chat.settings import EFFORTS, ChatSettings, Effort
from tui.text import clean_line

SettingName = Literal["effort", "temperature", "top_p", "max_tokens", "system_prompt"]
SETTING_NAMES: tuple[SettingName, ...] = get_args(SettingName)

_LONGEST_ANSWER = 10_000_000


def read_value(name: SettingName, text: str) -> float | int | None:
    """What a person typed for a number; "" and "default" mean the provider's default.

    Raises:
        ValueError: it makes no sense; the message is a sentence for that person.
    """
    text = text.strip().casefold().replace(",", ".")
    if text in ("", "default"):
        return None
    if name == "max_tokens":
        return _whole(text)
    top = 2 if name == "temperature" else 1
    value = _number(text)
    if not 0 <= value <= top:
        raise ValueError(f"{clean_line(text, 20)} is not a number from 0 to {top}; the value stays.")
    return round(value, 3)


def _whole(text: str) -> int:
    value = _number(text.removesuffix("k")) * (1_000 if text.endswith("k") else 1)
    if not 1 <= value <= _LONGEST_ANSWER or value != int(value):
        raise ValueError(f"{clean_line(text, 20)} is not a whole number above 0; the value stays.")
    return int(value)


def _number(text: str) -> float:
    """NaN, which lies in no range, for what is no number."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def with_value(settings: ChatSettings, name: SettingName, value: float | int | str | None) -> ChatSettings:
    """The settings with one value changed."""
    return replace(settings, **{name: value})  # type: ignore[arg-type]  # the callers check the value against the name


def next_effort(effort: Effort | None, step: int = 1) -> Effort | None:
    """The effort after this one; the provider's default stands between "max" and "off"."""
    choices: list[Effort | None] = [None, *EFFORTS]
    return choices[(choices.index(effort) + step) % len(choices)]


def stepped(settings: ChatSettings, name: SettingName, step: int) -> ChatSettings:
    """The settings with one value moved by one step up or down; ends stay ends."""
    match name:
        case "effort":
            return replace(settings, effort=next_effort(settings.effort, step))
        case "temperature":
            return replace(settings, temperature=_moved(settings.temperature, step / 10, top=2.0))
        case "top_p":
            return replace(settings, top_p=_moved(settings.top_p, step / 20, top=1.0))
        case "max_tokens":
            now = settings.max_tokens or 2048
            return replace(settings, max_tokens=min(max(now * 2 if step > 0 else now // 2, 1), _LONGEST_ANSWER))
        case "system_prompt":
            return settings


def _moved(value: float | None, by: float, *, top: float) -> float:
    """A number moved within 0 and `top`; an unset one becomes 1."""
    return 1.0 if value is None else round(min(max(value + by, 0.0), top), 3)
