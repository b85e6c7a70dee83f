"""Everything that draws, and the only room that knows Textual. Knows neither SQL nor the wire.

- `app` is the application, `commands` every command once: keys, footer, palette and help are made from it
- `keymap` says which keys they have: a preset, and a person's `[keys]`, over that table
- `chat` is the main screen, which `temporary_chats` has a second of
- `first_run` is what it shows of models that were found, `dialogs` what floats over it
- `widgets` is what screens are made of (attributes in, messages out), `transcript` the conversation on screen
- `styles` names the text roles and makes lines of them, `theming` reads the theme files, `themed` wears
  what is set and follows the terminal, `line_filters` spell signs in ASCII and leave out colours
- `window` tells the terminal's window what goes on
- `terminal` guards what is written to the terminal, `tty` is between it and the app: keys, output, copies,
  `crash_notice` reports a worker that broke down
- `slash` reads a prompt that is a command, `completion` finds what can stand at the cursor
- `fuzzy` measures how well what was typed fits a name, `model_query` finds models by that and by what they are
- `workers` begins what goes on beside everything else
- `warmup` imports what a prompt needs while it is written
- `closed_widgets` lets go of what Textual keeps of dialogs that were closed and of text that is gone, `style_rules`
  finds rules faster than it, `compositing` draws less than it
"""
