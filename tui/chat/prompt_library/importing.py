"""Taking over prompts of other programs: Fabric's patterns, and the templates of `llm`.

Fabric keeps a pattern as a folder with `system.md` and sometimes `user.md` (github.com/danielmiessler/fabric); its
`{{name}}` are ours. `llm` keeps a template as a YAML file, whose keys are `prompt`, `system`, `model`, `defaults` and
`options`, and whose variables are those of Python's `string.Template`: `$input`, `$name` (llm.datasette.io, Templates).
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tui.chat.prompt_library.folders import LARGEST_BYTES, MOST_FILES
from tui.chat.prompt_library.template import TemplateKind
from tui.dataclass import dataclass
from tui.errors import ConfigError, UsageError
from tui.files import read_regular
from tui.installed import how_to_get

_PLACEHOLDER = re.compile(r"\$(?:(?P<escaped>\$)|(?P<named>[_a-zA-Z]\w*)|\{(?P<braced>[_a-zA-Z]\w*)\})")
_LLM_OPTIONS = {"temperature": "temperature", "top_p": "top_p", "max_tokens": "max_tokens"}
_LLM_KEYS = frozenset({"name", "prompt", "system", "model", "defaults", "options", "extract", "extract_last"})


@dataclass(frozen=True, slots=True)
class ImportedPrompt:
    """A prompt of another program as a file of ours.

    Attributes:
        text: the whole file, front matter included.
        left_out: what of it has no place here, as a few words; "" for nothing.
    """

    name: str
    kind: TemplateKind
    text: str
    source: Path
    left_out: str = ""


def find_prompts(path: Path) -> Iterator[ImportedPrompt | ConfigError]:
    """What `path` holds: a YAML template, a pattern's folder, or a folder of either; an error for each that fails.

    Raises:
        UsageError: there is nothing of the kind.
    """
    if path.is_file():
        yield from _caught(path)
        return
    if not path.is_dir():
        raise UsageError(f"{path} is neither a file nor a folder.")
    found = [path] if (path / "system.md").is_file() else _below(path)
    if not found:
        raise UsageError(f"{path} holds neither Fabric patterns (NAME/system.md) nor templates of llm (*.yaml).")
    for one in found[:MOST_FILES]:
        yield from _caught(one)


def _below(folder: Path) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror or error}.") from error
    return [one for one in inside if (one / "system.md").is_file() or one.suffix in (".yaml", ".yml")]


def _caught(path: Path) -> Iterator[ImportedPrompt | ConfigError]:
    try:
        yield from _pattern(path) if path.is_dir() else [_llm_template(path)]
    except ConfigError as error:
        yield error
    except OSError as error:
        yield ConfigError(f"{path}: {error.strerror or error}.")


def _name_of(path: Path) -> str:
    return re.sub(r"[^\w.-]+", "-", path.stem if path.suffix else path.name).strip("-.")[:64] or "prompt"


def _pattern(folder: Path) -> Iterator[ImportedPrompt]:
    name = _name_of(folder)
    system = _text_of(folder / "system.md")
    if system.strip():
        yield ImportedPrompt(name, "system", system, folder)
    user = folder / "user.md"
    if user.is_file() and (text := _text_of(user)).strip():
        yield ImportedPrompt(name, "prompt", text, folder)


def _text_of(path: Path) -> str:
    try:
        return read_regular(path, LARGEST_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text") from None


def _llm_template(path: Path) -> ImportedPrompt:
    values = _yaml(path, _text_of(path))
    if isinstance(values, str):
        values = {"prompt": values}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: not a template of llm", 'It has neither "prompt" nor "system".')
    prompt, system = values.get("prompt"), values.get("system")
    text = prompt if prompt is not None else system
    if not isinstance(text, str) or not text.strip():
        raise ConfigError(f"{path}: not a template of llm", 'It has neither "prompt" nor "system".')
    defaults = values.get("defaults")
    body = _with_our_variables(text, defaults if isinstance(defaults, dict) else {})
    left_out = sorted(str(key) for key in values if key not in _LLM_KEYS)
    if prompt is not None and system is not None:
        left_out.append("its system prompt")
    head = _head(values)
    kind: TemplateKind = "prompt" if prompt is not None else "system"
    return ImportedPrompt(_name_of(path), kind, f"{head}{body}\n", path, ", ".join(left_out))


def _head(values: Mapping[Any, Any]) -> str:
    lines = []
    if isinstance(model := values.get("model"), str):
        lines.append(f"model = {json.dumps(model)}")
    options = values.get("options")
    if isinstance(options, dict):
        lines += [
            f"{ours} = {options[theirs]}"
            for theirs, ours in _LLM_OPTIONS.items()
            if isinstance(options.get(theirs), int | float) and not isinstance(options[theirs], bool)
        ]
    return "\n".join(["+++", *lines, "+++", ""]) if lines else ""


def _with_our_variables(text: str, defaults: Mapping[Any, Any]) -> str:
    def ours(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        name = match["named"] or match["braced"]
        default = defaults.get(name)
        return f"{{{{{name}}}}}" if default is None else f"{{{{{name}={str(default).replace(chr(10), ' ')}}}}}"

    return _PLACEHOLDER.sub(ours, text)


def _yaml(path: Path, text: str) -> object:
    try:
        import yaml
    except ImportError:
        raise UsageError("Reading YAML needs a package.", how_to_get("import")) from None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        raise ConfigError(f"{path}{line}: not valid YAML: {getattr(error, 'problem', None) or error}") from None
