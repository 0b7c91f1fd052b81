"""What somebody is signed in with, in plain words, from what the browser says of itself."""

from __future__ import annotations

# The first that is found counts: most browsers call themselves by several names, the truest first here.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
MACHINES = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "an Android phone or tablet"),
    ("Windows", "Windows"),
    ("CrOS", "a Chromebook"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """Such as "Safari on an iPhone"; the text itself is kept nowhere."""
    browser = _first(BROWSERS, user_agent)
    machine = _first(MACHINES, user_agent)
    return f"{browser or 'A browser'} on {machine}" if machine else browser or "A browser"


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((words for mark, words in names if mark in text), "")
