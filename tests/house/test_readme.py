"""A README that says what is not so: keys, providers and variables."""

from pathlib import Path

from tui.agent.models.fit import Target
from tui.agent.models.infer import model_of
from tui.agent.providers import VENDORS, Provider, Vendor
from tui.app.commands import COMMANDS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
APIS = {
    "openai-chat": "Chat Completions", "openai-responses": "Responses", "anthropic": "Messages",
    "gemini": "generateContent", "ollama": "Ollama", "bedrock": "Converse",
}  # fmt: skip


def provider_row(vendor: Vendor) -> str:
    """The row of the README's table of providers, as the adapters have it."""
    model = model_of(Provider(vendor, base_url=vendor.base_url or "https://example.com", api_key="none"), "some-model")
    target = model.target()
    assert isinstance(target, Target)
    kinds = (
        ("images", target.images),
        ("audio", vendor.quirks.audio if vendor.api == "openai-chat" else target.audio),
        ("PDF", target.documents),
    )
    media = ", ".join(kind for kind, taken in kinds if taken is not False) or "—"
    variables = " or ".join(f"`{name}`" for name in vendor.key_env) or "needs none"
    if vendor.base_url_env:
        variables += f"; `{vendor.base_url_env}`"
    return f"| `{vendor.name}` | {vendor.label} | {variables} | {APIS[vendor.api]} | {media} |"


def test_the_table_of_providers_is_what_the_adapters_do() -> None:
    missing = [row for row in map(provider_row, VENDORS.values()) if row not in README]
    assert not missing, "\n".join(missing)


def test_the_keys_are_the_keys() -> None:
    words = README.lower().replace("f2", "f2")
    for command in COMMANDS:
        if command.rank and command.keys and command.scope in ("app", "chat", "frame", "transcript"):
            key = {"escape": "esc"}.get(command.keys[0], command.keys[0])
            assert key in words, f"{command.id}: {key}"
