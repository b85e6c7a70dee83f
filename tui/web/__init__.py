"""The app in a browser (extra `chinwag[web]`): the only room that knows aiohttp, and what textual-serve brings along.

A tab is a process of the app (`tui.app.tty.browser` is its end) and the pages that show it, one at a time. Knows
neither chats nor Textual.

- `server` listens, and says where; its routes are the pages, the sockets, and what goes up and down
- `access` lets in who has the token, by a name that is ours, from a page that is ours; it stands before every route
- `address` says by which names we are called, and which of them are of this machine
- `tab` is one process with its page, `tabs` all of them: how many, and how long one stays without a page
- `files` takes what is uploaded into a tab's own folder, and lets go what is downloaded from there
- `pages/` is what the browser gets from us; the terminal in it, xterm.js, is textual-serve's
"""
