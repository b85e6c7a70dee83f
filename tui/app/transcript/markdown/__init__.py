"""Markdown from text to rows of styled spans, as it streams in; knows no message, no scrolling and no colour.

- `parser` asks markdown-it, which `rules` teach TeX and a few HTML tags
- `splitter` cuts a growing text into finished blocks and an open tail
- `render` draws one block as rows: `block_layout` (quotes, lists, text), `inline`, `tables`, `code`
- `tex` draws formulas in Unicode, `scripts` raises and lowers text
- `wrap` breaks lines
"""
