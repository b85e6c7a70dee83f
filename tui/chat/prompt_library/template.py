"""One prompt of the library: what its file says, which variables its text has, and the text with them filled in.

A variable is written `{{name}}`, `{{name=default}}` or `{{name=one|two|three}}`: of several choices the first is the
default. `{{input}}` takes what is asked or piped along. Whatever a value holds stays as it is: it is not filled again.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Literal, get_args

from tui.chat.prompt_library.front_matter import FrontMatter, read_front_matter
from tui.chat.settings import CHAT_SETTINGS, ChatSettings
from tui.dataclass import dataclass
from tui.errors import ConfigError, UsageError
from tui.toml_source import TomlSource

TemplateKind = Literal["prompt", "system"]
KINDS: tuple[TemplateKind, ...] = get_args(TemplateKind)

INPUT = "input"
"""The variable that takes what is asked, or piped in."""

_VARIABLE = re.compile(r"\{\{[ \t]*([A-Za-z_][\w-]*)[ \t]*(?:=([^{}\n]*))?\}\}")
_NAME = re.compile(r"\w[\w.-]{0,63}$")
_KEYS = ("name", "description", "kind", "model", "attachments", "effort", "temperature", "top_p", "max_tokens")


@dataclass(frozen=True, slots=True)
class TemplateVariable:
    """A blank in a prompt.

    Attributes:
        default: what stands there if nothing is given; None when something must be.
        choices: the values to choose from; () for any text.
        about: what is to stand there, raw; "" where nobody says.
    """

    name: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt of the library.

    Attributes:
        name: as it is called, `/name`; letters, digits, "-", "_" and "." only.
        kind: whether it is sent, or stands above a chat as its system prompt.
        model: id of the model that it is for; "" for the one at hand.
        settings: what it sets; the rest stays as it is.
        attachments: paths of files that go along, relative to the folder of its file.
        text: with its variables, as it stands in the file.
        path: the file.
        digest: hex SHA-256 of the file.
        within: the working folder that it came with, in which its files must lie; None for one of the person's own.
    """

    name: str
    kind: TemplateKind
    text: str
    path: Path
    digest: str
    within: Path | None = None
    description: str = ""
    model: str = ""
    settings: ChatSettings = field(default_factory=ChatSettings)
    attachments: tuple[str, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is the person's own, and did not come with the folder that they happen to work in."""
        return self.within is None

    @property
    def variables(self) -> tuple[TemplateVariable, ...]:
        """The blanks of the text, in their order; of one that is written twice, the first with a default counts."""
        found: dict[str, TemplateVariable] = {}
        for match in _VARIABLE.finditer(self.text):
            name, default = match[1], match[2]
            if name not in found or found[name].default is None:
                found[name] = _variable(name, default)
        return tuple(found.values())

    def file(self, name: str) -> Path:
        """Where a file lies that goes along.

        Raises:
            UsageError: a prompt that came with a working folder names a file outside of it.
        """
        path = self.path.parent / Path(name).expanduser()
        if self.within is not None and not path.resolve().is_relative_to(self.within.resolve()):
            raise UsageError(f'The prompt "{self.name}" wants to attach {name}, which lies outside its folder.')
        return path

    def with_words(self, values: Mapping[str, str], words: str) -> str:
        """The text filled in, with `words`, which were asked or piped along: in `{{input}}`, or else below it.

        Raises:
            UsageError: as `fill` does.
        """
        takes_input = any(variable.name == INPUT for variable in self.variables)
        if takes_input and words.strip():
            return self.fill({**values, INPUT: words})
        return "\n\n".join(part for part in (self.fill(values), words) if part.strip())

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with `values` in its blanks.

        Raises:
            UsageError: a value is missing, is none of the choices, or belongs to no blank.
        """
        variables = {variable.name: variable for variable in self.variables}
        for name in values:
            if name not in variables:
                known = ", ".join(variables) or "none"
                raise UsageError(f'The prompt "{self.name}" has no variable "{name}".', f"It has: {known}.")
        missing = [name for name, variable in variables.items() if variable.default is None and name not in values]
        if missing:
            hint = " ".join(f"-v {name}=…" for name in missing)
            raise UsageError(f'The prompt "{self.name}" needs a value for {", ".join(missing)}.', f"Give it: {hint}")
        filled = {name: values.get(name, variable.default or "") for name, variable in variables.items()}
        for name, variable in variables.items():
            if variable.choices and filled[name] not in variable.choices:
                raise UsageError(
                    f'"{filled[name]}" is no choice for {name}.', f"One of: {', '.join(variable.choices)}."
                )
        return _VARIABLE.sub(lambda match: filled[match[1]], self.text)


def _variable(name: str, default: str | None) -> TemplateVariable:
    if default is None:
        return TemplateVariable(name)
    choices = tuple(choice.strip() for choice in default.split("|"))
    return TemplateVariable(name, choices[0], choices if len(choices) > 1 else ())


def read_template(
    path: Path, data: bytes, *, kind: TemplateKind = "prompt", within: Path | None = None
) -> PromptTemplate:
    """Read a prompt file that holds `data`, as one of the `kind` unless it says another; the rest as in the class.

    Raises:
        ConfigError: it cannot be understood; the message names file and line.
    """
    matter = read_front_matter(path, data)
    source, values = matter.source, matter.values
    source.reject_unknown((), values, _KEYS)
    name = source.get(("name",), values, str) or path.stem.replace(" ", "-")
    try:
        require_name(name)
    except UsageError as error:
        raise source.error(("name",), error.message, error.hint) from None
    if not matter.body.strip():
        raise ConfigError(f"{path}: there is no text in it", "Write the prompt below the front matter.")
    return PromptTemplate(
        name,
        _kind(matter, kind),
        matter.body,
        path,
        hashlib.sha256(data).hexdigest(),
        within,
        description=source.get(("description",), values, str) or "",
        model=source.get(("model",), values, str) or "",
        settings=_settings(source, values),
        attachments=source.texts(("attachments",), values),
    )


def require_name(name: str) -> None:
    """Raise a `UsageError` where `name` is none that a prompt can have."""
    if not _NAME.match(name):
        raise UsageError(f'"{name}" is no name for a prompt.', "Letters, digits, - _ and . only.")


def _kind(matter: FrontMatter, otherwise: TemplateKind) -> TemplateKind:
    kind = matter.source.get(("kind",), matter.values, str)
    if kind is None:
        return otherwise
    if known := next((one for one in KINDS if one == kind), None):
        return known
    raise matter.source.error(("kind",), f'"{kind}" is no kind of prompt', "It is prompt or system.")


def _settings(source: TomlSource, values: Mapping[str, Any]) -> ChatSettings:
    found: dict[str, Any] = {}
    for key in ("effort", "temperature", "top_p", "max_tokens"):
        setting = CHAT_SETTINGS[key]
        if key in values and not setting.accepts(values[key]):
            raise source.error((key,), f'"{key}" must be {setting.rule}')
        found[key] = values.get(key)
    return ChatSettings(**found)
