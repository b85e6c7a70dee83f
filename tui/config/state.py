"""What the program remembers between two starts, in `state.toml`; it is never worth a failed start."""

from dataclasses import asdict, field

from tui.config.private import write_private
from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.files import read_regular
from tui.paths import state_dir
from tui.toml_source import parse_toml


@dataclass(frozen=True, slots=True)
class State:
    """What the program remembers between two starts; None means never set.

    Attributes:
        theme: the one that was chosen before settings had a file of their own.
        last_model: "provider:name" of the model that was used last.
        history_width, inspector_width: columns of the two side panes.
        show_history, show_inspector: whether the person pinned them open or shut.
        last_chat: id of the conversation that was shown at the end; None when it was an empty one.
        favourites: ids of the models that are marked, in the order in which they were.
        recent_models: ids of the models that were asked, the last one first.
        hidden_models: ids of the models that are not to be offered.
        export_format, export_folder: how and where a chat was exported last.
        export_branches: whether all of its branches were.
        light_terminal: the terminal said that its background is light.
        notice: why the remembered state could not be read, or ""; for the screen, never written.
    """

    theme: str | None = None
    last_model: str | None = None
    history_width: int | None = None
    inspector_width: int | None = None
    show_history: bool | None = None
    show_inspector: bool | None = None
    last_chat: str | None = None
    favourites: tuple[str, ...] = ()
    recent_models: tuple[str, ...] = ()
    hidden_models: tuple[str, ...] = ()
    export_format: str | None = None
    export_folder: str | None = None
    export_branches: bool | None = None
    light_terminal: bool | None = None
    notice: str = field(default="", compare=False)


def load_state() -> State:
    """Read `state.toml`; a missing one is the defaults, a broken one too, with `State.notice` saying so."""
    file = state_dir() / "state.toml"
    try:
        source, table = parse_toml(file, read_regular(file))
        # A key that a newer version wrote is ignored: going back to an older one must not cost the rest.
        return State(
            theme=source.get(("theme",), table, str),
            light_terminal=source.get(("light_terminal",), table, bool),
            last_model=source.get(("last_model",), table, str),
            favourites=source.texts(("favourites",), table),
            recent_models=source.texts(("recent_models",), table),
            hidden_models=source.texts(("hidden_models",), table),
            history_width=source.get(("history_width",), table, int),
            inspector_width=source.get(("inspector_width",), table, int),
            show_history=source.get(("show_history",), table, bool),
            show_inspector=source.get(("show_inspector",), table, bool),
            last_chat=source.get(("last_chat",), table, str),
            export_format=source.get(("export_format",), table, str),
            export_folder=source.get(("export_folder",), table, str),
            export_branches=source.get(("export_branches",), table, bool),
        )
    except FileNotFoundError:
        return State()
    except OSError as error:
        return State(notice=f"{file} cannot be read ({error.strerror}); starting with defaults.")
    except ConfigError as error:
        return State(notice=f"{error.message}; starting with defaults.")


def save_state(state: State) -> None:
    """Write `state.toml` atomically, readable by its owner only.

    Raises:
        ConfigError: the state folder cannot be written; the old file is untouched.
    """
    import tomli_w

    values = {key: value for key, value in asdict(state).items() if value not in (None, ()) and key != "notice"}
    write_private(state_dir() / "state.toml", tomli_w.dumps(values).encode())
