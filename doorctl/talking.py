"""What do enrolling and importing need of whoever talks with the brain for them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from doorbus.messages import BrainEvent, Request, UploadFrame


class Talks(Protocol):
    """Requests out, responses and the brain's events in; `doorctl.conversation` is one."""

    def ask(self, request: Request) -> dict[str, Any]:
        """The data of the response. Raises `RequestRefused` where the brain refused it."""
        ...

    def upload(self, photo: UploadFrame) -> None:
        """Send a photo; what became of it comes as an event."""
        ...

    def events(self, silence_s: float) -> Iterator[BrainEvent]:
        """The brain's events, until none comes for so many seconds."""
        ...
