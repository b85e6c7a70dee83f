"""What a person has configured, and what the program remembers by itself. Must not know pydantic, Textual or any model.

- `settings` is the one table of settings: `config.toml`, the settings screen and their words are made from it
- `amounts` are dollars or tokens, as a person writes them
- `values` says what is set, and from where: command line, environment, the app, `config.toml`
- `reading` reads `config.toml`, which is written by hand and never by the program, `providers` its tables of whom to
  ask (those of MCP servers: `tui.mcp.config`)
- `secrets` says what in it is secret, for whoever masks it or warns of it
- `models` reads names of a person's own for models, and what they know of one better than a list
- `library` says where the library is shared with other machines
- `look` is how the terminal is drawn on: signs, motion, mouse
- `own_file` is `config.local.toml` beside it, which the program writes: settings and servers from the app and the shell
- `state` is `state.toml`, what is remembered between two starts; `private` writes files for their owner's eyes only

Each mistake in a file is named with file and line. A setting from the app is a person's latest wish, and wins over
`config.toml`; of two servers of one name, the one in `config.toml` does.
"""

from tui.config.library import LibraryConfig
from tui.config.look import AUTO, Look, print_as_set
from tui.config.models import ModelNames, ModelOverride
from tui.config.own_file import add_provider, added_file, save_servers, save_setting
from tui.config.private import changing, others_can_read, write_private
from tui.config.providers import ProviderConfig
from tui.config.reading import Config, KeyChoice, load_config
from tui.config.settings import EFFORTS, SETTINGS, Effort, Setting, Value
from tui.config.state import State, load_state, save_state
from tui.config.values import Origin, SettingValues, SetValue

__all__ = [
    "AUTO",
    "EFFORTS",
    "SETTINGS",
    "Config",
    "Effort",
    "KeyChoice",
    "LibraryConfig",
    "Look",
    "ModelNames",
    "ModelOverride",
    "Origin",
    "ProviderConfig",
    "SetValue",
    "Setting",
    "SettingValues",
    "State",
    "Value",
    "add_provider",
    "added_file",
    "changing",
    "load_config",
    "load_state",
    "others_can_read",
    "print_as_set",
    "save_servers",
    "save_setting",
    "save_state",
    "write_private",
]
