"""Names and places of exported files: never a path made of somebody's words, never over something that is there."""

import re
import unicodedata
from pathlib import Path

from tui.errors import ExportError
from tui.files import create_file, replace_file
from tui.formats import Format
from tui.store.records import Conversation

_LONGEST = 80


def file_name(conversation: Conversation, format: Format) -> str:
    """A file's name for a conversation: words of its title, the end of its id, the suffix; at most 80 characters.

    Only a-z, 0-9, "-" and "_" stand before the suffix, so it is never a path, an option or a device of some system.
    """
    plain = unicodedata.normalize("NFKD", conversation.title[:400]).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9_]+", "-", plain)
    end = re.sub(r"[^a-z0-9]", "", conversation.id.lower())[-8:] + format.suffix
    room = _LONGEST - len(end) - 1
    return f"{words[:room].strip('-_') or 'chat'}-{end}"


def write_export(target: Path, data: str | bytes, *, overwrite: bool = False) -> Path:
    """Write a file that only its owner may read; returns where.

    With `overwrite` the old file stays whole until the new one is.

    Raises:
        ExportError: the target exists (and `overwrite` is off), is no regular file, or cannot be written. Nothing
            half-written is left then.
    """
    content = data.encode() if isinstance(data, str) else data
    try:
        (replace_file if overwrite else create_file)(target, content)
    except FileExistsError:
        raise ExportError(f"{target} exists already.", "Choose another name, or use --force to replace it.") from None
    except FileNotFoundError:
        raise ExportError(f"The folder {target.parent} does not exist.", "Make it first, or choose another.") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(f"{target} could not be written: {reason}.", "Choose another place with -o.") from error
    return target
