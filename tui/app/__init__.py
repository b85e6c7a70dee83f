"""Everything that draws, and the only room that knows Textual.

`app` holds the application, `commands` every command once, `screens` what fills the terminal, `widgets` what screens
are made of (attributes in, messages out), `transcript` the conversation on screen. Knows neither SQL nor the wire.
"""
