"""face_recognition's encodings of pictures, in its own environment; knows nothing of Doorward.

    python face_recognition_worker.py <list of pictures, one a line> <encodings.npy>

Everything is its default. Of several faces the subject is taken as everywhere in this bench: of
those at least 0.3 times as large as the largest, the one nearest the middle. A picture in which it
finds no face is a row of zeros. What is done is kept, so that a second start goes on.
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path

import numpy as np

KEPT_EVERY = 250
BYSTANDER = 0.3


def main() -> None:
    """Encode all that is not encoded yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its models ask pkg_resources for their place
        import face_recognition  # noqa: PLC0415
    files = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    target = Path(sys.argv[2])
    half = target.with_suffix(".part.npy")
    done = np.load(half) if half.exists() else np.zeros((0, 128))
    first, began = len(done), time.monotonic()
    rows = list(done)
    for number, file in enumerate(files[first:], first + 1):
        picture = face_recognition.load_image_file(file)
        places = face_recognition.face_locations(picture)
        place = subject(places, picture.shape)
        found = face_recognition.face_encodings(picture, [place]) if place is not None else []
        rows.append(found[0] if found else np.zeros(128))
        if number % KEPT_EVERY == 0 or number == len(files):
            np.save(half, np.array(rows))
            left = (time.monotonic() - began) / (number - first) * (len(files) - number)
            print(
                f"face_recognition: {number} of {len(files)}, {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
    half.replace(target)


def subject(
    places: list[tuple[int, int, int, int]], shape: tuple[int, ...]
) -> tuple[int, int, int, int] | None:
    """The picture's subject, as (top, right, bottom, left)."""

    def area(place: tuple[int, int, int, int]) -> int:
        top, right, bottom, left = place
        return (bottom - top) * (right - left)

    def off_centre(place: tuple[int, int, int, int]) -> float:
        top, right, bottom, left = place
        return float(np.hypot((left + right - shape[1]) / 2, (top + bottom - shape[0]) / 2))

    largest = max(map(area, places), default=0)
    large = [place for place in places if area(place) >= BYSTANDER * largest]
    return min(large, key=off_centre, default=None)


if __name__ == "__main__":
    main()
