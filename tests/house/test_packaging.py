"""What a user gets who installs the wheel, and whether README and CI agree."""

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.apart

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".side" / "installed" / "bin"

ZIPAPP = ROOT / ".side" / "chinwag.pyz"

needs_installed = pytest.mark.skipif(not INSTALLED.exists(), reason=".ci/run makes the environment with the wheel")


@needs_installed
def test_the_wheel_holds_themes_styles_and_guide() -> None:
    code = (
        "import json\nfrom importlib.resources import files\n"
        "from tui.app.theming import bundled_themes\n"
        "print(json.dumps({'themes': sorted(f.name for f in bundled_themes().iterdir()),"
        " 'where': str(bundled_themes()), 'sheet': (files('tui.app') / 'app.tcss').is_file()}))"
    )
    done = subprocess.run([str(INSTALLED / "python"), "-c", code], capture_output=True, text=True, check=True, cwd="/")
    found = json.loads(done.stdout)
    assert found["themes"] == sorted(path.name for path in (ROOT / "themes").glob("*.toml"))
    assert "site-packages" in found["where"]
    assert found["sheet"]


@needs_installed
def test_the_installed_command_answers_without_key_or_network() -> None:
    done = subprocess.run(
        [str(INSTALLED / "chinwag"), "-m", "demo:guide", "-p", "How do I switch models?"],
        capture_output=True, text=True, check=True, cwd="/", timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "model" in done.stdout.lower()


@needs_installed
def test_a_user_gets_no_click_and_few_packages() -> None:
    done = subprocess.run(
        [str(INSTALLED / "python"), "-m", "pip", "list", "--format=json"], capture_output=True, text=True, check=True
    )
    names = {package["name"].lower() for package in json.loads(done.stdout)} - {"pip", "setuptools"}
    assert "click" not in names
    assert len(names) <= 28


@pytest.mark.skipif(not ZIPAPP.exists(), reason=".ci/run makes the single file")
def test_the_single_file_answers_in_an_empty_home_and_is_what_the_launcher_starts(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": str(tmp_path), "LANG": "C.UTF-8", "TERM": "xterm"}

    def run(*arguments: str) -> str:
        return subprocess.run(
            [str(INSTALLED / "python"), "-I", str(ZIPAPP), *arguments],
            capture_output=True, text=True, check=True, cwd="/", timeout=100, stdin=subprocess.DEVNULL, env=environment,
        ).stdout  # fmt: skip

    assert "model" in run("-m", "demo:guide", "-p", "How do I switch models?").lower()
    run("integrate")
    assert f'"{ZIPAPP}"' in (tmp_path / ".local" / "share" / "applications" / "chinwag.desktop").read_text()


def test_the_readme_and_ci_run_the_same_tests() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert ".venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest" in readme
    assert ".venv/bin/pip install -q -e '.[dev,local]'" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_top_level_holds_what_was_agreed() -> None:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT)
    top = {name.partition("/")[0] for name in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= {
        "pyproject.toml", "README.md", "tui", "themes", "tests", "screenshots",
    }  # fmt: skip
