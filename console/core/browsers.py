"""Which browser is that, for the person who signed in there? By what it calls itself."""

from __future__ import annotations

from typing import Final

_BROWSERS: Final = (
    # Each calls itself by the names of those below it as well.
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("MicroMessenger/", "WeChat"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def recognised(agent: str) -> tuple[str, str]:
    """A browser's name and its device's system; empty for what is not known."""
    return _first(agent, _BROWSERS), _first(agent, _SYSTEMS)


def _first(agent: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for part, name in known if part in agent), "")
