"""How does somebody get all that is kept about them, with the pictures?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from brain.errors import BrainError, FrameStoreError
from brain.ports import Clock, FrameStore
from brain.resident_reading import kept_of
from brain.store_ports import AuditEntry, PeopleStore


def export(
    store: PeopleStore,
    frames: FrameStore,
    card: str,
    folder: Path,
    *,
    clock: Clock,
    say: Callable[[str], None],
) -> int:
    """Write `resident.json` and every picture into a new folder, beside a brain that may run.

    Args:
        store: started.
        frames: where enrolment pictures lie.
        card: whose.
        folder: missing or empty; made for its owner alone.
        clock: for the audit, which notes it.
        say: hears what was written.

    Returns:
        0; 1 where a picture could not be read.

    Raises:
        BrainError: nobody has the card, or the folder cannot be used.
        StoreError: the database cannot say.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BrainError(f"{folder}: is there already; name a new folder")
    there = frames.enrolments()
    with store.work() as work:
        resident = work.residents.by_card(card)
        if resident is None:
            raise BrainError("nobody here has this card; `doorctl users list` shows who is known")
        data = kept_of(work, resident, there, work.templates.encoder() or "")
        pictures = {
            one.id: sorted(work.enrolments.frames(one.id).stored)
            for one in work.enrolments.of(resident.id)
            if one.id in there
        }
        work.audit.append(
            AuditEntry(clock.wall(), "brain", "export", resident.id, None, "with pictures")
        )
    try:
        lost = _write(folder, data, pictures, frames)
    except OSError as error:
        raise BrainError(f"{folder}: cannot be written ({error.strerror})") from None
    number = sum(map(len, pictures.values())) - len(lost)
    say(f"{folder}: resident.json and {number} pictures; keep them as safe as the brain's own")
    for why in lost:
        say(f"not exported: {why}")
    return 1 if lost else 0


def _write(
    folder: Path, data: dict[str, Any], pictures: dict[str, list[int]], frames: FrameStore
) -> list[str]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps(data, indent=2, ensure_ascii=False)
    _put(folder / "resident.json", text.encode())
    lost = []
    for enrolment, indexes in pictures.items():
        (folder / enrolment).mkdir(mode=0o700)
        for index in indexes:
            try:
                picture = frames.read(enrolment, index)
            except FrameStoreError as error:
                lost.append(str(error))
                continue
            _put(folder / enrolment / f"{index:04d}.jpg", picture)
    return lost


def _put(file: Path, content: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(content)
