"""Chinwag: a desktop-class chat with any large language model, in a terminal.

The rooms from top to bottom; each may import what stands below it, and never what stands above:

- `cli` (and `__main__`) reads the arguments: which command, which exit code
- `commands` is what the shell can ask for, one module each; `ask` opens the app or prints one answer
- `app` is everything that draws (the only room that knows Textual)
- `bootstrap` builds once what a chat stands on, and takes it apart again
- `chat` is the product without a screen: replies, library, catalogue, credentials, exports
- `formats` turns conversations into text for files
- `config` is what was configured by hand, and what the program remembers
- `store` keeps rows (the only room that knows SQL)
- `agent` runs a prompt against a model (the engine; the only room that speaks HTTP; imports nothing else of `tui`)
- `log`, `streams` and `toml_source` are the log file, standard input and output, and TOML with line numbers
- `paths`, `errors`, `text`, `figures` and `model_id` say where files live, what a person reads of a failure, how text
  from outside becomes harmless, how numbers are written, and what a model's id is made of
- `files`, `programs`, `key_check` and `bounds` are the borders: files read and written safely, other programs run in
  bounds, keys and figures from outside checked once
"""

__version__ = "0.1.0"
