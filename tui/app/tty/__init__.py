"""Between the app and the terminal, in both directions.

- `driver` owns the terminal: puts it into the app's modes and back, lends it out, reads it, and sees it hung up
- `windows_driver` is that on Windows
- `browser` is in its place in a tab of a browser, behind `tui.web`; `output` is what both can do
- `painter` writes only what the terminal does not show already
- `writer` writes beside the event loop, and never lets it wait for a terminal that has stopped reading
- `keys` tells a modified key from the bare one, in every terminal's spelling
- `typed_ahead` keeps what is typed until what the key before opened is there
- `widths` holds the columns behind characters on whose width terminals disagree
- `window` names the window, and says that something has happened
- `clipboard` copies by the first programs that work; `editor` lets a text be written on in the person's own
"""
