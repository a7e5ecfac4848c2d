"""When is a day or a minute at the site, in seconds since 1970?"""

from __future__ import annotations

from datetime import datetime, tzinfo


def seconds(written: str, zone: tzinfo) -> float | None:
    """The beginning of a day, or a minute of it, at the site; None for what is neither.

    Args:
        written: `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`.
        zone: the site's own.
    """
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    if found.tzinfo is not None or len(written) not in {10, 16}:
        return None
    return max(0.0, found.replace(tzinfo=zone).timestamp())
