"""What a person sees of the story: one line for each message that matters, as it comes by."""

from __future__ import annotations

import time

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from demo.observer import Seen
from doorbus import messages as m

_STYLES = (
    ("frames/", "magenta"),
    ("verdict/", "bold cyan"),
    ("door/", "green"),
    ("brain/", "blue"),
    ("admin/", "yellow"),
)
_LOCK = {
    m.LockReport.LOCKED: ("lock: LOCKED", "bold red"),
    m.LockReport.UNLOCKED: ("lock: UNLOCKED", "bold green"),
}


class Timeline:
    """Prints the story. Its clock starts when it is made."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    def chapter(self, title: str) -> None:
        """Begin the next part."""
        self._console.print()
        self._console.print(Rule(title, align="left", style="bold"))

    def tell(self, text: str) -> None:
        """Say what a person does."""
        self._console.print(Text(f"{self._time()}  {text}", style="bold"))

    def show(self, seen: Seen) -> None:
        """Print one message, if it says something to a reader."""
        text = _words(seen)
        if text is None:
            return
        topic = seen.wire.topic
        style = next((style for start, style in _STYLES if topic.startswith(start)), "")
        line = Text(f"{self._time()}  ")
        line.append(f"{topic:<22} ", style="dim")
        line.append(*(_LOCK[seen.value] if isinstance(seen.value, m.LockReport) else (text, style)))
        self._console.print(line)

    def _time(self) -> str:
        return f"{time.monotonic() - self._began:6.1f} s"


def _words(seen: Seen) -> str | None:
    """A message in a few words; None for what would only fill the screen."""
    text: str | None = None
    match seen.value:
        case m.Burst() as burst:
            text = (
                f"visit {burst.visit}: {len(burst.crops)} frames, {len(burst.liveness.blinks)} "
                f"blink, {len(seen.wire.payload) // 1000} kB"
            )
        case m.Verdict() as verdict:
            text = f"visit {verdict.visit}: {verdict.decision.upper()} ({verdict.reason})"
        case m.Order() as order:
            text = f"order: {order.action}"
        case m.DoorEvent() as event:
            visit = "" if event.visit is None else f" visit {event.visit}"
            text = f"{event.kind}{visit}{': ' if event.detail else ''}{event.detail}"
        case m.EnrolmentChanged() as enrolment:
            capturing = enrolment.state is m.EnrolmentState.CAPTURING
            if not (capturing and enrolment.stored):
                text = (
                    f"enrolment {enrolment.state}: {enrolment.stored} of {enrolment.count} frames"
                    + (f", {enrolment.templates} templates" if enrolment.templates else "")
                )
        case m.GalleryChanged() as gallery:
            text = f"gallery {gallery.version}: {gallery.residents} residents"
        case m.MessageRefused() as refused:
            text = f"refused: {refused.reason}"
        case m.LockReport() | m.Availability() as state:
            text = str(state)
    return text
