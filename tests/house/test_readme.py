"""A README or a guide that says what is not so: keys, providers, variables, commands and formats."""

import re
from pathlib import Path

import pytest

from tui.agent.models.infer import model_of
from tui.agent.models.target import Target
from tui.agent.providers import VENDORS, Provider, Vendor
from tui.app.commands import COMMANDS
from tui.app.keymap.presets import PRESETS
from tui.commands import COMMANDS as COMMANDS_OF_THE_SHELL
from tui.config import SETTINGS, Setting
from tui.formats import FORMATS, Format

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = ROOT / "tui" / "agent" / "models" / "demo_pages"
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
    words = README.lower()
    for command in COMMANDS:
        if command.rank and command.keys and command.scope in ("app", "chat", "layout", "transcript"):
            key = {"escape": "esc"}.get(command.keys[0], command.keys[0])
            assert key in words or key in README, f"{command.id}: {key}"


def test_every_slash_command_is_told_and_no_other() -> None:
    told = set(re.findall(r"`/([a-z][a-z-]*)(?: [^`]*)?`", README))
    assert told == {command.slash[0] for command in COMMANDS if command.slash}


@pytest.mark.parametrize("name", COMMANDS_OF_THE_SHELL)
def test_every_command_of_the_shell_is_told(name: str) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in GUIDE.glob("*.md"))
    assert f"chinwag {name}" in README and f"chinwag {name}" in pages


def test_no_command_is_told_that_is_none() -> None:
    """A line of a code block that begins with `chinwag` and a lower-case word names a command."""
    texts = [README, *(page.read_text(encoding="utf-8") for page in GUIDE.glob("*.md"))]
    told = {match[1] for text in texts for match in re.finditer(r"(?m)^chinwag ([a-z]+)\b", text)}
    assert told and told <= {name.split()[0] for name in COMMANDS_OF_THE_SHELL}


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_the_guide_tells_every_export_format(format: Format) -> None:
    page = (GUIDE / "export.md").read_text(encoding="utf-8")
    assert f"-f {format.name} " in page and f"**{format.label}** is" in page


def test_the_guide_tells_no_format_that_is_none() -> None:
    page = (GUIDE / "export.md").read_text(encoding="utf-8")
    assert set(re.findall(r"-f (\w+)", README + page)) <= set(FORMATS)
    assert set(re.findall(r"(?m)^\*\*(\w+)\*\* is", page)) == {format.label for format in FORMATS.values()}


def setting_row(setting: Setting) -> str:
    """The row of the README's table of settings, as the table of settings has it."""
    values = setting.rule
    variable = f"; `{setting.variable}`" if setting.variable else ""
    return f"| `{setting.key}` | {setting.help} | {values}{variable} | {setting.write(None)} |"


def test_the_table_of_settings_is_what_can_be_set() -> None:
    rows = [setting_row(one) for one in SETTINGS.values() if one.kind != "by hand"]
    missing = [row for row in rows if row not in README]
    assert not missing, "\n".join(missing)


def test_the_presets_of_keys_are_told() -> None:
    page = (GUIDE / "settings.md").read_text(encoding="utf-8")
    assert all(f'"{name}"' in README and f"`{name}`" in page for name in PRESETS if name != "default")
