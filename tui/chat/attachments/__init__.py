"""Files for a prompt: taken with care, told apart by their content, and put back in place when a prompt is sent.

- `attach` takes a file, a folder or a web page; `folders` collects the text files of one, `clipboard` asks the desktop
  for an image
- `content_types` tells by its bytes what a file is, `text_files` finds its encoding, `web_text` is the words of a page
- `estimates` guesses tokens and knows an image's size in pixels, `sending` says what a model gets of a file
- `thumbnails` draws an image small
- `pasted_paths` finds the path in a text that was dropped on the terminal
- `references` is what a stored prompt holds in the place of a file, and how the file comes back

Disk work happens in threads that nothing waits for; every refusal is an `AttachmentError`. Knows no screen, no HTTP.
"""

from tui.chat.attachments.attach import attach_path, attach_url, attachment_from, is_web_address
from tui.chat.attachments.clipboard import clipboard_image
from tui.chat.attachments.estimates import estimated_tokens
from tui.chat.attachments.pasted_paths import path_in, paths_in
from tui.chat.attachments.sending import Sending, how_all_sent, how_sent
from tui.errors import AttachmentError

__all__ = [
    "AttachmentError",
    "Sending",
    "attach_path",
    "attach_url",
    "attachment_from",
    "clipboard_image",
    "estimated_tokens",
    "how_all_sent",
    "how_sent",
    "is_web_address",
    "path_in",
    "paths_in",
]
