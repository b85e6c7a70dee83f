"""A vendor's key that shows in a log, a crash report or an error, or that is not known for whose it is."""

import re

import pytest

from tui.agent.providers import VENDORS, key_pattern, vendor_of_key
from tui.agent.wire.request_context import RequestContext
from tui.key_shapes import KEY_SHAPES
from tui.text import redact

_HEX = "0123456789abcdef" * 2
_LETTERS = "aB3dE6gH9jK2mN5pQ8sT"

EXAMPLES = {
    "openai": (f"sk-{_LETTERS * 2}", f"sk-proj-{_LETTERS}_{_LETTERS}-x", f"sk-svcacct-{_LETTERS}"),
    "anthropic": (f"sk-ant-api03-{_LETTERS}-{_LETTERS}", f"sk-ant-oat01-{_LETTERS}"),
    "openrouter": (f"sk-or-v1-{_HEX * 2}",),
    "deepseek": (f"sk-{_HEX}",),
    "google-gla": (f"AIzaSy{_LETTERS}-_", f"AQ.Ab8R{_LETTERS}"),
    "google-vertex": (f"ya29.a0{_LETTERS}-_.{_LETTERS}",),
    "bedrock": (f"ABSKQmVkcm9ja{_LETTERS}+/==", "AKIAIOSFODNN7EXAMPLE"),
    "groq": (f"gsk_{_LETTERS * 2}",),
    "xai": (f"xai-{_LETTERS * 4}",),
    "together": (f"tgp_v1_{_LETTERS}-{_LETTERS}",),
    "fireworks": (f"fw_{_LETTERS}",),
    "cerebras": (f"csk-{_LETTERS}",),
    "perplexity": (f"pplx-{_LETTERS}",),
    "huggingface": (f"hf_{_LETTERS}",),
    "zai": (f"{_HEX}.{_LETTERS[:16]}",),
}
"""Made up, but of the shape that each vendor hands out."""

KEYS = [(name, key) for name, keys in EXAMPLES.items() for key in keys]


def test_every_row_with_a_shape_has_an_example_of_it() -> None:
    for vendor in VENDORS.values():
        for shape in vendor.key_shapes:
            assert any(re.fullmatch(shape, key) for key in EXAMPLES[vendor.name]), f"{vendor.name}: {shape}"


def test_what_is_masked_everywhere_is_what_the_vendors_hand_out() -> None:
    assert set(KEY_SHAPES) == {shape for vendor in VENDORS.values() for shape in vendor.key_shapes}


@pytest.mark.parametrize(("vendor", "key"), KEYS)
def test_a_key_is_masked_in_a_log_and_in_a_providers_error(vendor: str, key: str) -> None:
    said = f"Incorrect key {key}, see https://x.test"
    quoted = RequestContext(vendor, vendor, key_pattern=key_pattern()).quote(said)
    for masked in (redact(said), quoted):
        assert masked == "Incorrect key …, see https://x.test"


@pytest.mark.parametrize(("vendor", "key"), KEYS)
def test_a_pasted_key_is_known_for_its_vendors(vendor: str, key: str) -> None:
    found = vendor_of_key(key)
    assert found is not None and found.name == vendor


@pytest.mark.parametrize("text", ["a-plain-word", "sk-short", "d41d8cd98f00b204e9800998ecf8427e", "fw_", "hello world"])
def test_other_text_is_nobodys_key(text: str) -> None:
    assert vendor_of_key(text) is None


def test_the_key_of_an_error_is_masked_where_the_server_starred_its_middle() -> None:
    said = "Incorrect API key provided: sk-proj-ab********************wxyz. You can find it"
    assert "wxyz" not in redact(said)
    assert "wxyz" not in RequestContext("openai", "OpenAI", key_pattern=key_pattern()).quote(said)
