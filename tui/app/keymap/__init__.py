"""Which key does what: the table of commands, a preset over it, and a person's `[keys]` over that.

- `names` reads the names of keys as people write them, `arrivals` says what a terminal makes of a key
- `surroundings` knows who stands between the keyboard and the app, and which keys they keep
- `presets` are the sets of keys that can be chosen as a whole
- `watch` shows what arrives when a key is pressed
- `keymap` is the outcome, and puts it on screens; `merging` makes it, with every mistake and doubt named
"""
