"""What completes the prompt at the cursor: found at once from what is known, so that fast keys do what slow ones do.

- `suggestions` is what a source is asked and what it answers: write a `CompletionSource` for a new sign
- `completer` asks the sources, and knows which row is marked; the text area asks it at each key
- `commands` completes slash commands and (`arguments`) what stands behind them, `paths` files behind "@", `models` who
  is asked behind "@@", `prompts` the prompts of the library behind "#" and "/", `resources` what servers let be read
  behind "@server:"
- `typed_path` has the rest of a path in a field of a dialog

The list itself is drawn by `tui.app.widgets.completion`. Nothing here is imported before the first "/" or "@" is typed.
"""
