"""Settings of an agent and of a run come together: the run's own win, key by key."""

import pytest

from tui.agent.settings import ModelSettings, merge_model_settings


@pytest.mark.parametrize(
    ("base", "overrides", "merged"),
    [
        (None, None, None),
        ({}, {}, None),
        ({}, None, None),
        (None, {}, None),
        ({"seed": 1}, None, {"seed": 1}),
        (None, {"seed": 1}, {"seed": 1}),
        ({"seed": 1}, {}, {"seed": 1}),
        ({"seed": 1, "top_p": 0.5}, {"seed": 2}, {"seed": 2, "top_p": 0.5}),
        ({"logit_bias": {"1": 1}}, {"logit_bias": {"2": 2}}, {"logit_bias": {"2": 2}}),
    ],
)
def test_the_run_wins_key_by_key_and_nothing_is_nothing(
    base: ModelSettings | None, overrides: ModelSettings | None, merged: ModelSettings | None
) -> None:
    assert merge_model_settings(base, overrides) == merged


def test_neither_of_both_is_changed() -> None:
    base: ModelSettings = {"seed": 1}
    overrides: ModelSettings = {"top_p": 1.0}
    merged = merge_model_settings(base, overrides)
    assert merged == {"seed": 1, "top_p": 1.0}
    assert (base, overrides) == ({"seed": 1}, {"top_p": 1.0})


def test_all_keys_of_0_0_40_and_ours_are_there() -> None:
    assert sorted(ModelSettings.__annotations__) == [
        "extra_body",
        "extra_headers",
        "frequency_penalty",
        "logit_bias",
        "max_tokens",
        "parallel_tool_calls",
        "presence_penalty",
        "seed",
        "service_tier",
        "stop_sequences",
        "temperature",
        "text_schema",
        "thinking",
        "timeout",
        "tool_choice",
        "top_k",
        "top_p",
        "verbosity",
        "web_search",
    ]
    assert ModelSettings.__required_keys__ == frozenset()
