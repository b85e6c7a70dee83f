"""A README, a manual or a guide that says what is not so: keys, providers, variables, commands, formats and links."""

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
PAGES = {
    page: page.read_text(encoding="utf-8") for page in (ROOT / "README.md", *sorted((ROOT / ".github").rglob("*.md")))
}
README = PAGES[ROOT / "README.md"]
TOLD = "\n".join(text for page, text in PAGES.items() if page.parent.name == "manual" or page.name == "README.md")
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


_WRITTEN = {"escape": "esc", "left_square_bracket": "[", "right_square_bracket": "]"}


def test_the_keys_are_the_keys() -> None:
    words = TOLD.lower()
    for command in COMMANDS:
        if command.rank and command.keys and command.scope in ("app", "chat", "layout", "transcript"):
            key = _WRITTEN.get(command.keys[0], command.keys[0])
            assert key in words or key in TOLD, f"{command.id}: {key}"


def test_every_slash_command_is_told_and_no_other() -> None:
    told = set(re.findall(r"`/([a-z][a-z-]*)(?: [^`]*)?`", TOLD))
    assert told == {command.slash[0] for command in COMMANDS if command.slash}


@pytest.mark.parametrize("name", COMMANDS_OF_THE_SHELL)
def test_every_command_of_the_shell_is_told(name: str) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in GUIDE.glob("*.md"))
    assert f"chinwag {name}" in TOLD and f"chinwag {name}" in pages


def test_no_command_is_told_that_is_none() -> None:
    """A line of a code block that begins with `chinwag` and a lower-case word names a command."""
    texts = [TOLD, *(page.read_text(encoding="utf-8") for page in GUIDE.glob("*.md"))]
    told = {match[1] for text in texts for match in re.finditer(r"(?m)^chinwag ([a-z]+)\b", text)}
    assert told and told <= {name.split()[0] for name in COMMANDS_OF_THE_SHELL}


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_the_guide_tells_every_export_format(format: Format) -> None:
    page = (GUIDE / "export.md").read_text(encoding="utf-8")
    assert f"-f {format.name} " in page and f"**{format.label}** is" in page


def test_the_guide_tells_no_format_that_is_none() -> None:
    page = (GUIDE / "export.md").read_text(encoding="utf-8")
    assert set(re.findall(r"-f (\w+)", TOLD + page)) <= set(FORMATS)
    assert set(re.findall(r"(?m)^\*\*(\w+)\*\* is", page)) == {format.label for format in FORMATS.values()}


def setting_row(setting: Setting) -> str:
    """The row of the manual's table of settings, as the table of settings has it."""
    variable = f"; `{setting.variable}`" if setting.variable else ""
    return f"| `{setting.key}` | {setting.help} | {setting.rule}{variable} | {setting.write(None)} |"


def test_the_table_of_settings_is_what_can_be_set() -> None:
    rows = [setting_row(one) for one in SETTINGS.values() if one.kind != "by hand"]
    missing = [row for row in rows if row not in TOLD]
    assert not missing, "\n".join(missing)


def test_the_presets_of_keys_are_told() -> None:
    page = (GUIDE / "settings.md").read_text(encoding="utf-8")
    assert all(f'"{name}"' in TOLD and f"`{name}`" in page for name in PRESETS if name != "default")


def anchors(text: str) -> set[str]:
    """What `#…` of a link may name: the headings, as GitHub makes them names."""
    headings = re.findall(r"(?m)^#+ (.+)$", re.sub(r"(?ms)^```.*?^```$", "", text))
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file() or target.is_dir(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def test_every_page_of_the_manual_is_led_to_by_the_readme() -> None:
    told = {page.name for page in PAGES if page.parent.name == "manual"}
    assert told == set(re.findall(r"\]\(\.github/manual/([a-z]+\.md)", README))
