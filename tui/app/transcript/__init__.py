"""The conversation on screen, from text to cells.

- `turn` says what is shown: plain values that the screen makes
- `grammar` asks markdown-it, `blocks` cuts Markdown into finished blocks as it streams in
- `render` draws a block as rows: `flow` (quotes, lists, text), `inline`, `tables`, `code`; `rows` wraps
- `body` keeps a text's blocks and heights, `lines` puts turns under each other, `chrome` draws what is around a text
- `palette` knows the colours, `reading` finds what is pointed at or selected
- `sheet` is the widget that draws and scrolls, `view` adds streams, keys and clicks
"""
