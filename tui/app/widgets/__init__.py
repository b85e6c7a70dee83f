"""One widget per file: a widget is told by attributes, tells by messages, and never calls the app or a service."""
