"""Where files live: the only reader of XDG_* and CHINWAG_*_DIR. Nothing here creates a folder."""

import os
from functools import cache
from pathlib import Path

from platformdirs import PlatformDirs


@cache
def _dirs() -> PlatformDirs:
    return PlatformDirs("chinwag", appauthor=False)


def _folder(variable: str, default: str) -> Path:
    override = os.environ.get(variable)
    return Path(override).expanduser() if override else Path(default)


def shortened(place: Path | str) -> str:
    """A path, or a text that begins with one, with "~" for the home folder."""
    home, text = str(Path.home()), str(place)
    return f"~{text[len(home) :]}" if text.startswith((f"{home}/", f"{home}{os.sep}")) else text


def config_dir() -> Path:
    """The folder of `config.toml`, `credentials.toml` and the user's own `themes/`."""
    return _folder("CHINWAG_CONFIG_DIR", _dirs().user_config_dir)


def data_dir() -> Path:
    """The folder of the library (`chats.db`) and of `models/*.gguf`."""
    return _folder("CHINWAG_DATA_DIR", _dirs().user_data_dir)


def state_dir() -> Path:
    """The folder of `state.toml` and of the log files."""
    return _folder("CHINWAG_STATE_DIR", _dirs().user_state_dir)


def cache_dir() -> Path:
    """The folder of what can be fetched again, such as providers' model lists."""
    return _folder("CHINWAG_CACHE_DIR", _dirs().user_cache_dir)
