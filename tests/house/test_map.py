"""The map of the code: a newcomer finds every module from the docstring of the package that holds it."""

import ast
from pathlib import Path

import pytest

TUI = Path(__file__).parents[2] / "tui"
PACKAGES = sorted(path.parent for path in TUI.rglob("__init__.py"))


def guide(package: Path) -> str:
    return ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.relative_to(TUI.parent)))
def test_the_guide_of_a_package_names_all_that_is_in_it(package: Path) -> None:
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in package.glob("*/__init__.py")}
    missing = {name for name in modules | packages if f"`{name}`" not in guide(package)}
    assert not missing, f"{package.name}/__init__.py does not say what these are for: {sorted(missing)}"
