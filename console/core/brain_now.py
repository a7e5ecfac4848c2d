"""How is the brain now: by its last health, and by what it told since?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from doorbus.messages import BrainHealth, GalleryChanged

_NOBODY: Final = "(no_residents)"
"""By what the brain's note says that nobody is enrolled."""


@dataclass(frozen=True, slots=True)
class BrainNow:
    """What counts of what the brain told.

    Attributes:
        residents: who can be recognised.
        note: what somebody should know; empty where all is well, or what it said is over.
    """

    residents: int
    note: str


def brain_now(health: BrainHealth, gallery: GalleryChanged | None) -> BrainNow:
    """What counts: a health is up to half a minute old, a gallery is told at once.

    Args:
        health: the last one.
        gallery: the last that was told; None where none was.
    """
    newer = gallery is not None and gallery.version > health.gallery
    residents = gallery.residents if gallery is not None and newer else health.residents
    notes = [one for one in health.note.split("; ") if one]
    if residents > 0:
        notes = [one for one in notes if not one.endswith(_NOBODY)]
    return BrainNow(residents, "; ".join(notes))
