"""Chinwag: a desktop-class chat with any large language model, in a terminal.

The rooms from top to bottom; each may import what stands below it, and never what stands above:

- `cli` (and `__main__`) reads the arguments: which command, which exit code
- `commands` is what the shell can ask for, one module each; `ask` opens the app, or chats line by line (`plain`), or
  prints one answer
- `app` is everything that draws (the only room that knows Textual)
- `bootstrap` builds once what a chat stands on, and takes it apart again
- `chat` is the product without a screen: replies, library, catalogue, credentials, exports
- `formats` turns conversations into text for files
- `config` is what was configured by hand, and what the program remembers
- `sync` shares the library with other machines (the only room that knows PostgreSQL)
- `store` keeps rows (the only room that knows SQL)
- `agent` runs a prompt against a model (the engine; the only room that speaks HTTP; imports nothing else of `tui`)
- `mcp` speaks with tool servers (the only room that knows the SDK of MCP)
- `web` serves the app to browsers (the only room that knows aiohttp)
- `log`, `streams` and `toml_source` are the log file, standard input and output, and TOML with line numbers;
  `tags` says what a tag of a chat may be
- `text` makes text from outside harmless (`characters` names those that hide something, `key_shapes` what keys look
  like, `glyphs` what stands for each of our signs in ASCII), `key_text` and `bounds` check keys and numbers where they
  come in
- `preview` is what a text of Markdown says, in a line
- `installed` is how this Chinwag came here, and what brings an extra of it
- `paths` and `files` say where files live, and how they are read and written; `programs` runs other programs in bounds,
  `threads` work that leaves nothing behind where nobody waits for it any more, `signals` are those that end this
  program, and `windows_jobs` is what Windows has for process groups
- `errors` is what a person reads of a failure, `figures` how numbers are written, `model_id` what an id is made of
- `dataclass` is the standard library's, made faster; `pattern` compiles regular expressions when they are needed;
  `collector` rests while modules load
- `citations` makes links of the pages that an answer cites
"""

__version__ = "0.1.0"
