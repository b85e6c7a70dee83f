"""The conversation on screen.

`turn` says what is shown, `blocks` cuts Markdown as it streams in, `render` turns a
block into rows, `lines` knows which row stands where, and `view` is the widget.
"""
